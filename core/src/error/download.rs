use std::io;

use crate::crypto::CryptoError;
use crate::types::InvalidField;

/// A file that was downloaded is not to be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// It is not the file that the answer promised: cut off, or changed on the way.
    #[error(
        "the {len} bytes that came have the hash {actual}, the answer promised {expected}: cut off, or changed on the way"
    )]
    Hash {
        /// The hash in the answer.
        expected: String,
        /// The hash of what came.
        actual: String,
        /// How many bytes came.
        len: u64,
    },
    /// What it was to be kept in failed.
    #[error("the file could not be kept")]
    Io(#[from] io::Error),
    /// The answer that leads to it has an address or a hash that is not to be used. Nothing was asked of that address.
    #[error(transparent)]
    Link(#[from] InvalidField),
    /// There is no entropy, or the provider lacks the hash.
    #[error("the crypto provider failed")]
    Crypto(#[source] CryptoError),
}
