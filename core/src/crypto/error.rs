/// The smallest RSA modulus that is accepted, in bits. It applies to the merchant's and the platform's keys.
pub const MIN_RSA_BITS: usize = 2048;

/// A cryptographic operation failed.
///
/// The error names the operation and deliberately omits the reason, because the reasons that libraries give may depend
/// on secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cryptographic operation failed: {0}")]
pub struct CryptoError(&'static str);

impl CryptoError {
    /// Creates an error for the named operation, such as `"sign"`.
    pub const fn new(operation: &'static str) -> Self {
        Self(operation)
    }
}

/// Key material could not be used. The error says what was found instead and never shows the material.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is not PEM of the expected kind.
    #[error("expected a {expected} in PEM, found {found}")]
    Pem {
        /// The kind of PEM that was expected, such as `private key`.
        expected: &'static str,
        /// A description of what was found.
        found: String,
    },
    /// The PEM armour is valid, but its content is not.
    #[error("the {expected} cannot be read: {problem}")]
    Malformed {
        /// The kind of key material that was expected.
        expected: &'static str,
        /// What is wrong with the content.
        problem: &'static str,
    },
    /// The RSA modulus is smaller than [`MIN_RSA_BITS`].
    #[error("the RSA key has {bits} bits, at least {MIN_RSA_BITS} are required")]
    TooSmall {
        /// The size of the modulus in bits.
        bits: usize,
    },
    /// The APIv3 key is not 32 bytes long.
    #[error("the APIv3 key has {len} bytes, it must have 32")]
    ApiV3KeyLength {
        /// The length of the key in bytes.
        len: usize,
    },
    /// A serial number, public key id or merchant number is not valid.
    #[error("the serial number {problem}")]
    Serial {
        /// What is wrong with the value.
        problem: &'static str,
    },
    /// The merchant's own key or serial number was given as the platform's.
    #[error(
        "the merchant's own {same} was given as the platform's (serial {serial}): apiclient_key.pem and \
         apiclient_cert.pem are the merchant's; the platform's is pub_key.pem with its PUB_KEY_ID_, or a \
         certificate from GET /v3/certificates"
    )]
    MerchantKeyAsPlatformKey {
        /// The serial number the key was given under.
        serial: String,
        /// What coincides with the merchant's: `serial number` or `key`.
        same: &'static str,
    },
    /// There is no platform key to encrypt with.
    #[error("there is no platform key to encrypt with")]
    NoPlatformKey,
    /// The text to decrypt is not base64.
    #[error("the encrypted text is not base64")]
    NotBase64,
    /// The provider refused the key, or an operation with the key failed.
    #[error("the key cannot be used")]
    Crypto(#[from] CryptoError),
}
