use std::fmt;
use std::io;

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
        }
    }
}

impl std::error::Error for DownloadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Hash { .. } => None,
            Self::Io(source) => Some(source),
        }
    }
}
