//! A ledger, wherever it is.

use std::fmt;

use wechatpay_core::bulk::{Batch, Lease, Policy, Recorded, Reservation, Starts, Store};
use wechatpay_core::cashcoupons::SendCoupon;

#[cfg(feature = "postgres")]
use super::postgres::{PostgresLedger, PostgresLock, PostgresStore};
use super::sql::{Database, Failure, Sql};
use super::{Binding, Ledger, LedgerError, Location, RunLock, SqliteLedger, SqliteStore, Worker};

/// Does the same with each kind.
macro_rules! each {
    ($kind:ident, $any:expr, $it:ident => $does:expr) => {
        match $any {
            $kind::Sqlite($it) => $does,
            #[cfg(feature = "postgres")]
            $kind::Postgres($it) => $does,
        }
    };
}

/// A ledger in a file of SQLite or in a database of PostgreSQL.
#[derive(Debug)]
#[non_exhaustive]
pub enum AnyLedger {
    /// In a file.
    Sqlite(Box<SqliteLedger>),
    /// In a database.
    #[cfg(feature = "postgres")]
    Postgres(Box<PostgresLedger>),
}

/// The right to run the campaigns of a ledger.
#[derive(Debug)]
#[non_exhaustive]
pub enum AnyLock {
    /// Of a file.
    Sqlite(RunLock),
    /// Of a database.
    #[cfg(feature = "postgres")]
    Postgres(Box<PostgresLock>),
}

/// One campaign of a ledger, for a sender.
#[derive(Debug)]
#[non_exhaustive]
pub enum AnyStore {
    /// Of a file.
    Sqlite(Box<SqliteStore>),
    /// Of a database.
    #[cfg(feature = "postgres")]
    Postgres(Box<PostgresStore>),
}

impl AnyLedger {
    /// Opens a ledger. It is created if it does not exist.
    ///
    /// # Errors
    /// As [`SqliteLedger::open`], and [`LedgerError::WithoutPostgres`] without the feature `postgres`.
    pub fn open(location: &Location, binding: Binding) -> Result<Self, LedgerError> {
        match location {
            Location::File(path) => SqliteLedger::open(path, binding).map(Self::from),
            #[cfg(feature = "postgres")]
            Location::Postgres(address) => PostgresLedger::open(address, binding).map(Self::from),
            #[cfg(not(feature = "postgres"))]
            Location::Postgres(_) => Err(LedgerError::WithoutPostgres(location.clone())),
        }
    }

    /// Opens a ledger that exists, whatever merchant and host it belongs to. `None` if there is none.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_existing(location: &Location) -> Result<Option<Self>, LedgerError> {
        match location {
            Location::File(path) => Ok(SqliteLedger::open_existing(path)?.map(Self::from)),
            #[cfg(feature = "postgres")]
            Location::Postgres(address) => Ok(PostgresLedger::open_existing(address)?.map(Self::from)),
            #[cfg(not(feature = "postgres"))]
            Location::Postgres(_) => Err(LedgerError::WithoutPostgres(location.clone())),
        }
    }

    /// Names this worker, for people, where a ledger can have several.
    #[must_use]
    #[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "only PostgreSQL has several"))]
    pub fn with_worker(self, name: &str) -> Self {
        match self {
            Self::Sqlite(ledger) => Self::Sqlite(ledger),
            #[cfg(feature = "postgres")]
            Self::Postgres(ledger) => Self::Postgres(Box::new(ledger.with_worker(name))),
        }
    }

    /// Returns the ledger, if it is in a file.
    pub fn sqlite(&self) -> Option<&SqliteLedger> {
        match self {
            Self::Sqlite(ledger) => Some(ledger),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => None,
        }
    }
}

impl From<SqliteLedger> for AnyLedger {
    fn from(ledger: SqliteLedger) -> Self {
        Self::Sqlite(Box::new(ledger))
    }
}

#[cfg(feature = "postgres")]
impl From<PostgresLedger> for AnyLedger {
    fn from(ledger: PostgresLedger) -> Self {
        Self::Postgres(Box::new(ledger))
    }
}

impl Database for AnyLedger {
    fn place(&self) -> &Location {
        each!(Self, self, it => it.place())
    }

    fn bound(&self) -> &Binding {
        each!(Self, self, it => it.bound())
    }

    fn read<T>(&mut self, read: impl FnOnce(&dyn Sql) -> Result<T, Failure>) -> Result<T, LedgerError> {
        each!(Self, self, it => it.read(read))
    }

    fn write<T>(&mut self, write: impl FnOnce(&dyn Sql) -> Result<T, Failure>) -> Result<T, LedgerError> {
        each!(Self, self, it => it.write(write))
    }

    fn scrub(&mut self) -> Result<bool, LedgerError> {
        each!(Self, self, it => it.scrub())
    }
}

impl Ledger for AnyLedger {
    type Store = AnyStore;
    type Lock = AnyLock;

    fn workers(&mut self, campaign: &str) -> Result<Vec<Worker>, LedgerError> {
        each!(Self, self, it => it.workers(campaign))
    }

    fn lock_run(&self) -> Result<AnyLock, LedgerError> {
        match self {
            Self::Sqlite(ledger) => ledger.lock_run().map(AnyLock::Sqlite),
            #[cfg(feature = "postgres")]
            Self::Postgres(ledger) => ledger.lock_run().map(Box::new).map(AnyLock::Postgres),
        }
    }

    fn join_run(&self) -> Result<AnyLock, LedgerError> {
        match self {
            Self::Sqlite(ledger) => ledger.join_run().map(AnyLock::Sqlite),
            #[cfg(feature = "postgres")]
            Self::Postgres(ledger) => ledger.join_run().map(Box::new).map(AnyLock::Postgres),
        }
    }

    fn store(&self, lock: &AnyLock, campaign: &str, policy: &Policy) -> Result<AnyStore, LedgerError> {
        match (self, lock) {
            (Self::Sqlite(ledger), AnyLock::Sqlite(lock)) => {
                ledger.store(lock, campaign, policy).map(Box::new).map(AnyStore::Sqlite)
            }
            #[cfg(feature = "postgres")]
            (Self::Postgres(ledger), AnyLock::Postgres(lock)) => {
                ledger.store(lock, campaign, policy).map(Box::new).map(AnyStore::Postgres)
            }
            // A lock of another ledger.
            #[cfg(feature = "postgres")]
            _ => Err(LedgerError::InUse(self.place().clone())),
        }
    }
}

impl Store<SendCoupon> for AnyStore {
    type Error = LedgerError;

    fn lease(&mut self, most: usize) -> Result<Lease<SendCoupon>, LedgerError> {
        each!(Self, self, it => it.lease(most))
    }

    fn record(&mut self, batch: &Batch) -> Result<Recorded, LedgerError> {
        each!(Self, self, it => it.record(batch))
    }

    fn shares_pace(&self) -> bool {
        each!(Self, self, it => it.shares_pace())
    }

    fn reserve(&mut self, reservation: &Reservation) -> Result<Starts, LedgerError> {
        each!(Self, self, it => it.reserve(reservation))
    }
}

impl fmt::Display for AnyLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place().fmt(f)
    }
}
