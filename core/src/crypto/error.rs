/// Smallest RSA modulus that is accepted, for the merchant's and the platform's keys alike.
pub const MIN_RSA_BITS: usize = 2048;

/// A cryptographic operation failed.
///
/// Says which one and deliberately nothing about why: the reasons libraries give may depend on secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cryptographic operation failed: {0}")]
pub struct CryptoError(&'static str);

impl CryptoError {
    /// An error of the operation with this name, such as `"sign"`.
    pub const fn new(operation: &'static str) -> Self {
        Self(operation)
    }
}

/// Key material could not be used. Says what was found instead; never shows the material.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is not the PEM that was expected.
    #[error("expected a {expected} in PEM, found {found}")]
    Pem {
        /// What was asked for, such as `private key`.
        expected: &'static str,
        /// What is there, in words.
        found: String,
    },
    /// The PEM armour is right but what it holds is not.
    #[error("the {expected} cannot be read: {problem}")]
    Malformed {
        /// What was asked for.
        expected: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The RSA modulus is smaller than [`MIN_RSA_BITS`].
    #[error("the RSA key has {bits} bits, at least {MIN_RSA_BITS} are required")]
    TooSmall {
        /// Size of the modulus in bits.
        bits: usize,
    },
    /// An APIv3 key that is not 32 bytes long.
    #[error("the APIv3 key has {len} bytes, it must have 32")]
    ApiV3KeyLength {
        /// Its length in bytes.
        len: usize,
    },
    /// A serial number or public key id that cannot be one.
    #[error("the serial number {problem}")]
    Serial {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The merchant's own key or serial number was given as the platform's.
    #[error(
        "the merchant's own {same} was given as the platform's (serial {serial}): apiclient_key.pem and \
         apiclient_cert.pem are the merchant's; the platform's is pub_key.pem with its PUB_KEY_ID_, or a \
         certificate from GET /v3/certificates"
    )]
    MerchantKeyAsPlatformKey {
        /// The serial number it was given under.
        serial: String,
        /// What coincides: `serial number` or `key`.
        same: &'static str,
    },
    /// There is no platform key to encrypt with.
    #[error("there is no platform key to encrypt with")]
    NoPlatformKey,
    /// The text that was to be decrypted is not base64.
    #[error("the encrypted text is not base64")]
    NotBase64,
    /// The provider refused the key, or the key refused what was asked of it.
    #[error("the key cannot be used")]
    Crypto(#[from] CryptoError),
}
