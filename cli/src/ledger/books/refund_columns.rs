//! What a row of a refund file says of the refund. The columns of these files are not published, so they are found by what
//! their names must contain (inferred).

use wechatpay_core::cashcoupons::FlowRow;
use wechatpay_core::types::{Fen, Timestamp};

/// The number of the refund.
pub(super) fn number(row: &FlowRow) -> Option<&str> {
    let platform = column(row, |name| name.contains("退款单号") && !name.contains("商户"));
    platform.or_else(|| column(row, |name| name.contains("退款单号")))
}

/// When it was refunded.
pub(super) fn time(row: &FlowRow) -> Option<Timestamp> {
    let text = column(row, |name| name.contains("退款") && name.contains("时间"))?;
    let beijing = format!("{}+08:00", text.replacen(' ', "T", 1));
    text.parse().or_else(|_| beijing.parse()).ok()
}

/// How much of the discount was refunded. Without such a column it is taken to be all of it.
pub(super) fn amount(row: &FlowRow) -> Option<Fen> {
    let is_amount = |name: &str| name.contains('退') && name.contains("优惠") && name.contains("金额");
    column(row, is_amount).and_then(Fen::parse_yuan).or(row.discount_amount)
}

/// Whether a column is about refunds.
pub(super) fn has_any(row: &FlowRow) -> bool {
    row.other.iter().any(|(name, _)| name.contains("退款"))
}

fn column(row: &FlowRow, is_meant: impl Fn(&str) -> bool) -> Option<&str> {
    let value = row.other.iter().find(|(name, _)| is_meant(name)).map(|(_, value)| value.trim());
    value.filter(|value| !value.is_empty())
}
