//! Who signs requests.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::crypto::{self, CryptoProvider, KeyError, RsaModulus, SigningKey};
use crate::types::Mchid;

/// A merchant's identity: its number, the serial number of its API certificate, and the key that signs.
///
/// Cheap to clone; the key is shared.
#[derive(Clone)]
pub struct Merchant {
    identity: Arc<Identity>,
    key: Arc<dyn SigningKey>,
    modulus: Option<RsaModulus>,
}

/// As what a merchant signs, shared by all its requests.
pub(crate) struct Identity {
    pub(crate) mchid: Mchid,
    pub(crate) serial_no: String,
}

impl Merchant {
    /// Loads the private key from `apiclient_key.pem`, PKCS#8 or PKCS#1.
    ///
    /// `serial_no` is the serial number of the *merchant's* API certificate (商户 API 证书序列号), 40 hexadecimal
    /// digits; `openssl x509 -in apiclient_cert.pem -noout -serial` shows it.
    ///
    /// The text remains the caller's to wipe; give it in a [`Zeroizing`](crate::zeroize::Zeroizing), which does so. What
    /// is made of it here is wiped. The key itself is the provider's, see the [`crypto`] module.
    ///
    /// # Errors
    /// [`KeyError`] when the text is not an unencrypted RSA private key of at least 2048 bits in PEM, or a number
    /// cannot be one.
    pub fn from_pem(
        provider: &CryptoProvider,
        mchid: Mchid,
        serial_no: impl Into<String>,
        private_key_pem: impl AsRef<[u8]>,
    ) -> Result<Self, KeyError> {
        let key = crypto::private_key(private_key_pem.as_ref())?;
        let signing_key = provider.keys.signing_key(&key.pkcs1)?;
        let merchant = Self::with_key(mchid, serial_no, signing_key)?;
        Ok(Self { modulus: Some(key.public), ..merchant })
    }

    /// Takes a key that lives anywhere: an HSM, a KMS, a test.
    ///
    /// # Errors
    /// [`KeyError::Serial`] when a number cannot be one.
    pub fn with_key(
        mchid: Mchid,
        serial_no: impl Into<String>,
        key: Arc<dyn SigningKey>,
    ) -> Result<Self, KeyError> {
        let serial_no = serial_no.into();
        // Both stand between quotes in the Authorization header, so nothing else may get in.
        if mchid.as_str().is_empty() || !mchid.as_str().bytes().all(|b| b.is_ascii_digit()) {
            return Err(KeyError::Serial { problem: "comes with a merchant number that is not all digits" });
        }
        if serial_no.starts_with("PUB_KEY_ID_") {
            let problem = "of the merchant's certificate is required, not the id of WeChat Pay's public key";
            return Err(KeyError::Serial { problem });
        }
        if serial_no.is_empty() || !serial_no.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(KeyError::Serial {
                problem: "of a merchant's certificate consists of hexadecimal digits",
            });
        }
        Ok(Self { identity: Arc::new(Identity { mchid, serial_no }), key, modulus: None })
    }

    /// The merchant number.
    pub fn mchid(&self) -> &Mchid {
        &self.identity.mchid
    }

    /// The serial number of the merchant's certificate.
    pub fn serial_no(&self) -> &str {
        &self.identity.serial_no
    }

    pub(crate) fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// Decrypts a sensitive field of an answer, base64 of RSAES-OAEP with SHA-1, which the platform encrypted for the
    /// merchant's certificate.
    ///
    /// # Errors
    /// [`KeyError`] when it was encrypted for another key, or the key only signs.
    pub fn open(&self, ciphertext: impl AsRef<[u8]>) -> Result<Vec<u8>, KeyError> {
        let ciphertext = STANDARD.decode(ciphertext).map_err(|_| KeyError::NotBase64)?;
        Ok(self.key.decrypt(&ciphertext)?)
    }

    pub(crate) fn key(&self) -> &dyn SigningKey {
        self.key.as_ref()
    }

    pub(crate) fn modulus(&self) -> Option<&RsaModulus> {
        self.modulus.as_ref()
    }
}

impl fmt::Debug for Merchant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merchant")
            .field("mchid", self.mchid())
            .field("serial_no", &self.serial_no())
            .finish_non_exhaustive()
    }
}
