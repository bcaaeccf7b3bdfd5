use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::{Connection, MAIN_DB, OpenFlags, OptionalExtension as _, params};

use super::db::{Db, Failure, io, named};
use super::schema::{APPLICATION_ID, FORMAT, NOW, TABLES};
use crate::ledger::run_lock::private;
use crate::ledger::{Binding, LedgerError, StorageProblem};

/// How long one waits for a lock of another process. Planning a million rows keeps it for some seconds.
const BUSY: Duration = Duration::from_secs(60);
/// In KiB.
const CACHE: i64 = 32 * 1024;

/// Opens a file that exists. Nothing is written.
pub(super) fn open(path: &Path) -> Result<Db, LedgerError> {
    let sql = |error| named(path, Failure::Sql(error));
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // SQLite takes `:memory:` and `file:…` for something else than a file of this name, but not an absolute path.
    let absolute = std::path::absolute(path).map_err(|error| io(path, error))?;
    let connection = Connection::open_with_flags(absolute, flags).map_err(sql)?;
    if connection.is_readonly(MAIN_DB).map_err(sql)? {
        let source = Box::new(std::io::Error::from(ErrorKind::PermissionDenied));
        return Err(LedgerError::Storage {
            path: path.to_owned(),
            problem: StorageProblem::ReadOnly,
            source,
        });
    }
    connection.busy_timeout(BUSY).map_err(sql)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "synchronous", "FULL").map_err(sql)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(sql)?;
    connection.pragma_update(None, "cache_size", CACHE.saturating_neg()).map_err(sql)?;
    // Large sorts need no memory.
    connection.pragma_update(None, "temp_store", "FILE").map_err(sql)?;
    Ok(Db { connection, path: path.to_owned() })
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

/// Returns to what the ledger belongs. `None` if the file is empty.
pub(super) fn binding(db: &mut Db) -> Result<Option<Binding>, LedgerError> {
    let path = db.path.clone();
    db.read(|transaction| {
        let number = |pragma: &str| transaction.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        let (application, format) = (number("application_id")?, number("user_version")?);
        if application != APPLICATION_ID {
            let tables: i64 =
                transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            return match (application, format, tables) {
                (0, 0, 0) => Ok(None),
                _ => Err(LedgerError::Foreign(path).into()),
            };
        }
        if format > FORMAT {
            return Err(LedgerError::Newer { path, format, known: FORMAT }.into());
        }
        let mut value = transaction.prepare("SELECT value FROM meta WHERE name = ?")?;
        let mut meta = |name: &str| value.query_row([name], |row| row.get::<_, String>(0)).optional();
        match (meta("mchid")?, meta("host")?, meta("sandbox")?) {
            (Some(mchid), Some(host), Some(sandbox)) => {
                Ok(Some(Binding { mchid: mchid.into(), host, sandbox: sandbox == "1" }))
            }
            _ => Err(LedgerError::Foreign(path).into()),
        }
    })
}

/// Makes the tables, unless another process has made them.
pub(super) fn create(db: &mut Db, binding: &Binding) -> Result<(), LedgerError> {
    db.write(|transaction| {
        let format: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if format != 0 {
            return Ok(());
        }
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", FORMAT)?;
        let insert = format!("INSERT INTO meta(name, value) SELECT ?, coalesce(?, {NOW})");
        let meta = [
            ("mchid", Some(binding.mchid.as_str())),
            ("host", Some(binding.host.as_str())),
            ("sandbox", Some(if binding.sandbox { "1" } else { "0" })),
            ("created_at", None),
        ];
        for (name, value) in meta {
            transaction.execute(&insert, params![name, value])?;
        }
        Ok(())
    })?;
    // Readers and a writer do not wait for each other. The file remembers it.
    let mode =
        db.connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
    mode.map(drop).map_err(|error| named(&db.path, Failure::Sql(error)))
}
