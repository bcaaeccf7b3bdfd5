//! Who may run the campaigns.

use std::fmt;

use super::config::Settings;
use super::db::Session;
use crate::ledger::sql::Failure;

/// The right to run the campaigns of a ledger in PostgreSQL: a lock of the database, which ends with its connection.
pub struct PostgresLock {
    session: Session,
    key: String,
}

impl PostgresLock {
    /// Takes the lock, if nobody has it in any way.
    pub(super) fn try_alone(settings: &Settings) -> Result<Option<Self>, Failure> {
        let lock = Self::new(settings)?;
        let taken = lock.session.is(&format!("SELECT pg_try_advisory_lock({})", lock.key))?;
        Ok(taken.then_some(lock))
    }

    /// Waits until nobody has the lock alone, and takes it together with others.
    pub(super) fn join(settings: &Settings) -> Result<Self, Failure> {
        let lock = Self::new(settings)?;
        join(&lock.session, &lock.key)?;
        Ok(lock)
    }

    /// Lets others join. It may be called repeatedly.
    pub(super) fn share(&self) -> Result<(), Failure> {
        join(&self.session, &self.key)?;
        self.session.batch(&format!("SELECT pg_advisory_unlock({})", self.key))
    }

    fn new(settings: &Settings) -> Result<Self, Failure> {
        Ok(Self { session: Session::open(settings)?, key: key(&settings.schema) })
    }
}

impl Drop for PostgresLock {
    /// At once: the database may need a moment to notice the end of a connection.
    fn drop(&mut self) {
        release(&self.session);
    }
}

/// Gives back all locks of a connection. If that fails, they end with it.
pub(super) fn release(session: &Session) {
    if !session.is_closed() {
        let _ = session.batch("SELECT pg_advisory_unlock_all()");
    }
}

/// Takes the lock together with others. Waits until nobody has it alone.
pub(super) fn join(session: &Session, key: &str) -> Result<(), Failure> {
    session.batch(&format!(
        "SET lock_timeout = 0; SELECT pg_advisory_lock_shared({key}); SET lock_timeout = '60s'"
    ))
}

/// The number of the lock: `wxpr` in ASCII, and the number of the schema.
pub(super) fn key(schema: &str) -> String {
    format!("(2004381810::bigint << 32) | (SELECT oid::bigint FROM pg_namespace WHERE nspname = '{schema}')")
}

impl fmt::Debug for PostgresLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresLock").finish_non_exhaustive()
    }
}
