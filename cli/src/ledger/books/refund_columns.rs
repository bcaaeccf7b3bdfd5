//! What a row of a refund file says of the refund. The columns of these files are not published, so they are found by what
//! their names must contain (inferred). What such a column has and cannot be read is a problem of the row, and not guessed.

use wechatpay_core::cashcoupons::{FlowRow, RowProblem};
use wechatpay_core::types::{Fen, Timestamp};

/// The number of the refund.
pub(super) fn number(row: &FlowRow) -> Option<&str> {
    let platform = column(row, |name| name.contains("退款单号") && !name.contains("商户"));
    let number = platform.or_else(|| column(row, |name| name.contains("退款单号")));
    number.map(|(_, number)| number)
}

/// When it was refunded.
pub(super) fn time(row: &FlowRow) -> Result<Option<Timestamp>, RowProblem> {
    read(
        row,
        |name| name.contains("退款") && name.contains("时间"),
        "a time such as 2020-11-27 16:23:05",
        |text| {
            let beijing = text.split_once(' ').map(|(date, time)| format!("{date}T{time}+08:00"));
            beijing.as_deref().unwrap_or(text).parse().ok()
        },
    )
}

/// How much of the discount was refunded, if a column says it.
pub(super) fn amount(row: &FlowRow) -> Result<Option<Fen>, RowProblem> {
    let is_amount = |name: &str| name.contains('退') && name.contains("优惠") && name.contains("金额");
    // Without decimals, it could be in fen.
    read(row, is_amount, "an amount in yuan with two decimals", |text| text.parse().ok())
}

/// Whether a column is about refunds.
pub(super) fn has_any(row: &FlowRow) -> bool {
    row.other.iter().any(|(name, _)| name.contains("退款"))
}

fn read<T>(
    row: &FlowRow,
    is_meant: impl Fn(&str) -> bool,
    expected: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, RowProblem> {
    let Some((name, text)) = column(row, is_meant) else { return Ok(None) };
    let problem = || RowProblem::Value { column: name.to_owned().into(), expected: expected.into() };
    parse(text).map(Some).ok_or_else(problem)
}

/// The name and the value of a column.
fn column(row: &FlowRow, is_meant: impl Fn(&str) -> bool) -> Option<(&str, &str)> {
    let (name, value) = row.other.iter().find(|(name, _)| is_meant(name))?;
    Some((name.as_str(), value.trim())).filter(|(_, value)| !value.is_empty())
}
