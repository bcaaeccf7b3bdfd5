use std::fmt;

use super::MIN_RSA_BITS;

/// A cryptographic operation failed.
///
/// Says which one and deliberately nothing about why: the reasons libraries give may depend on secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CryptoError(&'static str);

impl CryptoError {
    /// An error of the operation with this name, such as `"sign"`.
    pub const fn new(operation: &'static str) -> Self {
        Self(operation)
    }
}

impl fmt::Display for CryptoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cryptographic operation failed: {}", self.0)
    }
}

impl std::error::Error for CryptoError {}

/// Key material could not be used. Says what was found instead; never shows the material.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is not the PEM that was expected.
    Pem {
        /// What was asked for, such as `private key`.
        expected: &'static str,
        /// What is there, in words.
        found: String,
    },
    /// The PEM armour is right but what it holds is not.
    Malformed {
        /// What was asked for.
        expected: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The RSA modulus is smaller than [`MIN_RSA_BITS`].
    TooSmall {
        /// Size of the modulus in bits.
        bits: usize,
    },
    /// An APIv3 key that is not 32 bytes long.
    ApiV3KeyLength {
        /// Its length in bytes.
        len: usize,
    },
    /// A serial number or public key id that cannot be one.
    Serial {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The merchant's own key or serial number was given as the platform's.
    MerchantKeyAsPlatformKey {
        /// The serial number it was given under.
        serial: String,
        /// What coincides: `serial number` or `key`.
        same: &'static str,
    },
    /// There is no platform key to encrypt with.
    NoPlatformKey,
    /// The text that was to be decrypted is not base64.
    NotBase64,
    /// The provider refused the key, or the key refused what was asked of it.
    Crypto(CryptoError),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pem { expected, found } => write!(f, "expected a {expected} in PEM, found {found}"),
            Self::Malformed { expected, problem } => write!(f, "the {expected} cannot be read: {problem}"),
            Self::TooSmall { bits } => {
                write!(f, "the RSA key has {bits} bits, at least {MIN_RSA_BITS} are required")
            }
            Self::ApiV3KeyLength { len } => write!(f, "the APIv3 key has {len} bytes, it must have 32"),
            Self::Serial { problem } => write!(f, "the serial number {problem}"),
            Self::MerchantKeyAsPlatformKey { serial, same } => write!(
                f,
                "the merchant's own {same} was given as the platform's (serial {serial}): apiclient_key.pem and \
                 apiclient_cert.pem are the merchant's; the platform's is pub_key.pem with its PUB_KEY_ID_, or a \
                 certificate from GET /v3/certificates"
            ),
            Self::NoPlatformKey => f.write_str("there is no platform key to encrypt with"),
            Self::NotBase64 => f.write_str("the encrypted text is not base64"),
            Self::Crypto(_) => f.write_str("the key cannot be used"),
        }
    }
}

impl std::error::Error for KeyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Crypto(source) => Some(source),
            _ => None,
        }
    }
}

impl From<CryptoError> for KeyError {
    fn from(source: CryptoError) -> Self {
        Self::Crypto(source)
    }
}
