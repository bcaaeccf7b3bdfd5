//! Intents as a sender gets them.

use wechatpay_core::bulk::Intent;
use wechatpay_core::cashcoupons::SendCoupon;

use super::facts::histories;
use super::number::from_sql;
use super::{Failure, Row, Sql, Value};
use crate::ledger::LedgerError;
use crate::ledger::request::{Requests, fingerprint};

/// Selects what [`read`] reads. More conditions follow, and the order.
pub(in crate::ledger) const OPEN: &str = "SELECT id, key, ordinal, openid, out_request_no, fingerprint FROM intent \
     WHERE standing NOT IN ('sent', 'refused', 'cancelled') AND forgotten_at IS NULL";

/// Reads intents that are selected by [`OPEN`], with all their facts.
pub(in crate::ledger) fn read(
    sql: &dyn Sql,
    requests: &Requests,
    statement: &str,
    values: &[Value<'_>],
) -> Result<Vec<Intent<SendCoupon>>, Failure> {
    let read = |row: Row<'_>| Ok((row.get::<i64>(0)?, operation(requests, row)?));
    let (ids, operations): (Vec<_>, Vec<_>) = sql.list(statement, values, read)?.into_iter().unzip();
    let histories = histories(sql, &ids)?;
    let intents = ids.into_iter().zip(operations).zip(histories);
    Ok(intents.map(|((id, operation), history)| Intent { id: from_sql(id), operation, history }).collect())
}

/// Makes the request of an intent, and compares it with the one that was planned.
fn operation(requests: &Requests, row: Row<'_>) -> Result<SendCoupon, Failure> {
    let (id, ordinal, openid): (u64, u64, String) = (row.get(0)?, row.get(2)?, row.get(3)?);
    let key: Option<String> = row.get(1)?;
    let (number, planned): (String, String) = (row.get(4)?, row.get(5)?);
    let derived = requests.number(key.as_deref().unwrap_or(&openid), ordinal)?;
    let operation = requests.operation(openid.into(), derived);
    match operation.out_request_no == *number && fingerprint(&operation).is_ok_and(|made| made == planned) {
        true => Ok(operation),
        false => Err(LedgerError::Changed(id).into()),
    }
}
