use std::sync::Arc;

use super::material::certificates;
use super::{CryptoProvider, KeyError, SigningKey, VerifyingKey, certificate, private_key, public_key};

/// Loads an RSA private key, in PKCS#8 or PKCS#1 format. [`Merchant::from_pem`](crate::Merchant::from_pem) does this
/// for a merchant. The caller remains responsible for wiping the text.
///
/// Reads the same variants as [`Merchant::from_pem`](crate::Merchant::from_pem).
///
/// # Errors
/// [`KeyError`] under the same conditions as [`Merchant::from_pem`](crate::Merchant::from_pem).
pub fn load_signing_key(
    provider: &CryptoProvider,
    pem: impl AsRef<[u8]>,
) -> Result<Arc<dyn SigningKey>, KeyError> {
    Ok(provider.keys.signing_key(&private_key(pem.as_ref())?.pkcs1)?)
}

/// Loads an RSA public key: a public key or, if the text contains none, the public key of a certificate.
///
/// # Errors
/// [`KeyError`] when the text is neither.
pub fn load_verifying_key(
    provider: &CryptoProvider,
    pem: impl AsRef<[u8]>,
) -> Result<Arc<dyn VerifyingKey>, KeyError> {
    let pem = pem.as_ref();
    let key = public_key(pem).or_else(|error| match certificate(pem) {
        Ok(certificate) => Ok(certificate.key),
        // There is no certificate either.
        Err(KeyError::Pem { .. }) => Err(error),
        Err(of_certificate) => Err(of_certificate),
    })?;
    Ok(provider.keys.verifying_key(&key.pkcs1)?)
}

/// Returns all certificates in a file, in DER, such as the root certificates that a driver trusts for TLS. Their keys may
/// be of any algorithm. Other blocks in the file, such as keys, are passed over.
///
/// # Errors
/// [`KeyError`] when there is no certificate, or one that cannot be read.
pub fn load_certificates(pem: impl AsRef<[u8]>) -> Result<Vec<Vec<u8>>, KeyError> {
    certificates(pem.as_ref())
}
