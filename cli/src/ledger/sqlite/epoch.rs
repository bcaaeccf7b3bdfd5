use wechatpay_core::bulk::Record;

use crate::ledger::LedgerError;
use crate::ledger::sql::{Failure, Sql, record};

/// How often a campaign was opened for a sender. Only the last one may begin attempts. The lock keeps two runs apart; this
/// holds even where the lock fails, because two names lead to one file, or because somebody removed the file of the lock.
pub(super) struct Epoch {
    name: String,
    number: String,
}

impl Epoch {
    /// Begins a new one. Those before it are over.
    pub(super) fn begin(sql: &dyn Sql, campaign: i64) -> Result<Self, Failure> {
        let name = format!("epoch of campaign {campaign}");
        let next = "INSERT INTO meta(name, value) VALUES (?1, '1') ON CONFLICT(name) DO UPDATE \
                    SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) RETURNING value";
        let number = sql.first(next, &[(&name).into()], |row| row.get(0))?;
        Ok(Self { name, number: number.unwrap_or_default() })
    }

    /// Returns the records that may be kept. When this epoch is over, these are the ends of attempts that it began before,
    /// and what else is known. Attempts that begin and are withdrawn within the same batch are left out then: their numbers
    /// may be those of another sender.
    ///
    /// # Errors
    /// [`LedgerError::TakenOver`] if this epoch is over, and an attempt is to begin.
    pub(super) fn allowed<'a>(
        &self,
        sql: &dyn Sql,
        records: &'a [Record],
    ) -> Result<Vec<&'a Record>, Failure> {
        let current = "SELECT value FROM meta WHERE name = ?1";
        let current = sql.first(current, &[(&self.name).into()], |row| row.get::<String>(0))?;
        if current.as_ref() == Some(&self.number) {
            return Ok(records.iter().collect());
        }
        match record::is_anything_starting(records) {
            true => Err(LedgerError::TakenOver.into()),
            false => Ok(record::without_lost(records, |_| true)),
        }
    }
}
