use std::fmt;
use std::sync::Arc;

use super::CryptoError;

/// Signs with a private key: RSASSA-PKCS1-v1_5 with SHA-256, the only algorithm of
/// `WECHATPAY2-SHA256-RSA2048`.
pub trait SigningKey: Send + Sync {
    /// Returns the raw signature of `message`; the caller encodes it.
    ///
    /// # Errors
    /// [`CryptoError`] when the key cannot be used (an HSM that is away, entropy that fails).
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError>;

    /// Decrypts what was encrypted for this key: RSAES-OAEP with SHA-1 and MGF1 with SHA-1, as for sensitive fields.
    ///
    /// A key that only signs need not implement it.
    ///
    /// # Errors
    /// [`CryptoError`] when it was not encrypted for this key, and always unless implemented.
    fn decrypt(&self, _ciphertext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Err(CryptoError::new("decrypt with RSA-OAEP, which this key cannot"))
    }
}

/// One public key. Checks signatures: RSASSA-PKCS1-v1_5 with SHA-256.
pub trait VerifyingKey: Send + Sync {
    /// Checks the raw `signature` of `message`.
    ///
    /// # Errors
    /// [`CryptoError`] when the signature is not this key's signature of `message`, whatever the reason.
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), CryptoError>;

    /// Encrypts for the owner of the key: RSAES-OAEP with SHA-1 and MGF1 with SHA-1, as for sensitive fields.
    ///
    /// # Errors
    /// [`CryptoError`] when `plaintext` is longer than the modulus less 42 bytes (214 for 2048 bits), and always
    /// where the provider has no OAEP.
    fn encrypt(&self, _plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Err(CryptoError::new("encrypt with RSA-OAEP, which this provider cannot"))
    }
}

/// Turns encoded RSA keys into keys that can be used.
///
/// PEM, PKCS#8, X.509 and the size limit are dealt with before a loader is asked, once for all providers;
/// a loader sees the bare PKCS#1 structures of RFC 8017.
pub trait KeyLoader: Send + Sync {
    /// Loads a private key from the DER of an `RSAPrivateKey`.
    ///
    /// # Errors
    /// [`CryptoError`] when the numbers do not form a usable key.
    fn signing_key(&self, rsa_private_key: &[u8]) -> Result<Arc<dyn SigningKey>, CryptoError>;

    /// Loads a public key from the DER of an `RSAPublicKey`.
    ///
    /// # Errors
    /// [`CryptoError`] when the numbers do not form a usable key.
    fn verifying_key(&self, rsa_public_key: &[u8]) -> Result<Arc<dyn VerifyingKey>, CryptoError>;
}

/// `AEAD_AES_256_GCM`: 96-bit nonce, 128-bit tag appended to the ciphertext.
pub trait Aes256Gcm: Send + Sync {
    /// Encrypts `plaintext`; the tag is the last 16 bytes of the result.
    ///
    /// # Errors
    /// [`CryptoError`] when the implementation fails or the plaintext is beyond what the mode allows.
    fn seal(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, CryptoError>;

    /// Decrypts `ciphertext` (tag included).
    ///
    /// # Errors
    /// [`CryptoError`] when anything at all does not match: key, nonce, associated data or ciphertext.
    fn open(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        ciphertext: &[u8],
    ) -> Result<Vec<u8>, CryptoError>;
}

/// A hash of files. Files are protected by nothing but their hash; requests and answers have signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// SHA-1, of flow files. The platform offers no other.
    Sha1,
    /// SHA-256, of images.
    Sha256,
}

/// Hashes of any length of bytes.
pub trait Hashes: Send + Sync {
    /// Begins a hash.
    ///
    /// # Errors
    /// [`CryptoError`] when the provider lacks the algorithm.
    fn start(&self, algorithm: HashAlgorithm) -> Result<Box<dyn Hasher>, CryptoError>;
}

struct NoHashes;

impl Hashes for NoHashes {
    fn start(&self, _: HashAlgorithm) -> Result<Box<dyn Hasher>, CryptoError> {
        Err(CryptoError::new("hash, which this provider cannot"))
    }
}

/// A hash under way.
pub trait Hasher: Send {
    /// Goes on with these bytes.
    fn update(&mut self, bytes: &[u8]);

    /// The hash of all that was given.
    fn finish(self: Box<Self>) -> Vec<u8>;
}

/// Unpredictable bytes.
pub trait SecureRandom: Send + Sync {
    /// Fills `bytes` from the operating system's or the library's generator.
    ///
    /// # Errors
    /// [`CryptoError`] when no entropy can be had.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), CryptoError>;
}

/// A set of implementations, passed wherever keys are loaded.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct CryptoProvider {
    /// A short name for logs and benchmarks.
    pub name: &'static str,
    /// Loads RSA keys.
    pub keys: &'static dyn KeyLoader,
    /// Encrypts and decrypts what travels under the APIv3 key.
    pub aead: &'static dyn Aes256Gcm,
    /// Makes nonces.
    pub random: &'static dyn SecureRandom,
    /// Hashes files.
    pub hashes: &'static dyn Hashes,
}

impl CryptoProvider {
    /// Puts a provider together; for implementations outside this crate.
    pub const fn new(
        name: &'static str,
        keys: &'static dyn KeyLoader,
        aead: &'static dyn Aes256Gcm,
        random: &'static dyn SecureRandom,
    ) -> Self {
        Self { name, keys, aead, random, hashes: &NoHashes }
    }

    /// With hashes; without them files can be neither uploaded nor downloaded.
    #[must_use]
    pub const fn with_hashes(mut self, hashes: &'static dyn Hashes) -> Self {
        self.hashes = hashes;
        self
    }

    /// The hash of `bytes` in lower-case hexadecimal, as the protocol writes it.
    ///
    /// # Errors
    /// [`CryptoError`] when the provider lacks the algorithm.
    pub fn hash(&self, algorithm: HashAlgorithm, bytes: &[u8]) -> Result<String, CryptoError> {
        let mut hasher = self.hashes.start(algorithm)?;
        hasher.update(bytes);
        Ok(hex_lower(&hasher.finish()))
    }
}

impl fmt::Debug for CryptoProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CryptoProvider").field(&self.name).finish()
    }
}

pub(crate) fn hex_lower(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
