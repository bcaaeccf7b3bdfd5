use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::{Connection, MAIN_DB, OpenFlags};

use super::db::{Db, io};
use crate::ledger::run_lock::private;
use crate::ledger::sql::schema::{FORMAT, SINCE};
use crate::ledger::sql::{Failure, meta};
use crate::ledger::{Binding, LedgerError, Location, StorageProblem};

/// Says that a file is a ledger: `wxpl` in ASCII.
const APPLICATION_ID: i64 = 0x7778_706c;

/// How long one waits for a lock of another process. Planning a million rows keeps it for some seconds.
const BUSY: Duration = Duration::from_secs(60);
/// In KiB.
const CACHE: i64 = 32 * 1024;

/// Opens a file that exists. Nothing is written.
pub(super) fn open(path: &Path) -> Result<Db, LedgerError> {
    let location = Location::from(path);
    let sql = |error: rusqlite::Error| Failure::from(error).at(&location);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // SQLite takes `:memory:` and `file:…` for something else than a file of this name, but not an absolute path.
    let absolute = std::path::absolute(path).map_err(|error| io(path, error))?;
    let connection = Connection::open_with_flags(absolute, flags).map_err(sql)?;
    if connection.is_readonly(MAIN_DB).map_err(sql)? {
        let source = Box::new(std::io::Error::from(ErrorKind::PermissionDenied));
        return Err(LedgerError::Storage { location, problem: StorageProblem::ReadOnly, source });
    }
    connection.busy_timeout(BUSY).map_err(sql)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "synchronous", "FULL").map_err(sql)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(sql)?;
    connection.pragma_update(None, "cache_size", CACHE.saturating_neg()).map_err(sql)?;
    // Large sorts need no memory.
    connection.pragma_update(None, "temp_store", "FILE").map_err(sql)?;
    Ok(Db { connection, location })
}

/// Creates the file with its tables, unless it exists. It has its name only when it is whole: several processes may do it
/// at the same time, and SQLite lets none of them wait while another one makes a new file what it is to be.
pub(super) fn make(path: &Path, binding: &Binding) -> Result<(), LedgerError> {
    static MADE: AtomicU64 = AtomicU64::new(0);
    if path.try_exists().map_err(|error| io(path, error))? {
        return Ok(());
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!("-new-{}-{}", process::id(), MADE.fetch_add(1, Ordering::Relaxed)));
    let new = PathBuf::from(name);
    private(OpenOptions::new().write(true).create_new(true), &new).map_err(|error| io(path, error))?;
    let made = open(&new).and_then(|mut db| create(&mut db, binding)).and_then(|()| place(&new, path));
    // What was begun is of no use. The first error is the one to report.
    drop(fs::remove_file(&new));
    made
}

/// Gives a new file its name, unless another one has it.
fn place(new: &Path, path: &Path) -> Result<(), LedgerError> {
    match fs::hard_link(new, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        // Not all disks have links.
        Err(_) if path.try_exists().is_ok_and(|exists| !exists) => {
            fs::rename(new, path).map_err(|error| io(path, error))
        }
        linked => linked.map_err(|error| io(path, error)),
    }
}

/// Returns to what the ledger belongs, and adds the tables that a former version did not have. `None` if the file is empty.
pub(super) fn binding(db: &mut Db) -> Result<Option<Binding>, LedgerError> {
    let found = read(db)?;
    if let Some((binding, format)) = &found
        && *format < FORMAT
    {
        create(db, binding)?;
    }
    Ok(found.map(|(binding, _)| binding))
}

/// Returns to what the ledger belongs, and its format.
fn read(db: &mut Db) -> Result<Option<(Binding, i64)>, LedgerError> {
    let location = db.location.clone();
    db.read(|transaction| {
        let number = |pragma: &str| transaction.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        let (application, format) = (number("application_id")?, number("user_version")?);
        if application != APPLICATION_ID {
            let tables: i64 =
                transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            return match (application, format, tables) {
                (0, 0, 0) => Ok(None),
                _ => Err(LedgerError::Foreign(location).into()),
            };
        }
        if format > FORMAT {
            return Err(LedgerError::Newer { location, format, known: FORMAT }.into());
        }
        let binding = meta::binding(transaction)?.ok_or(LedgerError::Foreign(location))?;
        Ok(Some((binding, format)))
    })
}

/// Makes the tables that are missing: all of a new file, or those that a former version did not have.
pub(super) fn create(db: &mut Db, binding: &Binding) -> Result<(), LedgerError> {
    let made = db.write(|transaction| {
        let format: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        for tables in SINCE.iter().skip(usize::try_from(format).unwrap_or(usize::MAX)) {
            transaction.execute_batch(tables)?;
        }
        transaction.pragma_update(None, "user_version", FORMAT)?;
        if format == 0 {
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            meta::bind(transaction, binding)?;
        }
        Ok(format == 0)
    })?;
    if made {
        // Readers and a writer do not wait for each other. The file remembers it.
        let mode =
            db.connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        mode.map_err(|error| Failure::from(error).at(&db.location))?;
    }
    Ok(())
}
