//! What the platform encrypts under the APIv3 key: certificates and the content of callbacks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::{ApiV3Key, CryptoProvider};
use crate::types::lenient;

const ALGORITHM: &str = "AEAD_AES_256_GCM";

/// An encrypted value as it stands in JSON.
#[derive(Deserialize)]
pub(crate) struct EncryptedResource {
    algorithm: String,
    nonce: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub(crate) associated_data: String,
    ciphertext: String,
    /// What kind of thing is inside; of callbacks only.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub(crate) original_type: String,
}

/// Why a value does not open.
#[derive(Debug)]
pub(crate) enum ResourceError {
    /// It is not written as documented; the text says what is wrong with it.
    Malformed(&'static str),
    /// It does not decrypt: another key, or it was tampered with.
    Decrypt,
}

/// The APIv3 key and what decrypts with it.
#[derive(Clone)]
pub(crate) struct ResourceKey {
    pub(crate) provider: CryptoProvider,
    pub(crate) key: ApiV3Key,
}

impl ResourceKey {
    /// Decrypts; what comes out was written by somebody who has the key.
    pub(crate) fn open(&self, resource: &EncryptedResource) -> Result<Vec<u8>, ResourceError> {
        let wrong = ResourceError::Malformed;
        if resource.algorithm != ALGORITHM {
            return Err(wrong("is not encrypted with AEAD_AES_256_GCM"));
        }
        // Read by anything less strict, a nonce of another length would end the process.
        let nonce =
            resource.nonce.as_bytes().try_into().map_err(|_| wrong("has a nonce of other than 12 bytes"))?;
        let ciphertext = STANDARD
            .decode(&resource.ciphertext)
            .map_err(|_| wrong("has a ciphertext that is not base64"))?;
        self.provider
            .aead
            .open(self.key.as_bytes(), nonce, resource.associated_data.as_bytes(), &ciphertext)
            .map_err(|_| ResourceError::Decrypt)
    }
}
