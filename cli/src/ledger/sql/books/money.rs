//! B1 and B2: the budget of the stock.

use wechatpay_core::types::Fen;

use super::scope::{Found, Scope};
use crate::ledger::Class;
use crate::ledger::sql::{Failure, Sql};

pub(super) fn compare(scope: &Scope, found: &mut Found<'_>) -> Result<(), Failure> {
    let Some(snapshot) = &scope.snapshot else { return Ok(()) };
    let stock = &snapshot.stock;
    let rule = stock.stock_use_rule.as_ref();
    let Some(budget) = rule.and_then(|rule| rule.max_amount).map(Fen::get) else { return Ok(()) };
    let id = scope.stock_id.as_str();
    let left = left(scope, found.sql)?;
    let booked = if scope.multiuse { left } else { largest(scope, found.sql)? };
    if booked > budget {
        let text = format!("the budget of stock {id} is {budget} fen, and {booked} fen are booked");
        found.add(Class::B1, id, text)?;
    }
    let rest = budget.saturating_sub(left);
    if stock.no_cash == Some(false) && scope.uses.has_whole() && rest > 0 {
        let text = format!(
            "stock {id} is prefunded with {budget} fen, of which {left} fen are booked: {rest} fen have to come back"
        );
        found.add(Class::B2, id, text)?;
    }
    Ok(())
}

/// What is booked, less what was refunded of it.
fn left(scope: &Scope, sql: &dyn Sql) -> Result<i64, Failure> {
    let sum = |table: &str| {
        let sum = format!("SELECT CAST(coalesce(sum(fen), 0) AS BIGINT) FROM {table} AND stock_id = ?1");
        sql.first(&sum, &[scope.stock_id.as_str().into()], |row| row.get::<i64>(0))
            .map(Option::unwrap_or_default)
    };
    let (used, refunded) = (sum("use_seen WHERE source = 'flow'")?, sum("refund_seen WHERE 1 = 1")?);
    Ok(used.saturating_sub(refunded))
}

/// The largest use of each coupon: what is booked at least, whatever was refunded.
fn largest(scope: &Scope, sql: &dyn Sql) -> Result<i64, Failure> {
    let sum = "SELECT CAST(coalesce(sum(fen), 0) AS BIGINT) FROM (SELECT max(fen) AS fen FROM use_seen \
               WHERE source = 'flow' AND stock_id = ?1 GROUP BY coupon_id) AS coupons";
    sql.first(sum, &[scope.stock_id.as_str().into()], |row| row.get(0)).map(Option::unwrap_or_default)
}
