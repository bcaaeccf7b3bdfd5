use std::io;

use crate::crypto::CryptoError;
use crate::types::InvalidField;

/// A downloaded file that must not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// The file does not have the hash that the response promised: it was truncated, or modified in transit.
    #[error(
        "the {len} bytes that came have the hash {actual}, the answer promised {expected}: cut off, or changed on the way"
    )]
    Hash {
        /// The hash in the response.
        expected: String,
        /// The hash of the received bytes.
        actual: String,
        /// The number of received bytes.
        len: u64,
    },
    /// Reading or writing the storage for the file failed.
    #[error("the file could not be kept")]
    Io(#[from] io::Error),
    /// The address or the hash in the response is not acceptable. No request was sent to the address.
    #[error(transparent)]
    Link(#[from] InvalidField),
    /// There is no entropy, or the provider does not implement the hash.
    #[error("the crypto provider failed")]
    Crypto(#[source] CryptoError),
}
