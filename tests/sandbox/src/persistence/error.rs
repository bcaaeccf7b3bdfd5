//! Why a state file cannot be used.

use std::io;
use std::path::{Path, PathBuf};

/// Why a state file cannot be used. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateFileError {
    /// Another process uses the file.
    #[error("another sandbox uses the state file {}: stop it, or choose another file", .0.display())]
    InUse(PathBuf),
    /// The file is something else.
    #[error("{} is not a state file of wechatpay-sandbox, and was left as it is", .0.display())]
    Foreign(PathBuf),
    /// A newer version wrote the file.
    #[error(
        "the state file {} has the format {format} of a newer wechatpay-sandbox; this version reads the format \
         {known}, and has left the file as it is", path.display()
    )]
    Newer {
        /// Path of the file.
        path: PathBuf,
        /// The format of the file.
        format: u64,
        /// The format that this version reads.
        known: u64,
    },
    /// The file belongs to another merchant.
    #[error(
        "the state file {} is of merchant {mchid}, and the credentials are of another one: use the folder with its \
         credentials, or choose another state file", path.display()
    )]
    OtherMerchant {
        /// Path of the file.
        path: PathBuf,
        /// The merchant number in the file.
        mchid: String,
    },
    /// The file was damaged.
    #[error(
        "the state file {} is broken at byte {position} ({problem}), and was left as it is; restore a copy of it, or \
         choose another file", path.display()
    )]
    Broken {
        /// Path of the file.
        path: PathBuf,
        /// Where the first line begins that cannot be used.
        position: u64,
        /// What is wrong there.
        problem: String,
    },
    /// A file that belongs to it is missing.
    #[error(
        "the state file {} is incomplete: {} is missing; restore it, or choose another file", path.display(),
        missing.display()
    )]
    Missing {
        /// Path of the state file.
        path: PathBuf,
        /// The file that is missing.
        missing: PathBuf,
    },
    /// The file could not be read or written.
    #[error("the state file {} could not be used", path.display())]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

impl StateFileError {
    /// Names the path in an IO error.
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + use<'_> {
        |source| Self::Io { path: path.to_owned(), source }
    }

    pub(super) fn broken(path: &Path, position: u64, problem: impl Into<String>) -> Self {
        Self::Broken { path: path.to_owned(), position, problem: problem.into() }
    }
}
