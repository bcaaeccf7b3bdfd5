use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The right to run the campaigns of a ledger in a file: a lock of the operating system on a file beside it. The system
/// releases it when this is dropped, and when the process ends in whatever way.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunLock {
    /// Returns `None` if somebody else has it.
    pub(super) fn try_take(ledger: &Path) -> Result<Option<Self>, (PathBuf, io::Error)> {
        let (path, file) = open(ledger)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err((path, error)),
        }
    }

    /// Waits until nobody else has it.
    pub(super) fn wait(ledger: &Path) -> Result<Self, (PathBuf, io::Error)> {
        let (path, file) = open(ledger)?;
        match file.lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(error) => Err((path, error)),
        }
    }
}

/// Opens the file, which is never deleted: somebody may wait for it. It lies beside the ledger itself, also when that is
/// named by a symbolic link: a ledger with two names must not have two locks.
fn open(ledger: &Path) -> Result<(PathBuf, File), (PathBuf, io::Error)> {
    let ledger = ledger.canonicalize().map_err(|error| (ledger.to_owned(), error))?;
    let mut path = ledger.into_os_string();
    path.push("-run");
    let path = PathBuf::from(path);
    match private(OpenOptions::new().write(true).create(true).truncate(false), &path) {
        Ok(file) => Ok((path, file)),
        Err(error) => Err((path, error)),
    }
}

/// Opens a file that only its owner can read and write, if it is created.
pub(super) fn private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.open(path)
}
