//! Statements in PostgreSQL.

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error as _;

use bytes::BytesMut;
use futures_util::future::try_join_all;
use pollster::block_on;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Statement, Transaction};

use crate::ledger::StorageProblem;
use crate::ledger::sql::{Columns, Failure, Row, Sql, Take, TakeOf, Value};

/// How many rows of a long result are fetched at a time.
const PAGE: i32 = 1000;

/// Statements that were prepared on a connection.
pub(super) type Prepared = RefCell<HashMap<String, Statement>>;

/// A transaction.
pub(super) struct Within<'a> {
    pub(super) transaction: Transaction<'a>,
    pub(super) prepared: &'a Prepared,
}

impl Within<'_> {
    fn prepare(&self, statement: &str) -> Result<Statement, Failure> {
        if let Some(prepared) = self.prepared.borrow().get(statement) {
            return Ok(prepared.clone());
        }
        // SQLite writes parameters in another way.
        let prepared = block_on(self.transaction.prepare(&statement.replace('?', "$")))?;
        self.prepared.borrow_mut().insert(statement.to_owned(), prepared.clone());
        Ok(prepared)
    }
}

impl Sql for Within<'_> {
    fn now(&self) -> &'static str {
        "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
    }

    fn for_update(&self) -> &'static str {
        // Other rows may refer to them meanwhile.
        " FOR NO KEY UPDATE"
    }

    fn damage(&self, _: &mut dyn FnMut(String)) -> Result<(), Failure> {
        // The database looks after its own pages.
        Ok(())
    }

    fn batch(&self, statements: &str) -> Result<(), Failure> {
        Ok(block_on(self.transaction.batch_execute(statements))?)
    }

    fn execute(&self, statement: &str, values: &[Value<'_>]) -> Result<u64, Failure> {
        let prepared = self.prepare(statement)?;
        Ok(block_on(self.transaction.execute_raw(&prepared, values))?)
    }

    fn execute_all(&self, statement: &str, rows: &[Vec<Value<'_>>]) -> Result<Vec<u64>, Failure> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let prepared = self.prepare(statement)?;
        // All of them are sent before the first answer is there.
        let all = rows.iter().map(|values| self.transaction.execute_raw(&prepared, values));
        Ok(block_on(try_join_all(all))?)
    }

    fn few(&self, statement: &str, values: &[Value<'_>], take: Take<'_>) -> Result<(), Failure> {
        let prepared = self.prepare(statement)?;
        let rows = block_on(self.transaction.query(&prepared, &references(values)))?;
        rows.iter().try_for_each(|row| take(Row(row)))
    }

    fn each(&self, statement: &str, values: &[Value<'_>], take: Take<'_>) -> Result<(), Failure> {
        let prepared = self.prepare(statement)?;
        let portal = block_on(self.transaction.bind(&prepared, &references(values)))?;
        loop {
            let rows = block_on(self.transaction.query_portal(&portal, PAGE))?;
            rows.iter().try_for_each(|row| take(Row(row)))?;
            if rows.is_empty() {
                return Ok(());
            }
        }
    }

    fn each_of(&self, statement: &str, all: &[Vec<Value<'_>>], take: TakeOf<'_>) -> Result<(), Failure> {
        if all.is_empty() {
            return Ok(());
        }
        let prepared = self.prepare(statement)?;
        let values: Vec<_> = all.iter().map(|values| references(values)).collect();
        let all = values.iter().map(|values| self.transaction.query(&prepared, values));
        for (at, rows) in block_on(try_join_all(all))?.iter().enumerate() {
            rows.iter().try_for_each(|row| take(at, Row(row)))?;
        }
        Ok(())
    }
}

fn references<'a>(values: &'a [Value<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl Columns for tokio_postgres::Row {
    fn int(&self, at: usize) -> Result<Option<i64>, Failure> {
        match self.columns().get(at).map(|column| column.type_()) {
            Some(&Type::INT4) => Ok(self.try_get::<_, Option<i32>>(at)?.map(i64::from)),
            _ => Ok(self.try_get(at)?),
        }
    }

    fn text(&self, at: usize) -> Result<Option<String>, Failure> {
        Ok(self.try_get(at)?)
    }

    fn missing(&self, at: usize) -> Failure {
        let missing = std::io::Error::other(format!("column {at} has no value"));
        Failure::Database(StorageProblem::Other, Box::new(missing))
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) if *kind == Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
            Self::Int(number) => number.to_sql(kind, out),
            // PostgreSQL has no text with this character.
            Self::Text(text) if text.contains('\0') => text.replace('\0', "\u{fffd}").to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::INT4 | Type::TEXT | Type::VARCHAR | Type::UNKNOWN)
    }

    to_sql_checked!();
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        let gone = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW];
        let problem = match error.code() {
            Some(code) if gone.contains(code) || code.code().starts_with("08") => StorageProblem::Unreachable,
            Some(code) if *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => {
                StorageProblem::Unreachable
            }
            Some(code) if code.code().starts_with("28") => StorageProblem::Denied,
            Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => StorageProblem::Denied,
            // It takes no more connections at the moment.
            Some(code) if *code == SqlState::TOO_MANY_CONNECTIONS => StorageProblem::Unreachable,
            Some(code) if code.code() == "57P05" => StorageProblem::Unreachable,
            Some(code) if code.code().starts_with("53") => StorageProblem::Full,
            Some(code) if *code == SqlState::READ_ONLY_SQL_TRANSACTION => StorageProblem::ReadOnly,
            Some(code) if code.code().starts_with("40") => StorageProblem::Busy,
            Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE || *code == SqlState::QUERY_CANCELED => {
                StorageProblem::Busy
            }
            Some(code) if code.code().starts_with("XX") => StorageProblem::Damaged,
            Some(_) => StorageProblem::Other,
            None if is_of_certificate(&error) => StorageProblem::Certificate,
            None if is_without_password(&error) => StorageProblem::Denied,
            None if error.is_closed() || io_error(&error).is_some() => StorageProblem::Unreachable,
            None => StorageProblem::Other,
        };
        Self::Database(problem, Box::new(error))
    }
}

fn io_error(error: &tokio_postgres::Error) -> Option<&std::io::Error> {
    error.source()?.downcast_ref()
}

fn is_without_password(error: &tokio_postgres::Error) -> bool {
    error.source().is_some_and(|source| source.to_string() == "password missing")
}

fn is_of_certificate(error: &tokio_postgres::Error) -> bool {
    let inner = io_error(error).and_then(std::io::Error::get_ref);
    let inner = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
    matches!(inner, Some(rustls::Error::InvalidCertificate(_)))
}
