//! The folder of the sandbox beside a ledger.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use wechatpay_cli::ledger::SqliteLedger;
use wechatpay_sandbox::{Credentials, CredentialsFolder};

use crate::program::clock::unix_seconds;
use crate::program::failure::Failure;
use crate::program::texts::text;

/// The folder `<ledger>.sandbox`.
pub(super) struct Folder {
    pub(super) path: PathBuf,
}

impl Folder {
    /// The folder of the sandbox that belongs to a ledger. It is created with a new ledger.
    ///
    /// # Errors
    /// A [`Failure`] if the ledger was not made with a sandbox, or the folder cannot be created.
    pub(super) fn of(ledger: &Path) -> Result<Self, Failure> {
        let mut name = ledger.as_os_str().to_owned();
        name.push(".sandbox");
        let path = PathBuf::from(name);
        if path.is_dir() {
            return Ok(Self { path });
        }
        if ledger.exists() {
            SqliteLedger::open_existing(ledger).map_err(|error| Failure::configuration(error.to_string()))?;
            return Err(Failure::configuration(text!(
                "the ledger {ledger} was made by a merchant, and no WECHATPAY_* is set",
                ledger = ledger.display()
            ))
            .advice(text!("set the merchant's variables or give --env-file; to try the program in a sandbox, name a new file with --ledger")));
        }
        create_private(&path).map_err(|error| {
            Failure::configuration(text!(
                "the folder {path} for a sandbox cannot be created",
                path = path.display()
            ))
            .because(&error)
            .advice(text!("set WECHATPAY_* for a real merchant, or choose another place with --ledger"))
        })?;
        Ok(Self { path })
    }

    /// The lock of the process whose sandbox it is; `None` if another one has it.
    pub(super) fn lock(&self) -> Result<Option<File>, Failure> {
        let path = self.path.join("lock");
        let failed =
            |error: io::Error| Failure::failed(text!("file {path}", path = path.display())).because(&error);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// The credentials, which are made if there are none.
    pub(super) fn credentials(&self, url: &str) -> Result<Credentials, Failure> {
        let folder = self.path.join("credentials");
        if !folder.exists() {
            // Renamed when it is complete: half of it could not be used.
            let new = self.path.join("credentials.new");
            match fs::remove_dir_all(&new) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unusable(&error)),
                _ => {}
            }
            CredentialsFolder::new(&new)
                .load_or_create(url, unix_seconds())
                .map_err(|error| unusable(&error))?;
            fs::rename(&new, &folder).map_err(|error| unusable(&error))?;
        }
        CredentialsFolder::new(&folder).load_or_create(url, unix_seconds()).map_err(|error| unusable(&error))
    }

    pub(super) fn state(&self) -> PathBuf {
        self.path.join("state")
    }

    /// The URL of the sandbox that runs, if it has written it.
    pub(super) fn url(&self) -> Option<String> {
        Some(fs::read_to_string(self.path.join("url")).ok()?.trim().to_owned())
    }

    /// Writes the URL in one step.
    pub(super) fn write_url(&self, url: &str) -> Result<(), Failure> {
        let new = self.path.join("url.new");
        let written =
            fs::write(&new, format!("{url}\n")).and_then(|()| fs::rename(&new, self.path.join("url")));
        written.map_err(|error| unusable(&error))
    }

    /// Removes the URL of a sandbox that does not run any more.
    pub(super) fn remove_url(&self) -> Result<(), Failure> {
        match fs::remove_file(self.path.join("url")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unusable(&error)),
            _ => Ok(()),
        }
    }
}

pub(super) fn unusable(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::configuration(text!("the sandbox beside the ledger cannot be used")).because(error)
}

/// Creates a folder that only its owner can read: keys are in it.
fn create_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
