use std::fmt;

use serde::Serialize;
use wechatpay_core::cashcoupons::{BillDate, FlowRow, RowProblem, StockId, UnreadRow};
use wechatpay_core::types::{Fen, UnixMillis};

use super::{day, refund_columns};

/// What a flow file lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FlowKind {
    /// Redemptions (核销明细).
    Use,
    /// Refunds (退款明细).
    Refund,
}

impl FlowKind {
    /// Returns its name: `use` or `refund`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Use => "use",
            Self::Refund => "refund",
        }
    }

    /// Returns the amount of a row: the discount, or how much of it was refunded. Without a column for that, it is taken to
    /// be all of it. `None` if the amount is there, and cannot be read.
    pub fn amount(self, row: &FlowRow) -> Option<Fen> {
        match self {
            Self::Use => row.discount_amount,
            Self::Refund => refund_columns::amount(row).map_or(None, |fen| fen.or(row.discount_amount)),
        }
    }

    /// The same of a row that could not be read as a whole. How much was refunded may be in what could not be read, so it is
    /// not taken to be all.
    pub(super) fn amount_of_unread(self, row: &UnreadRow) -> Option<Fen> {
        match self {
            Self::Use => row.readable().discount_amount,
            Self::Refund => refund_columns::amount(row.readable()).ok().flatten(),
        }
    }

    /// Returns what of the columns about the refund cannot be read.
    pub(super) fn problem(self, row: &FlowRow) -> Option<RowProblem> {
        match self {
            Self::Use => None,
            Self::Refund => refund_columns::time(row).err().or_else(|| refund_columns::amount(row).err()),
        }
    }
}

impl fmt::Display for FlowKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A flow file, as it is identified in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlowFile {
    /// What it lists.
    pub kind: FlowKind,
    /// Of which stock.
    pub stock_id: StockId,
    /// Of which day. `None`: of the whole stock.
    pub bill_date: Option<BillDate>,
    /// The SHA-1 of its bytes, in hexadecimal. Empty if WeChat Pay says that there was nothing.
    pub sha1: String,
    /// When WeChat Pay gave it.
    pub fetched_at: UnixMillis,
}

impl FlowFile {
    /// A file with this SHA-1.
    pub fn new(
        kind: FlowKind,
        stock_id: StockId,
        bill_date: Option<BillDate>,
        sha1: impl Into<String>,
        fetched_at: UnixMillis,
    ) -> Self {
        let mut sha1: String = sha1.into();
        sha1.make_ascii_lowercase();
        Self { kind, stock_id, bill_date, sha1, fetched_at }
    }

    /// What is kept when WeChat Pay says that there was no redemption, or no refund.
    pub fn nothing(
        kind: FlowKind,
        stock_id: StockId,
        bill_date: Option<BillDate>,
        fetched_at: UnixMillis,
    ) -> Self {
        Self::new(kind, stock_id, bill_date, "", fetched_at)
    }

    /// Whether it may lack rows (inferred): it is the file of a day, and was fetched before 10:00 in Beijing on the next day.
    /// For what a day lacks, [`reconcile`](crate::ledger::Ledger::reconcile) waits for a later one.
    pub fn is_early(&self) -> bool {
        let day = self.bill_date.and_then(day::day_of_date);
        day.is_some_and(|day| i64::try_from(self.fetched_at).is_ok_and(|at| day::is_early(day, at)))
    }
}

/// What importing a flow file has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Imported {
    /// Whether it is new. Otherwise nothing was added.
    pub new: bool,
    /// Its rows.
    pub rows: u64,
    /// Of these, those that could not be read as a whole. They are kept as they are.
    pub unread: u64,
    /// The number of rows that it states, if it states another one.
    pub stated_rows: Option<i64>,
    /// What its rows add up to: discounts, or what was refunded of them.
    pub total: Fen,
}
