//! M1 and M2: coupons that are used more than once.

use super::scope::{Found, Scope};
use super::uses::key;
use crate::ledger::Class;
use crate::ledger::books::day::day_of;
use crate::ledger::sql::{Failure, Sql};

/// A use that is booked.
struct Use {
    transaction: String,
    at: i64,
    fen: i64,
}

/// A refund.
struct Refund {
    transaction: String,
    at: Option<i64>,
    fen: i64,
}

pub(super) fn compare(scope: &Scope, found: &mut Found<'_>) -> Result<(), Failure> {
    if scope.refunds.is_empty() {
        return Ok(());
    }
    let repeated = "SELECT coupon_id FROM use_seen AS b WHERE b.source = 'flow' AND b.stock_id = ?1 \
                    AND EXISTS (SELECT 1 FROM intent WHERE coupon_id = b.coupon_id AND campaign = ?2) \
                    GROUP BY coupon_id HAVING count(*) > 1";
    let values = [scope.stock_id.as_str().into(), scope.campaign.into()];
    found.sql.each(repeated, &values, &mut |row| {
        let coupon: String = row.get(0)?;
        let mut uses = uses(found.sql, &coupon)?;
        uses.sort_by(|a, b| (a.at, &a.transaction).cmp(&(b.at, &b.transaction)));
        let refunds = refunds(found.sql, &coupon)?;
        match scope.multiuse {
            false => again(scope, &coupon, &uses, &refunds, found),
            true => beyond(scope, &coupon, &uses, &refunds, found),
        }
    })
}

/// M1: whether the use before each one was refunded.
fn again(
    scope: &Scope,
    coupon: &str,
    uses: &[Use],
    refunds: &[Refund],
    found: &mut Found<'_>,
) -> Result<(), Failure> {
    for (first, second) in uses.iter().zip(uses.iter().skip(1)) {
        let is_between = |refund: &Refund| {
            refund.transaction == first.transaction && refund.at.is_none_or(|at| at <= second.at)
        };
        let covered = scope.refunds.has_all(day_of(first.at), day_of(second.at));
        if covered && !refunds.iter().any(is_between) {
            let text = format!(
                "the coupon {coupon} was used in {}, and in {} without a refund between",
                first.transaction, second.transaction
            );
            found.add(Class::M1, key(coupon, &second.transaction), text)?;
        }
    }
    Ok(())
}

/// M2: whether all uses together are more than the coupon is worth.
fn beyond(
    scope: &Scope,
    coupon: &str,
    uses: &[Use],
    refunds: &[Refund],
    found: &mut Found<'_>,
) -> Result<(), Failure> {
    let (Some(face), Some(first), Some(last)) = (scope.face, uses.first(), uses.last()) else {
        return Ok(());
    };
    let used = uses.iter().fold(0_i64, |sum, it| sum.saturating_add(it.fen));
    let refunded = refunds.iter().fold(0_i64, |sum, it| sum.saturating_add(it.fen));
    let tolerance = i64::try_from(refunds.len()).unwrap_or(i64::MAX);
    let left = used.saturating_sub(refunded);
    if left <= face.saturating_add(tolerance) || !scope.refunds.has_all(day_of(first.at), day_of(last.at)) {
        return Ok(());
    }
    let text =
        format!("the coupon {coupon} is worth {face} fen, and {left} fen are booked in {} uses", uses.len());
    found.add(Class::M2, coupon, text)
}

fn uses(sql: &dyn Sql, coupon: &str) -> Result<Vec<Use>, Failure> {
    let uses = "SELECT transaction_id, coalesce(at, received_at), coalesce(fen, 0) FROM use_seen \
                WHERE coupon_id = ?1 AND source = 'flow'";
    sql.list(uses, &[coupon.into()], |row| {
        Ok(Use { transaction: row.get(0)?, at: row.get(1)?, fen: row.get(2)? })
    })
}

fn refunds(sql: &dyn Sql, coupon: &str) -> Result<Vec<Refund>, Failure> {
    let refunds = "SELECT transaction_id, at, coalesce(fen, 0) FROM refund_seen WHERE coupon_id = ?1";
    sql.list(refunds, &[coupon.into()], |row| {
        Ok(Refund { transaction: row.get(0)?, at: row.get(1)?, fen: row.get(2)? })
    })
}
