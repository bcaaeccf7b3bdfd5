use std::io;
use std::path::Path;

use rusqlite::types::{ToSql, ToSqlOutput};
use rusqlite::{Connection, ErrorCode, Statement, Transaction, TransactionBehavior, params_from_iter};

use crate::ledger::sql::{Columns, Failure, Row, Sql, Take, TakeOf, Value};
use crate::ledger::{LedgerError, Location, StorageProblem};

/// A connection to the file of a ledger.
pub(super) struct Db {
    pub(super) connection: Connection,
    pub(super) location: Location,
}

impl Db {
    pub(super) fn read<T>(
        &mut self,
        read: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, LedgerError> {
        self.within(TransactionBehavior::Deferred, read)
    }

    pub(super) fn write<T>(
        &mut self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, LedgerError> {
        self.within(TransactionBehavior::Immediate, write)
    }

    /// Writes the file again without what was overwritten or deleted, and empties the log beside it. Returns `false` if
    /// another process still reads from the log.
    pub(super) fn scrub(&mut self) -> Result<bool, LedgerError> {
        let scrub = || -> rusqlite::Result<bool> {
            self.connection.pragma_update(None, "secure_delete", true)?;
            self.connection.execute_batch("VACUUM")?;
            let busy: i64 =
                self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
            Ok(busy == 0)
        };
        scrub().map_err(|error| Failure::from(error).at(&self.location))
    }

    fn within<T>(
        &mut self,
        behaviour: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, LedgerError> {
        let done = self.connection.transaction_with_behavior(behaviour).map_err(Failure::from).and_then(
            |transaction| {
                let value = work(&transaction)?;
                transaction.commit()?;
                Ok(value)
            },
        );
        done.map_err(|failure| failure.at(&self.location))
    }
}

impl Sql for Transaction<'_> {
    fn now(&self) -> &'static str {
        "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
    }

    fn for_update(&self) -> &'static str {
        // A transaction that writes is the only one.
        ""
    }

    fn damage(&self, found: &mut dyn FnMut(String)) -> Result<(), Failure> {
        self.each("PRAGMA integrity_check(100)", &[], &mut |row| {
            let text: String = row.get(0)?;
            if text != "ok" {
                found(text);
            }
            Ok(())
        })
    }

    fn batch(&self, statements: &str) -> Result<(), Failure> {
        Ok(self.execute_batch(statements)?)
    }

    fn execute(&self, statement: &str, values: &[Value<'_>]) -> Result<u64, Failure> {
        run(&mut *self.prepare_cached(statement)?, values)
    }

    fn execute_all(&self, statement: &str, rows: &[Vec<Value<'_>>]) -> Result<Vec<u64>, Failure> {
        let mut prepared = self.prepare_cached(statement)?;
        rows.iter().map(|values| run(&mut prepared, values)).collect()
    }

    fn each(&self, statement: &str, values: &[Value<'_>], take: Take<'_>) -> Result<(), Failure> {
        rows(&mut *self.prepare_cached(statement)?, values, take)
    }

    fn each_of(&self, statement: &str, all: &[Vec<Value<'_>>], take: TakeOf<'_>) -> Result<(), Failure> {
        let mut prepared = self.prepare_cached(statement)?;
        all.iter()
            .enumerate()
            .try_for_each(|(at, values)| rows(&mut prepared, values, &mut |row| take(at, row)))
    }
}

fn run(statement: &mut Statement<'_>, values: &[Value<'_>]) -> Result<u64, Failure> {
    Ok(u64::try_from(statement.execute(params_from_iter(values))?).unwrap_or(u64::MAX))
}

fn rows(statement: &mut Statement<'_>, values: &[Value<'_>], take: Take<'_>) -> Result<(), Failure> {
    let mut rows = statement.query(params_from_iter(values))?;
    while let Some(row) = rows.next()? {
        take(Row(row))?;
    }
    Ok(())
}

impl Columns for rusqlite::Row<'_> {
    fn int(&self, at: usize) -> Result<Option<i64>, Failure> {
        Ok(self.get(at)?)
    }

    fn text(&self, at: usize) -> Result<Option<String>, Failure> {
        Ok(self.get(at)?)
    }

    fn missing(&self, at: usize) -> Failure {
        rusqlite::Error::InvalidColumnIndex(at).into()
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => rusqlite::types::Null.into(),
            Self::Int(number) => (*number).into(),
            Self::Text(text) => (*text).into(),
        })
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        let problem = match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => return Self::Foreign,
            Some(ErrorCode::DiskFull) => StorageProblem::Full,
            Some(ErrorCode::ReadOnly) => StorageProblem::ReadOnly,
            Some(
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed,
            ) => StorageProblem::Busy,
            Some(ErrorCode::CannotOpen) => StorageProblem::CannotOpen,
            Some(ErrorCode::DatabaseCorrupt) => StorageProblem::Damaged,
            Some(ErrorCode::SystemIoFailure) => StorageProblem::Io,
            _ => StorageProblem::Other,
        };
        Self::Database(problem, Box::new(error))
    }
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
    LedgerError::Storage { location: path.into(), problem, source: Box::new(error) }
}
