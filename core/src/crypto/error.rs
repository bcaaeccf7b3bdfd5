/// The smallest RSA modulus that is accepted, in bits. It applies to the merchant's and the platform's keys.
pub const MIN_RSA_BITS: usize = 2048;

/// A cryptographic operation failed.
///
/// The error names the operation and deliberately omits the reason, because the reasons that libraries give may depend
/// on secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic operation failed: {0}")]
pub struct CryptoError(&'static str);

impl CryptoError {
    /// Creates an error for the named operation, such as `"sign"` or `"load private key"`.
    pub const fn new(operation: &'static str) -> Self {
        Self(operation)
    }
}

/// Key material could not be used. The error describes what was found and never shows the material.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text contains no key or certificate of the expected kind.
    #[error("expected a {expected} in PEM, but found {found}")]
    Pem {
        /// The kind that was expected, such as `private key`.
        expected: &'static str,
        /// A description of what was found.
        found: String,
    },
    /// The PEM armour is valid, but its content is not.
    #[error("the {expected} is malformed: {problem}")]
    Malformed {
        /// The kind of key material that was expected.
        expected: &'static str,
        /// What is wrong with the content, as a sentence.
        problem: &'static str,
    },
    /// The key is not an RSA key for PKCS #1 v1.5 signatures.
    #[error(
        "the {expected} has the key algorithm {algorithm}, but WeChat Pay uses RSA (rsaEncryption, 1.2.840.113549.1.1.1)"
    )]
    Algorithm {
        /// The kind of key material that was expected.
        expected: &'static str,
        /// The algorithm that was found, such as `RSA-PSS (1.2.840.113549.1.1.10)`.
        algorithm: &'static str,
    },
    /// The RSA modulus is smaller than [`MIN_RSA_BITS`].
    #[error("the RSA key has {bits} bits; at least {MIN_RSA_BITS} are required")]
    TooSmall {
        /// The size of the modulus in bits.
        bits: usize,
    },
    /// The APIv3 key is not 32 bytes long.
    #[error("the APIv3 key has {len} bytes; it must have exactly 32")]
    ApiV3KeyLength {
        /// The length of the key in bytes.
        len: usize,
    },
    /// The merchant number is not valid, or is not that of the certificate.
    #[error("{problem}")]
    Mchid {
        /// What is wrong with the merchant number, as a sentence.
        problem: String,
    },
    /// The merchant's private key and certificate do not belong together.
    #[error(
        "the private key does not belong to the certificate; apiclient_key.pem and apiclient_cert.pem come in one \
         download, use the two of the same download"
    )]
    KeyMismatch,
    /// A serial number or the id of a public key is not valid.
    #[error("{problem}")]
    Serial {
        /// Which value is wrong and what it must be, as a sentence.
        problem: &'static str,
    },
    /// The merchant's own key or serial number was added as a platform key.
    #[error(
        "the merchant's own {same} was added as a platform key (serial {serial}); add pub_key.pem with its \
         PUB_KEY_ID_ or a certificate from GET /v3/certificates, not apiclient_key.pem or apiclient_cert.pem"
    )]
    MerchantKeyAsPlatformKey {
        /// The serial number under which the key was added.
        serial: String,
        /// What coincides with the merchant's: `serial number` or `key`.
        same: &'static str,
    },
    /// The key was added although its serial number is distrusted.
    #[error("the platform key {serial} is distrusted (PlatformKeys::distrust), so it cannot be added")]
    Distrusted {
        /// The serial number or id of the key.
        serial: String,
    },
    /// There is no platform key to encrypt with that is valid now.
    #[error("no platform key that is valid now is available to encrypt with")]
    NoPlatformKey,
    /// The text to decrypt is not base64.
    #[error("the encrypted text is not valid base64")]
    NotBase64,
    /// The provider rejected the key, or an operation with the key failed.
    #[error("the key could not be loaded or used")]
    Crypto(#[from] CryptoError),
}
