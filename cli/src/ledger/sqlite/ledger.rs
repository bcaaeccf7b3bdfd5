use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use wechatpay_core::bulk::Policy;

use super::db::{Db, io};
use super::file;
use super::store::SqliteStore;
use crate::ledger::run_lock::private;
use crate::ledger::sql::{Database, Failure, Sql};
use crate::ledger::{Binding, Ledger, LedgerError, Location, RunLock, StorageProblem};

/// A ledger in one SQLite file, for one machine. Beside the file are others with `-wal`, `-shm` and `-run` at the end of
/// their names; the first two belong to the data.
///
/// Several processes can have it open, and one of them can send: see [`lock_run`](Ledger::lock_run). The file must be on
/// a disk of this machine, because locks do not work on every network.
pub struct SqliteLedger {
    db: Db,
    path: PathBuf,
    binding: Binding,
    busy_timeout: Option<Duration>,
}

impl SqliteLedger {
    /// Opens a ledger. It is created if the file does not exist.
    ///
    /// # Errors
    /// [`LedgerError::Bound`] if it was made for another merchant or host, [`LedgerError::Foreign`] if the file is none,
    /// [`LedgerError::Newer`] if a newer version made it. Nothing is written then.
    pub fn open(path: &Path, binding: Binding) -> Result<Self, LedgerError> {
        file::make(path, &binding)?;
        let mut db = file::open(path)?;
        let mut made_for = file::binding(&mut db)?;
        if made_for.is_none() {
            file::create(&mut db, &binding)?;
            // Another process may have been faster.
            made_for = file::binding(&mut db)?;
        }
        let made_for = made_for.ok_or_else(|| LedgerError::Foreign(path.into()))?;
        made_for.must_be(&binding, &db.location)?;
        Ok(Self { db, path: path.to_owned(), binding: made_for, busy_timeout: None })
    }

    /// Opens a ledger that exists, whatever merchant and host it belongs to. `None` if there is no file, or an empty one.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_existing(path: &Path) -> Result<Option<Self>, LedgerError> {
        match path.try_exists() {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => return Err(io(path, error)),
        }
        let mut db = file::open(path)?;
        let binding = file::binding(&mut db)?;
        let path = path.to_owned();
        Ok(binding.map(|binding| Self { db, path, binding, busy_timeout: None }))
    }

    /// Sets how long it waits for a lock of another process. 60 seconds if nothing is set.
    ///
    /// # Errors
    /// [`LedgerError`] when SQLite refuses it.
    pub fn with_busy_timeout(mut self, timeout: Duration) -> Result<Self, LedgerError> {
        let set = self.db.connection.busy_timeout(timeout);
        set.map_err(|error| Failure::from(error).at(&self.db.location))?;
        self.busy_timeout = Some(timeout);
        Ok(self)
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Copies the ledger into a new file, also while a run is under way. The copy is a ledger as it was at one moment.
    ///
    /// # Errors
    /// [`LedgerError::Exists`] if there is a file already. After any other error there is no file.
    pub fn backup(&self, to: &Path) -> Result<(), LedgerError> {
        match private(OpenOptions::new().write(true).create_new(true), to) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(LedgerError::Exists(to.to_owned()));
            }
            Err(error) => return Err(io(to, error)),
        }
        let copied = self.copy(to);
        if copied.is_err() {
            for suffix in ["", "-wal", "-shm", "-journal"] {
                let mut path = to.as_os_str().to_owned();
                path.push(suffix);
                // What was begun is of no use. The first error is the one to report.
                drop(std::fs::remove_file(PathBuf::from(path)));
            }
        }
        copied
    }

    fn copy(&self, to: &Path) -> Result<(), LedgerError> {
        let target = file::open(to)?;
        let mut connection = target.connection;
        let sql = |error: rusqlite::Error| Failure::from(error).at(&to.into());
        let step = Backup::new(&self.db.connection, &mut connection).and_then(|backup| backup.step(-1));
        if step.map_err(sql)? != StepResult::Done {
            let source = Box::new(std::io::Error::from(ErrorKind::WouldBlock));
            let (location, problem) = (self.db.location.clone(), StorageProblem::Busy);
            return Err(LedgerError::Storage { location, problem, source });
        }
        connection.close().map_err(|(_, error)| sql(error))?;
        File::open(to).and_then(|file| file.sync_all()).map_err(|error| io(to, error))
    }
}

impl Database for SqliteLedger {
    fn place(&self) -> &Location {
        &self.db.location
    }

    fn bound(&self) -> &Binding {
        &self.binding
    }

    fn read<T>(&mut self, read: impl FnOnce(&dyn Sql) -> Result<T, Failure>) -> Result<T, LedgerError> {
        self.db.read(|transaction| read(transaction))
    }

    fn write<T>(&mut self, write: impl FnOnce(&dyn Sql) -> Result<T, Failure>) -> Result<T, LedgerError> {
        self.db.write(|transaction| write(transaction))
    }

    fn scrub(&mut self) -> Result<bool, LedgerError> {
        self.db.scrub()
    }
}

impl Ledger for SqliteLedger {
    type Store = SqliteStore;
    type Lock = RunLock;

    fn lock_run(&self) -> Result<RunLock, LedgerError> {
        let taken = RunLock::try_take(&self.path).map_err(|(path, error)| io(&path, error))?;
        taken.ok_or_else(|| LedgerError::InUse(self.db.location.clone()))
    }

    fn join_run(&self) -> Result<RunLock, LedgerError> {
        RunLock::wait(&self.path).map_err(|(path, error)| io(&path, error))
    }

    fn store(&self, _: &RunLock, campaign: &str, policy: &Policy) -> Result<SqliteStore, LedgerError> {
        let db = file::open(&self.path)?;
        if let Some(timeout) = self.busy_timeout {
            let set = db.connection.busy_timeout(timeout);
            set.map_err(|error| Failure::from(error).at(&db.location))?;
        }
        SqliteStore::new(db, &self.binding.mchid, campaign, policy)
    }
}

impl fmt::Debug for SqliteLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteLedger")
            .field("path", &self.path)
            .field("binding", &self.binding)
            .finish_non_exhaustive()
    }
}
