use std::io;
use std::path::{Path, PathBuf};

use wechatpay_core::error::KeyError;

use crate::persistence::StateFileError;

/// An error while setting up the sandbox.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// Keys or certificates could not be generated, or a new file could not be serialized.
    #[error("credentials could not be generated")]
    Generate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A key or certificate of the credentials is invalid.
    #[error("a key of the credentials is invalid")]
    Key(#[from] KeyError),
    /// Another process has locked the folder with the credentials.
    #[error("another sandbox uses the folder {}: stop it, or choose another folder with --credentials", .0.display())]
    FolderInUse(PathBuf),
    /// The state file could not be used.
    #[error(transparent)]
    StateFile(#[from] StateFileError),
    /// The [seed](crate::Options::seed) is not valid: a sentence with the place of the mistake.
    #[error("the seed is not valid: {0}")]
    Seed(String),
    /// A file of the credentials could not be read or written, or its content is invalid.
    #[error("credentials file {} could not be used", path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// The cause.
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
