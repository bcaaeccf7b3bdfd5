use std::io;

use super::{Advice, OneLine, StopReason};
use crate::crypto::CryptoError;
use crate::types::InvalidField;

/// A downloaded file that must not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// The file does not have the hash that the response states: it was truncated, or modified in transit.
    #[error(
        "the downloaded file of {len} bytes has the hash {actual}, but the response states {expected}: the file was \
         truncated or modified in transit"
    )]
    Hash {
        /// The hash in the response.
        expected: String,
        /// The hash of the received bytes.
        actual: String,
        /// The number of received bytes.
        len: u64,
    },
    /// The file does not have the hash that the response states, and it was transferred with a content encoding, such as
    /// `gzip`, which the request did not ask for. A proxy or a gateway may have compressed it.
    #[error(
        "the downloaded file of {len} bytes does not have the hash that the response states: it was transferred with the \
         content encoding {}, which was not requested",
        OneLine(encoding)
    )]
    Encoded {
        /// The name of the encoding.
        encoding: String,
        /// The number of received bytes.
        len: u64,
    },
    /// Reading or writing the storage for the file failed.
    #[error("the downloaded file could not be stored or read back")]
    Io(#[from] io::Error),
    /// The address or the hash in the response is not acceptable. No request was sent to the address.
    #[error(transparent)]
    Link(#[from] InvalidField),
    /// There is no entropy, or the provider does not implement the hash.
    #[error("the crypto provider returned an error")]
    Crypto(#[source] CryptoError),
}

impl DownloadError {
    /// Returns what to do next: an incomplete file is requested again, with a new link.
    pub(super) fn advice(&self) -> Advice {
        match self {
            Self::Hash { .. } => Advice::SOON,
            // The next one would be encoded too.
            Self::Encoded { .. } => Advice::Stop(StopReason::Network),
            Self::Io(_) | Self::Link(_) | Self::Crypto(_) => Advice::Stop(StopReason::Setup),
        }
    }
}
