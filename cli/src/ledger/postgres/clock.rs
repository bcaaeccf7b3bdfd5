//! The clock of the database, which is the same for all workers.

use std::time::{SystemTime, UNIX_EPOCH};

use wechatpay_core::bulk::{Fact, History};

use super::db::Session;
use crate::ledger::sql::{Failure, Sql};

/// A smaller difference, in milliseconds, is none: it is less than what the way to the database takes.
const NONE: u64 = 500;

/// By how much the clock of the database is ahead of the one of this machine. The ledger has the time of the database, so
/// that workers whose clocks differ agree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Offset(i64);

impl Offset {
    pub(super) fn measure(session: &mut Session) -> Result<Self, Failure> {
        let before = local();
        let now = |sql: &dyn Sql| sql.first(&format!("SELECT {}", sql.now()), &[], |row| row.get::<i64>(0));
        let there = session.read(now)?;
        let after = local();
        let here = before.midpoint(after);
        let offset = there.unwrap_or(here).saturating_sub(here);
        Ok(Self(if offset.unsigned_abs() < NONE { 0 } else { offset }))
    }

    /// Returns a fact of this machine as it is kept.
    pub(super) fn to_ledger(self, fact: Fact) -> Fact {
        match fact {
            // Its request carries the time of this machine, and is taken for some minutes after it. The later time counts.
            Fact::Began { .. } => fact.moved_by(self.0.max(0)),
            _ => fact.moved_by(self.0),
        }
    }

    /// Returns facts of the ledger for this machine.
    pub(super) fn for_sender(self, history: &History) -> History {
        history.moved_by(self.0.saturating_neg())
    }

    /// Returns by how many milliseconds the clock of the database is ahead.
    pub(super) fn millis(self) -> i64 {
        self.0
    }
}

#[expect(clippy::disallowed_methods, reason = "compared with the clock of the database")]
fn local() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
