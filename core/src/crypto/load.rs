use std::sync::Arc;

use super::{CryptoProvider, KeyError, SigningKey, VerifyingKey, certificate, private_key, public_key};

/// Loads an RSA private key from PEM, in PKCS#8 or PKCS#1 format. [`Merchant::from_pem`](crate::Merchant::from_pem)
/// does this for a merchant. The caller remains responsible for wiping the text.
///
/// # Errors
/// [`KeyError`] under the same conditions as [`Merchant::from_pem`](crate::Merchant::from_pem).
pub fn load_signing_key(
    provider: &CryptoProvider,
    pem: impl AsRef<[u8]>,
) -> Result<Arc<dyn SigningKey>, KeyError> {
    Ok(provider.keys.signing_key(&private_key(pem.as_ref())?.pkcs1)?)
}

/// Loads an RSA public key from PEM: a public key or, if the text contains none, the public key of a certificate.
///
/// # Errors
/// [`KeyError`] when the text is neither.
pub fn load_verifying_key(
    provider: &CryptoProvider,
    pem: impl AsRef<[u8]>,
) -> Result<Arc<dyn VerifyingKey>, KeyError> {
    let pem = pem.as_ref();
    let key = public_key(pem).or_else(|error| certificate(pem).map(|c| c.key).map_err(|_| error))?;
    Ok(provider.keys.verifying_key(&key.pkcs1)?)
}
