//! Decrypts what the platform encrypts with the APIv3 key: certificates and the content of callbacks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::{ApiV3Key, CryptoProvider};
use crate::types::lenient;

const ALGORITHM: &str = "AEAD_AES_256_GCM";

/// An encrypted value, as represented in JSON.
#[derive(Deserialize)]
pub(crate) struct EncryptedResource {
    /// There is only one.
    #[serde(default, deserialize_with = "lenient::optional")]
    algorithm: Option<String>,
    nonce: String,
    #[serde(default, deserialize_with = "lenient::text_or_empty")]
    pub(crate) associated_data: String,
    ciphertext: String,
    /// The type of the encrypted object. Only callbacks have it.
    #[serde(default, deserialize_with = "lenient::text_or_empty")]
    pub(crate) original_type: String,
}

/// Why an encrypted value could not be decrypted.
#[derive(Debug)]
pub(crate) enum ResourceError {
    /// The value is not encoded as documented. The text is a predicate of "the encrypted resource".
    Malformed(&'static str),
    /// Decryption failed: the value was encrypted with another key, or was modified.
    Decrypt,
}

/// The APIv3 key, with the provider that decrypts with it.
#[derive(Clone)]
pub(crate) struct ResourceKey {
    pub(crate) provider: CryptoProvider,
    pub(crate) key: ApiV3Key,
}

impl ResourceKey {
    /// Decrypts a value. The result is authentic: its author knows the APIv3 key.
    pub(crate) fn open(&self, resource: &EncryptedResource) -> Result<Vec<u8>, ResourceError> {
        let malformed = ResourceError::Malformed;
        if resource.algorithm.as_ref().is_some_and(|algorithm| algorithm != ALGORITHM) {
            return Err(malformed("is not encrypted with AEAD_AES_256_GCM"));
        }
        // The length is checked here because a nonce of another length could make a decryption library panic.
        let nonce = resource
            .nonce
            .as_bytes()
            .try_into()
            .map_err(|_| malformed("has a nonce that is not 12 bytes long"))?;
        let ciphertext = STANDARD
            .decode(&resource.ciphertext)
            .map_err(|_| malformed("has a ciphertext that is not valid base64"))?;
        self.provider
            .aead
            .open(self.key.as_bytes(), nonce, resource.associated_data.as_bytes(), &ciphertext)
            .map_err(|_| ResourceError::Decrypt)
    }
}
