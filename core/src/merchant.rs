//! The merchant and its signing key.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::crypto::{self, CryptoProvider, KeyError, RsaModulus, SigningKey, serial};
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
    /// `serial_no` is the serial number of the *merchant's* API certificate (商户 API 证书序列号): up to 40 hexadecimal
    /// digits, as `openssl x509 -in apiclient_cert.pem -noout -serial` prints it. Case, `serial=`, colons, spaces and
    /// leading zeros do not matter. [`from_certificate`](Self::from_certificate) takes it from the certificate.
    ///
    /// Which files can be read is described in the [`crypto`] module. The caller remains responsible for wiping the PEM
    /// text; pass it in a [`Zeroizing`](crate::zeroize::Zeroizing), which does so. This function wipes its own
    /// intermediate copies. The loaded key belongs to the provider, see the [`crypto`] module.
    ///
    /// # Errors
    /// [`KeyError`] when the file contains no unencrypted RSA private key of at least 2048 bits, or when `mchid` or
    /// `serial_no` is not valid.
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

    /// Loads the private key from `apiclient_key.pem`, and takes the serial number from `apiclient_cert.pem`, which
    /// comes in the same download.
    ///
    /// If `mchid` is `None`, it is taken from the certificate, whose subject has the merchant number as its common name
    /// (CN). If both are there, they must be equal.
    ///
    /// ```
    /// # #[cfg(feature = "rustcrypto")] {
    /// use wechatpay_core::crypto::rustcrypto::PROVIDER;
    /// use wechatpay_core::{Merchant, error::KeyError};
    ///
    /// fn merchant(folder: &std::path::Path) -> Result<Merchant, Box<dyn std::error::Error>> {
    ///     let certificate = std::fs::read(folder.join("apiclient_cert.pem"))?;
    ///     let key = std::fs::read(folder.join("apiclient_key.pem"))?;
    ///     Ok(Merchant::from_certificate(&PROVIDER, None, certificate, key)?)
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// - As [`from_pem`](Self::from_pem), and when the file of the certificate contains none with an RSA key of at least
    ///   2048 bits.
    /// - [`KeyError::KeyMismatch`] when the key does not belong to the certificate, which may be another merchant's, an
    ///   older one, or the platform's.
    /// - [`KeyError::Mchid`] when `mchid` is not valid or not the one in the certificate, or when there is none.
    pub fn from_certificate(
        provider: &CryptoProvider,
        mchid: Option<Mchid>,
        certificate_pem: impl AsRef<[u8]>,
        private_key_pem: impl AsRef<[u8]>,
    ) -> Result<Self, KeyError> {
        let certificate = crypto::certificate(certificate_pem.as_ref())?;
        let key = crypto::private_key(private_key_pem.as_ref())?;
        if key.public != certificate.key.modulus {
            return Err(KeyError::KeyMismatch);
        }
        let wrong = |problem| Err(KeyError::Mchid { problem });
        let mchid = match (mchid.map(checked).transpose()?, certificate.mchid) {
            (Some(given), Some(certified)) if given.as_str() != certified => {
                return wrong(format!(
                    "the merchant number is {given}, but the certificate is that of the merchant {certified}"
                ));
            }
            (Some(given), _) => given,
            (None, Some(certified)) => certified.into(),
            (None, None) => {
                return wrong(
                    "the merchant number (商户号) is missing, and the subject of the certificate has none either; set it"
                        .to_owned(),
                );
            }
        };
        let signing_key = provider.keys.signing_key(&key.pkcs1)?;
        let merchant = Self::with_key(mchid, certificate.serial, signing_key)?;
        Ok(Self { modulus: Some(key.public), ..merchant })
    }

    /// Creates a merchant with any signing key, such as one in an HSM or a KMS, or a test key.
    ///
    /// # Errors
    /// [`KeyError::Mchid`] when `mchid` is not valid, [`KeyError::Serial`] when `serial_no` is not valid.
    pub fn with_key(
        mchid: Mchid,
        serial_no: impl Into<String>,
        key: Arc<dyn SigningKey>,
    ) -> Result<Self, KeyError> {
        // Both are quoted in the Authorization header, so they must not contain a quote or other syntax.
        let (mchid, serial_no) = (checked(mchid)?, serial::normal(&serial_no.into())?);
        Ok(Self { identity: Arc::new(Identity { mchid, serial_no }), key, modulus: None })
    }

    /// Returns the merchant number.
    pub fn mchid(&self) -> &Mchid {
        &self.identity.mchid
    }

    /// Returns the serial number of the merchant's certificate in its normal form, which every request carries:
    /// upper-case hexadecimal with two digits for each byte, as OpenSSL prints it.
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

/// Checks a merchant number, and removes white space around it.
fn checked(mchid: Mchid) -> Result<Mchid, KeyError> {
    let digits = crypto::trimmed(mchid.as_str());
    let problem = if digits.is_empty() {
        "the merchant number (商户号) is empty"
    } else if digits.bytes().all(|b| b.is_ascii_digit()) {
        if digits.len() <= 32 {
            return Ok(digits.into());
        }
        "the merchant number (商户号) has more than 32 digits"
    } else if digits.starts_with("wx") {
        "the merchant number (商户号) must consist of digits, such as 1900000109, but is an application id (appid)"
    } else {
        "the merchant number (商户号) must consist of digits, such as 1900000109"
    };
    Err(KeyError::Mchid { problem: problem.to_owned() })
}

impl fmt::Debug for Merchant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merchant")
            .field("mchid", self.mchid())
            .field("serial_no", &self.serial_no())
            .finish_non_exhaustive()
    }
}
