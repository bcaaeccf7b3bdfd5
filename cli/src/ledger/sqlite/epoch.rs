use std::collections::BTreeSet;

use rusqlite::{Connection, params};
use wechatpay_core::bulk::{Fact, IntentId, Record};

use super::db::Failure;
use crate::ledger::LedgerError;

/// How often a campaign was opened for a sender. Only the last one may begin attempts. The lock keeps two runs apart; this
/// holds even where the lock fails, because two names lead to one file, or because somebody removed the file of the lock.
pub(super) struct Epoch {
    name: String,
    number: String,
}

impl Epoch {
    /// Begins a new one. Those before it are over.
    pub(super) fn begin(connection: &Connection, campaign: i64) -> Result<Self, Failure> {
        let name = format!("epoch of campaign {campaign}");
        let next = "INSERT INTO meta(name, value) VALUES (?, '1') ON CONFLICT DO UPDATE \
                    SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) RETURNING value";
        let number = connection.query_row(next, [&name], |row| row.get(0))?;
        Ok(Self { name, number })
    }

    /// Returns the records that may be kept. When this epoch is over, these are the ends of attempts that it began before,
    /// and what else is known. Attempts that begin and are withdrawn within the same batch are left out then: their numbers
    /// may be those of another sender.
    ///
    /// # Errors
    /// [`LedgerError::TakenOver`] if this epoch is over, and an attempt is to begin.
    pub(super) fn allowed<'a>(
        &self,
        connection: &Connection,
        records: &'a [Record],
    ) -> Result<Vec<&'a Record>, Failure> {
        let current = "SELECT value = ? FROM meta WHERE name = ?";
        let current = connection
            .prepare_cached(current)?
            .query_row(params![self.number, self.name], |row| row.get(0))?;
        if current {
            return Ok(records.iter().collect());
        }
        let began: BTreeSet<_> = records.iter().filter_map(attempt_begun).collect();
        let ended: BTreeSet<_> = records.iter().filter_map(attempt_ended).collect();
        if !began.is_subset(&ended) {
            return Err(LedgerError::TakenOver.into());
        }
        let of_others = |record: &&Record| {
            let attempt = attempt_begun(record).or_else(|| attempt_ended(record));
            attempt.is_some_and(|attempt| began.contains(&attempt))
        };
        Ok(records.iter().filter(|record| !of_others(record)).collect())
    }
}

fn attempt_begun(record: &Record) -> Option<(IntentId, u32)> {
    match record.fact {
        Fact::Began { attempt, .. } => Some((record.intent, attempt)),
        _ => None,
    }
}

fn attempt_ended(record: &Record) -> Option<(IntentId, u32)> {
    match record.fact {
        Fact::Ended { attempt, .. } => Some((record.intent, attempt)),
        _ => None,
    }
}
