use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use wechatpay_core::error::CryptoError;

use crate::ledger::{LedgerError, StorageProblem};

/// A connection to the file of a ledger.
pub(super) struct Db {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
}

/// A failure inside a transaction: of the database, whose file is named later, or of the ledger.
pub(super) enum Failure {
    Sql(rusqlite::Error),
    Ledger(LedgerError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<CryptoError> for Failure {
    fn from(error: CryptoError) -> Self {
        Self::Ledger(error.into())
    }
}

impl Db {
    /// Reads in one transaction, so all that is read is of one moment.
    pub(super) fn read<T>(
        &mut self,
        read: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, LedgerError> {
        self.within(TransactionBehavior::Deferred, read)
    }

    /// Writes in one transaction: all of it, and it is on the disk when this returns, or nothing.
    pub(super) fn write<T>(
        &mut self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, LedgerError> {
        self.within(TransactionBehavior::Immediate, write)
    }

    fn within<T>(
        &mut self,
        behaviour: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, LedgerError> {
        let Self { connection, path } = self;
        let done =
            connection.transaction_with_behavior(behaviour).map_err(Failure::Sql).and_then(|transaction| {
                let value = work(&transaction)?;
                transaction.commit()?;
                Ok(value)
            });
        done.map_err(|failure| named(path, failure))
    }
}

/// Names the file in a failure.
pub(super) fn named(path: &Path, failure: Failure) -> LedgerError {
    let error = match failure {
        Failure::Ledger(error) => return error,
        Failure::Sql(error) => error,
    };
    let problem = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => return LedgerError::Foreign(path.to_owned()),
        Some(ErrorCode::DiskFull) => StorageProblem::Full,
        Some(ErrorCode::ReadOnly) => StorageProblem::ReadOnly,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
            StorageProblem::Busy
        }
        Some(ErrorCode::CannotOpen) => StorageProblem::CannotOpen,
        Some(ErrorCode::DatabaseCorrupt) => StorageProblem::Damaged,
        Some(ErrorCode::SystemIoFailure) => StorageProblem::Io,
        _ => StorageProblem::Other,
    };
    LedgerError::Storage { path: path.to_owned(), problem, source: Box::new(error) }
}

/// Names the file in an error of the operating system.
pub(in crate::ledger) fn io(path: &Path, error: io::Error) -> LedgerError {
    let problem = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StorageProblem::Full,
        io::ErrorKind::ReadOnlyFilesystem => StorageProblem::ReadOnly,
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied | io::ErrorKind::IsADirectory => {
            StorageProblem::CannotOpen
        }
        _ => StorageProblem::Io,
    };
    LedgerError::Storage { path: path.to_owned(), problem, source: Box::new(error) }
}
