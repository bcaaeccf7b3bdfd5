use wechatpay_core::cashcoupons::{FlowRow, UnreadRow};
use wechatpay_core::types::{Fen, Timestamp};

use super::day::millis;
use super::flow::FlowKind;
use super::refund_columns;
use crate::ledger::LedgerError;

/// The largest amount of a row, in fen, so that the sum of all rows of a ledger fits into 64 bits.
const MOST: u64 = 1_000_000_000_000;
/// The longest id in bytes, so that every database can have it in an index. Those of WeChat Pay are much shorter.
const LONGEST: usize = 128;

/// A row of a flow file, as the ledger keeps it.
pub(in crate::ledger) struct Line {
    pub(in crate::ledger) number: u64,
    pub(in crate::ledger) coupon_id: Option<String>,
    pub(in crate::ledger) transaction_id: Option<String>,
    pub(in crate::ledger) refund_id: Option<String>,
    pub(in crate::ledger) fen: Option<i64>,
    pub(in crate::ledger) at: Option<i64>,
    pub(in crate::ledger) at_text: Option<String>,
    pub(in crate::ledger) used_at: Option<i64>,
    pub(in crate::ledger) problem: Option<String>,
    pub(in crate::ledger) raw: String,
}

impl Line {
    pub(super) fn new(
        kind: FlowKind,
        number: u64,
        row: &FlowRow,
        unread: Option<&UnreadRow>,
    ) -> Result<Self, LedgerError> {
        let id = |id: Option<&str>| id.filter(|id| id.len() <= LONGEST).map(str::to_owned);
        let coupon_id = id(row.coupon_id.as_ref().map(|id| id.as_str()));
        let transaction_id = id(row.transaction_id.as_deref());
        let amount =
            unread.map_or_else(|| kind.amount(row), |unread| kind.amount_of_unread(unread)).map(Fen::get);
        let fen = amount.filter(|fen| fen.unsigned_abs() <= MOST);
        let lacks = || match (&coupon_id, &transaction_id) {
            (None, _) => Some(format!("has no 优惠id of at most {LONGEST} bytes")),
            (_, None) => Some(format!("has no 支付单号 of at most {LONGEST} bytes")),
            _ if amount != fen => Some(format!("has an amount of more than {MOST} fen")),
            _ => kind.problem(row).map(|problem| problem.to_string()),
        };
        let problem = unread.map(|unread| unread.problem().to_string()).or_else(lacks);
        let time = match kind {
            FlowKind::Use => row.consume_time.clone(),
            FlowKind::Refund => refund_columns::time(row).ok().flatten(),
        };
        let moment = || {
            let time = time.as_ref().map_or("", Timestamp::as_str);
            format!("{time} {}", fen.map(|fen| fen.to_string()).unwrap_or_default())
        };
        let refund_id = || id(refund_columns::number(row)).unwrap_or_else(moment);
        let raw = match unread {
            Some(unread) => serde_json::to_string(unread),
            None => serde_json::to_string(row),
        };
        Ok(Self {
            number,
            refund_id: (kind == FlowKind::Refund).then(refund_id),
            fen,
            at: time.as_ref().and_then(millis),
            at_text: time.map(|time| time.as_str().to_owned()),
            used_at: row.consume_time.as_ref().and_then(millis),
            problem,
            raw: raw.map_err(|_| LedgerError::UnwritableRow(number))?,
            coupon_id,
            transaction_id,
        })
    }
}
