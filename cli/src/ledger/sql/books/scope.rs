//! What is compared: a campaign, its stock, and the files of the stock. And where differences are collected.

use std::mem;

use wechatpay_core::cashcoupons::{BusinessType, StockId};
use wechatpay_core::types::{Fen, Timestamp};

use super::covered::Covered;
use super::snapshots::{Snapshot, newest};
use crate::ledger::books::day::millis;
use crate::ledger::sql::{Failure, Sql, campaigns};
use crate::ledger::{Class, FlowKind};

/// Whether the coupon of a row, `r`, is of the campaign `?2`, or of none.
pub(super) const OURS_OR_NOBODYS: &str = "(EXISTS (SELECT 1 FROM intent WHERE coupon_id = r.coupon_id AND campaign = ?2) \
     OR NOT EXISTS (SELECT 1 FROM intent WHERE coupon_id = r.coupon_id))";

/// How many differences are written at a time.
const CHUNK: usize = 500;

/// What is compared.
pub(super) struct Scope {
    /// The campaign.
    pub(super) campaign: i64,
    pub(super) stock_id: StockId,
    /// What one coupon is worth.
    pub(super) face: Option<i64>,
    /// Whether a coupon can be used several times.
    pub(super) multiuse: bool,
    pub(super) snapshot: Option<Snapshot>,
    pub(super) uses: Covered,
    pub(super) refunds: Covered,
    /// The time, in milliseconds.
    pub(super) now: i64,
}

impl Scope {
    pub(super) fn read(sql: &dyn Sql, name: &str, now: i64) -> Result<Self, Failure> {
        let (campaign, found) = campaigns::named(sql, name)?;
        let stock_id = found.stock_id;
        let snapshot = newest(sql, &stock_id)?;
        let stock = snapshot.as_ref().map(|snapshot| &snapshot.stock);
        let terms = stock.and_then(|stock| stock.stock_use_rule.as_ref()?.fixed_normal_coupon.as_ref());
        let face = found.face_value.or_else(|| terms?.coupon_amount).map(Fen::get);
        let is_multiuse = |kind: &BusinessType| *kind == BusinessType::MultiUse;
        let multiuse = stock.and_then(|stock| stock.business_type.as_ref()).is_some_and(is_multiuse);
        Ok(Self {
            campaign,
            face,
            multiuse: multiuse || heard_of_multiuse(sql, &stock_id)?,
            uses: Covered::read(sql, FlowKind::Use, &stock_id)?,
            refunds: Covered::read(sql, FlowKind::Refund, &stock_id)?,
            snapshot,
            stock_id,
            now,
        })
    }

    /// The first or the last moment at which the coupons of the stock are valid, in milliseconds.
    pub(super) fn limit(&self, of: fn(&Snapshot) -> Option<&Timestamp>) -> Option<i64> {
        self.snapshot.as_ref().and_then(of).and_then(millis)
    }

    /// When the stock ends.
    pub(super) fn end(&self) -> Option<i64> {
        self.limit(|snapshot| snapshot.stock.available_end_time.as_ref())
    }
}

/// Whether a callback says that coupons of the stock can be used several times. Not every description of a stock says it.
fn heard_of_multiuse(sql: &dyn Sql, stock_id: &StockId) -> Result<bool, Failure> {
    let heard = "SELECT id FROM notification WHERE stock_id = ?1 \
                 AND resource LIKE '%\"business_type\"%\"MULTIUSE\"%' LIMIT 1";
    let heard = sql.first(heard, &[stock_id.as_str().into()], |row| row.get::<String>(0))?;
    Ok(heard.is_some())
}

/// Collects differences in a table, so that many take no memory.
pub(super) struct Found<'a> {
    pub(super) sql: &'a dyn Sql,
    rows: Vec<(Class, String, String)>,
}

impl<'a> Found<'a> {
    pub(super) fn new(sql: &'a dyn Sql) -> Result<Self, Failure> {
        let table = "CREATE TEMP TABLE IF NOT EXISTS found(class TEXT NOT NULL, key TEXT NOT NULL, text TEXT NOT NULL, \
                     PRIMARY KEY(class, key))";
        sql.execute(table, &[])?;
        sql.execute("DELETE FROM found", &[])?;
        Ok(Self { sql, rows: Vec::new() })
    }

    pub(super) fn add(
        &mut self,
        class: Class,
        key: impl Into<String>,
        text: impl Into<String>,
    ) -> Result<(), Failure> {
        self.rows.push((class, key.into(), text.into()));
        if self.rows.len() < CHUNK { Ok(()) } else { self.write() }
    }

    pub(super) fn write(&mut self) -> Result<(), Failure> {
        let rows = mem::take(&mut self.rows);
        let insert =
            "INSERT INTO found(class, key, text) VALUES (?1, ?2, ?3) ON CONFLICT(class, key) DO NOTHING";
        let values = rows.iter().map(|(class, key, text)| vec![class.name().into(), key.into(), text.into()]);
        self.sql.execute_all(insert, &values.collect::<Vec<_>>()).map(drop)
    }
}
