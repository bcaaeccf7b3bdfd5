//! Transactions.

use pollster::block_on;
use tokio_postgres::{Client, IsolationLevel};

use super::config::Settings;
use super::connection::connect;
use super::sql::{Prepared, Within};
use crate::ledger::sql::{Failure, Sql};

/// A connection with what was prepared on it.
pub(super) struct Session {
    client: Client,
    prepared: Prepared,
}

impl Session {
    /// Connects.
    ///
    /// # Errors
    /// [`Failure`] when the database cannot be reached, or refuses.
    pub(super) fn open(settings: &Settings) -> Result<Self, Failure> {
        let session = Self { client: connect(settings)?, prepared: Prepared::default() };
        // A process that is paused within a transaction must not hold up the others, and what a machine had that is gone
        // is free soon. Sockets of the machine itself have no keepalives.
        session.batch(&format!(
            "SET search_path TO \"{}\"; SET idle_in_transaction_session_timeout = '15s'; SET lock_timeout = '60s'; \
             SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 2",
            settings.schema
        ))?;
        Ok(session)
    }

    /// Executes statements without values, outside of a transaction.
    pub(super) fn batch(&self, statements: &str) -> Result<(), Failure> {
        Ok(block_on(self.client.batch_execute(statements))?)
    }

    /// Executes a statement outside of a transaction, and returns what its only row says.
    pub(super) fn is(&self, statement: &str) -> Result<bool, Failure> {
        Ok(block_on(self.client.query_one(statement, &[]))?.try_get(0)?)
    }

    /// Whether the connection is gone.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Reads in one transaction, so all that is read is of one moment.
    pub(super) fn read<T>(
        &mut self,
        read: impl FnOnce(&dyn Sql) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.within(IsolationLevel::RepeatableRead, true, read)
    }

    /// Writes in one transaction: all of it, and it is on the disk when this returns, or nothing. If the connection is lost
    /// at the end, it may be written all the same.
    pub(super) fn write<T>(
        &mut self,
        write: impl FnOnce(&dyn Sql) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.within(IsolationLevel::ReadCommitted, false, write)
    }

    fn within<T>(
        &mut self,
        isolation: IsolationLevel,
        only_read: bool,
        work: impl FnOnce(&dyn Sql) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Self { client, prepared } = self;
        let begin = client.build_transaction().isolation_level(isolation).read_only(only_read);
        let within = Within { transaction: block_on(begin.start())?, prepared };
        let value = work(&within)?;
        block_on(within.transaction.commit())?;
        Ok(value)
    }
}
