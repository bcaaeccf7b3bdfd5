use std::fmt;

use wechatpay_core::bulk::Policy;

use super::config::Settings;
use super::db::Session;
use super::lanes;
use super::lock::PostgresLock;
use super::store::PostgresStore;
use super::tables;
use crate::ledger::sql::schema::FORMAT;
use crate::ledger::sql::{Database, Failure, Sql, campaigns};
use crate::ledger::{Address, Binding, Ledger, LedgerError, Location, Worker};

/// A ledger in a schema of a PostgreSQL database, for several machines.
///
/// The URL is that of PostgreSQL's own programs, such as `postgres://campaigns@db.example.com/coupons?sslmode=verify-full`.
/// The tables are in the schema `wechatpay`, or in the one that the parameter `schema` names.
///
/// Several workers can send at the same time. Each user is in one of 256 [lanes](crate::ledger::lane), and each lane
/// belongs to one worker at a time, so no two requests for one user are under way. If a worker ends without a word, others
/// take its lanes within 40 seconds. The pace is one for all of them. Every time in the ledger is that of the database.
pub struct PostgresLedger {
    settings: Settings,
    session: Session,
    location: Location,
    binding: Binding,
    worker: String,
}

impl PostgresLedger {
    /// Opens a ledger. Its schema and tables are created if they do not exist, also when several processes do it at once.
    ///
    /// # Errors
    /// [`LedgerError::Bound`] if it was made for another merchant or host, [`LedgerError::Foreign`] if the schema has other
    /// tables, [`LedgerError::Newer`] if a newer version made it, [`LedgerError::Storage`] when the database cannot be
    /// reached.
    pub fn open(address: &Address, binding: Binding) -> Result<Self, LedgerError> {
        let (settings, mut session, location) = connect(address)?;
        let mut made_for = found(&mut session, &settings, &location)?;
        if made_for.is_none() {
            let created = tables::create(&mut session, &settings.schema, &binding);
            created.map_err(|failure| failure.at(&location))?;
            // Another process may have been faster.
            made_for = found(&mut session, &settings, &location)?;
        }
        let made_for = made_for.ok_or_else(|| LedgerError::Foreign(location.clone()))?;
        made_for.must_be(&binding, &location)?;
        Ok(Self { settings, session, location, binding: made_for, worker: String::new() })
    }

    /// Opens a ledger that exists, whatever merchant and host it belongs to. `None` if there is none.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_existing(address: &Address) -> Result<Option<Self>, LedgerError> {
        let (settings, mut session, location) = connect(address)?;
        let binding = found(&mut session, &settings, &location)?;
        let ledger = |binding| Self { settings, session, location, binding, worker: String::new() };
        Ok(binding.map(ledger))
    }

    /// Names this worker, for people: with the name of its machine, for example.
    #[must_use]
    pub fn with_worker(mut self, name: impl Into<String>) -> Self {
        self.worker = name.into();
        self
    }
}

fn connect(address: &Address) -> Result<(Settings, Session, Location), LedgerError> {
    let (settings, location) = (Settings::of(address)?, Location::Postgres(address.clone()));
    let session = Session::open(&settings).map_err(|failure| failure.at(&location))?;
    Ok((settings, session, location))
}

fn found(
    session: &mut Session,
    settings: &Settings,
    location: &Location,
) -> Result<Option<Binding>, LedgerError> {
    let found = tables::binding(session, location).and_then(|found| match found {
        Some((binding, format)) => {
            if format < FORMAT {
                tables::create(session, &settings.schema, &binding)?;
            }
            Ok(Some(binding))
        }
        None => Ok(None),
    });
    found.map_err(|failure| failure.at(location))
}

impl Database for PostgresLedger {
    fn place(&self) -> &Location {
        &self.location
    }

    fn bound(&self) -> &Binding {
        &self.binding
    }

    fn read<T>(&mut self, read: impl FnOnce(&dyn Sql) -> Result<T, Failure>) -> Result<T, LedgerError> {
        // It holds up nobody, and may take as long as a person who reads its output.
        let read = |sql: &dyn Sql| {
            sql.batch("SET LOCAL idle_in_transaction_session_timeout = 0")?;
            read(sql)
        };
        let session = self.reach();
        session.and_then(|session| session.read(read)).map_err(|failure| failure.at(&self.location))
    }

    fn write<T>(&mut self, write: impl FnOnce(&dyn Sql) -> Result<T, Failure>) -> Result<T, LedgerError> {
        let session = self.reach();
        session.and_then(|session| session.write(write)).map_err(|failure| failure.at(&self.location))
    }

    fn scrub(&mut self) -> Result<bool, LedgerError> {
        // Former versions of rows stay until a VACUUM, and in the write-ahead log and backups: that is for whoever runs
        // the database.
        Ok(false)
    }
}

impl PostgresLedger {
    /// The connection, which is made again if it was lost.
    fn reach(&mut self) -> Result<&mut Session, Failure> {
        if self.session.is_closed() {
            self.session = Session::open(&self.settings)?;
        }
        Ok(&mut self.session)
    }
}

impl Ledger for PostgresLedger {
    type Store = PostgresStore;
    type Lock = PostgresLock;

    fn lock_run(&self) -> Result<PostgresLock, LedgerError> {
        let taken = PostgresLock::try_alone(&self.settings);
        let taken = taken.map_err(|failure| failure.at(&self.location))?;
        taken.ok_or_else(|| LedgerError::InUse(self.location.clone()))
    }

    fn join_run(&self) -> Result<PostgresLock, LedgerError> {
        PostgresLock::join(&self.settings).map_err(|failure| failure.at(&self.location))
    }

    fn workers(&mut self, campaign: &str) -> Result<Vec<Worker>, LedgerError> {
        self.read(|sql| lanes::workers(sql, campaigns::id(sql, campaign)?))
    }

    /// Opens a campaign for a sender. From then on, other processes may [join](Self::join_run).
    fn store(
        &self,
        lock: &PostgresLock,
        campaign: &str,
        policy: &Policy,
    ) -> Result<PostgresStore, LedgerError> {
        lock.share().map_err(|failure| failure.at(&self.location))?;
        let mchid = &self.binding.mchid;
        PostgresStore::new(&self.settings, &self.location, mchid, campaign, &self.worker, policy)
    }
}

impl fmt::Debug for PostgresLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresLedger")
            .field("location", &self.location)
            .field("binding", &self.binding)
            .finish_non_exhaustive()
    }
}
