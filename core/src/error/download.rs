use std::fmt;
use std::io;

use crate::crypto::CryptoError;
use crate::field::InvalidField;

/// A file that was downloaded is not to be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum DownloadError {
    /// It is not the file that the answer promised: cut off, or changed on the way.
    Hash {
        /// The hash in the answer.
        expected: String,
        /// The hash of what came.
        actual: String,
        /// How many bytes came.
        len: u64,
    },
    /// What it was to be kept in failed.
    Io(io::Error),
    /// The answer that leads to it has an address or a hash that is not to be used. Nothing was asked of that address.
    Link(InvalidField),
    /// There is no entropy, or the provider lacks the hash.
    Crypto(CryptoError),
}

impl From<InvalidField> for DownloadError {
    fn from(source: InvalidField) -> Self {
        Self::Link(source)
    }
}

impl From<io::Error> for DownloadError {
    fn from(source: io::Error) -> Self {
        Self::Io(source)
    }
}

impl fmt::Display for DownloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hash { expected, actual, len } => write!(
                f,
                "the {len} bytes that came have the hash {actual}, the answer promised {expected}: cut off, or changed \
                 on the way"
            ),
            Self::Io(_) => f.write_str("the file could not be kept"),
            Self::Link(field) => field.fmt(f),
            Self::Crypto(_) => f.write_str("the crypto provider failed"),
        }
    }
}

impl std::error::Error for DownloadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Hash { .. } | Self::Link(_) => None,
            Self::Io(source) => Some(source),
            Self::Crypto(source) => Some(source),
        }
    }
}
