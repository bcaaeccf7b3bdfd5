use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use wechatpay_core::error::KeyError;

/// The sandbox could not be set up.
#[derive(Debug)]
#[non_exhaustive]
pub enum SandboxError {
    /// Keys or certificates could not be made.
    Generate(Box<dyn std::error::Error + Send + Sync>),
    /// A key cannot be used.
    Key(KeyError),
    /// A file of the credentials cannot be read or written.
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl SandboxError {
    pub(crate) fn generate(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Generate(Box::new(error))
    }

    pub(crate) fn file(path: &Path, source: io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }
}

impl From<KeyError> for SandboxError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl fmt::Display for SandboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Generate(_) => f.write_str("credentials could not be made"),
            Self::Key(_) => f.write_str("a key of the credentials cannot be used"),
            Self::File { path, .. } => write!(f, "{} cannot be used", path.display()),
        }
    }
}

impl std::error::Error for SandboxError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Generate(source) => Some(source.as_ref()),
            Self::Key(source) => Some(source),
            Self::File { source, .. } => Some(source),
        }
    }
}
