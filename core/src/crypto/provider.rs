use std::fmt;
use std::sync::Arc;

use super::CryptoError;

/// A private key that signs with RSASSA-PKCS1-v1_5 and SHA-256, the only algorithm of `WECHATPAY2-SHA256-RSA2048`.
pub trait SigningKey: Send + Sync {
    /// Returns the raw signature of `message`. The caller encodes it.
    ///
    /// # Errors
    /// [`CryptoError`] when the key cannot be used, for example because an HSM is unreachable or entropy fails.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError>;

    /// Decrypts a sensitive field that was encrypted for this key with RSAES-OAEP (SHA-1, and MGF1 with SHA-1).
    ///
    /// Keys that only sign do not need to implement this method.
    ///
    /// # Errors
    /// [`CryptoError`] when the ciphertext was not encrypted for this key. The default implementation always fails.
    fn decrypt(&self, _ciphertext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Err(CryptoError::new("decrypt with RSA-OAEP (not supported by this key)"))
    }
}

/// A public key that verifies signatures made with RSASSA-PKCS1-v1_5 and SHA-256.
pub trait VerifyingKey: Send + Sync {
    /// Verifies the raw `signature` of `message`.
    ///
    /// # Errors
    /// [`CryptoError`] when the signature is not this key's signature of `message`, whatever the reason.
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), CryptoError>;

    /// Encrypts a sensitive field for the owner of the key with RSAES-OAEP (SHA-1, and MGF1 with SHA-1).
    ///
    /// # Errors
    /// [`CryptoError`] when `plaintext` is longer than the modulus less 42 bytes (214 bytes for 2048 bits). Always
    /// fails when the provider does not implement OAEP.
    fn encrypt(&self, _plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Err(CryptoError::new("encrypt with RSA-OAEP (not supported by this provider)"))
    }
}

/// Loads encoded RSA keys.
///
/// PEM, PKCS#8, X.509 and the minimum key size are handled before a loader is called, once for all providers. A loader
/// receives the bare PKCS#1 structures of RFC 8017.
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

/// `AEAD_AES_256_GCM`, with a 96-bit nonce and a 128-bit tag appended to the ciphertext.
pub trait Aes256Gcm: Send + Sync {
    /// Encrypts `plaintext`. The last 16 bytes of the result are the tag.
    ///
    /// # Errors
    /// [`CryptoError`] when the implementation fails, or the plaintext is longer than the mode allows.
    fn seal(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, CryptoError>;

    /// Decrypts `ciphertext`, which includes the tag.
    ///
    /// # Errors
    /// [`CryptoError`] when the key, nonce, associated data or ciphertext does not match.
    fn open(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        ciphertext: &[u8],
    ) -> Result<Vec<u8>, CryptoError>;
}

/// A hash algorithm for files. Files are protected only by their hash, while requests and responses are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// SHA-1, for flow files. The platform offers no other algorithm for them.
    Sha1,
    /// SHA-256, for images.
    Sha256,
}

/// An implementation of the hash algorithms, for input of any length.
pub trait Hashes: Send + Sync {
    /// Starts a hash computation.
    ///
    /// # Errors
    /// [`CryptoError`] when the provider does not implement the algorithm.
    fn start(&self, algorithm: HashAlgorithm) -> Result<Box<dyn Hasher>, CryptoError>;
}

struct NoHashes;

impl Hashes for NoHashes {
    fn start(&self, _: HashAlgorithm) -> Result<Box<dyn Hasher>, CryptoError> {
        Err(CryptoError::new("hash (not supported by this provider)"))
    }
}

/// A hash computation in progress.
pub trait Hasher: Send {
    /// Adds these bytes to the input.
    fn update(&mut self, bytes: &[u8]);

    /// Returns the hash of all input.
    fn finish(self: Box<Self>) -> Vec<u8>;
}

/// A source of unpredictable bytes.
pub trait SecureRandom: Send + Sync {
    /// Fills `bytes` from the generator of the operating system or the library.
    ///
    /// # Errors
    /// [`CryptoError`] when no entropy is available.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), CryptoError>;
}

/// A set of cryptographic implementations, passed wherever keys are loaded.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct CryptoProvider {
    /// A short name for logs and benchmarks.
    pub name: &'static str,
    /// Loads RSA keys.
    pub keys: &'static dyn KeyLoader,
    /// Encrypts and decrypts with the APIv3 key.
    pub aead: &'static dyn Aes256Gcm,
    /// Generates the random bytes of nonces.
    pub random: &'static dyn SecureRandom,
    /// Hashes files.
    pub hashes: &'static dyn Hashes,
}

impl CryptoProvider {
    /// Creates a provider, for implementations outside this crate. It has no hashes; see
    /// [`with_hashes`](Self::with_hashes).
    pub const fn new(
        name: &'static str,
        keys: &'static dyn KeyLoader,
        aead: &'static dyn Aes256Gcm,
        random: &'static dyn SecureRandom,
    ) -> Self {
        Self { name, keys, aead, random, hashes: &NoHashes }
    }

    /// Adds hash implementations. Without them, files can be neither uploaded nor downloaded.
    #[must_use]
    pub const fn with_hashes(mut self, hashes: &'static dyn Hashes) -> Self {
        self.hashes = hashes;
        self
    }

    /// Returns the hash of `bytes` in lower-case hexadecimal, as the protocol writes it.
    ///
    /// # Errors
    /// [`CryptoError`] when the provider does not implement the algorithm.
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
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}
