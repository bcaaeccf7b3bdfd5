//! The merchant and its signing key.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::crypto::{self, CryptoProvider, KeyError, RsaModulus, SigningKey};
use crate::types::Mchid;

/// A merchant: its number, the serial number of its API certificate, and the key that signs its requests.
///
/// Cheap to clone; the key is shared.
#[derive(Clone)]
pub struct Merchant {
    identity: Arc<Identity>,
    key: Arc<dyn SigningKey>,
    modulus: Option<RsaModulus>,
}

/// The identity in the `Authorization` header, shared by all requests of the merchant.
pub(crate) struct Identity {
    pub(crate) mchid: Mchid,
    pub(crate) serial_no: String,
}

impl Merchant {
    /// Loads the private key from `apiclient_key.pem`, in PKCS#8 or PKCS#1 format.
    ///
    /// `serial_no` is the serial number of the *merchant's* API certificate (商户 API 证书序列号), 40 hexadecimal digits;
    /// `openssl x509 -in apiclient_cert.pem -noout -serial` shows it.
    ///
    /// The caller remains responsible for wiping the PEM text; pass it in a [`Zeroizing`](crate::zeroize::Zeroizing),
    /// which does so. This function wipes its own intermediate copies. The loaded key belongs to the provider, see the
    /// [`crypto`] module.
    ///
    /// # Errors
    /// [`KeyError`] when the text is not an unencrypted RSA private key of at least 2048 bits in PEM, or when `mchid`
    /// or `serial_no` is not valid.
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

    /// Creates a merchant with any signing key, such as one in an HSM or a KMS, or a test key.
    ///
    /// # Errors
    /// [`KeyError::Serial`] when `mchid` or `serial_no` is not valid.
    pub fn with_key(
        mchid: Mchid,
        serial_no: impl Into<String>,
        key: Arc<dyn SigningKey>,
    ) -> Result<Self, KeyError> {
        let serial_no = serial_no.into();
        // Both are quoted in the Authorization header, so they must not contain a quote or other syntax.
        if mchid.as_str().is_empty() || !mchid.as_str().bytes().all(|b| b.is_ascii_digit()) {
            return Err(KeyError::Serial { problem: "the merchant number must consist of digits" });
        }
        if serial_no.starts_with("PUB_KEY_ID_") {
            let problem = "the serial number must be that of the merchant's certificate, not the id of WeChat Pay's public key";
            return Err(KeyError::Serial { problem });
        }
        if serial_no.is_empty() || !serial_no.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(KeyError::Serial {
                problem: "the serial number of the merchant's certificate must consist of hexadecimal digits",
            });
        }
        Ok(Self { identity: Arc::new(Identity { mchid, serial_no }), key, modulus: None })
    }

    /// Returns the merchant number.
    pub fn mchid(&self) -> &Mchid {
        &self.identity.mchid
    }

    /// Returns the serial number of the merchant's certificate.
    pub fn serial_no(&self) -> &str {
        &self.identity.serial_no
    }

    pub(crate) fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// Decrypts a sensitive field of a response. The field is in base64, and the platform encrypted it for the
    /// merchant's certificate using RSAES-OAEP with SHA-1.
    ///
    /// # Errors
    /// [`KeyError`] when the text is not base64 or was encrypted for another key, or when the merchant's key can only
    /// sign.
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
