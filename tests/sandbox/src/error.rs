use std::io;
use std::path::{Path, PathBuf};

use wechatpay_core::error::KeyError;

/// The sandbox could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// Keys or certificates could not be made.
    #[error("credentials could not be made")]
    Generate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A key cannot be used.
    #[error("a key of the credentials cannot be used")]
    Key(#[from] KeyError),
    /// A file of the credentials cannot be read or written.
    #[error("{} cannot be used", path.display())]
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
