//! F1 and F2: refunds.

use super::scope::{Found, OURS_OR_NOBODYS, Scope};
use super::uses::key;
use crate::ledger::Class;
use crate::ledger::books::day::day_of;
use crate::ledger::sql::Failure;

/// Refunds are in proportion, and rounded.
const ROUNDED: i64 = 1;

pub(super) fn compare(scope: &Scope, found: &mut Found<'_>) -> Result<(), Failure> {
    let refunded = format!(
        "SELECT r.coupon_id, r.transaction_id, CAST(coalesce(sum(r.fen), 0) AS BIGINT), min(r.used_at), \
         count(b.coupon_id), max(b.fen) \
         FROM refund_seen AS r LEFT JOIN use_seen AS b ON b.coupon_id = r.coupon_id \
         AND b.transaction_id = r.transaction_id AND b.source = 'flow' \
         WHERE r.stock_id = ?1 AND {OURS_OR_NOBODYS} GROUP BY r.coupon_id, r.transaction_id"
    );
    found.sql.each(&refunded, &[scope.stock_id.as_str().into(), scope.campaign.into()], &mut |row| {
        let (coupon, transaction): (String, String) = (row.get(0)?, row.get(1)?);
        let (fen, used_at): (i64, Option<i64>) = (row.get(2)?, row.get(3)?);
        if row.get::<i64>(4)? == 0 {
            let covered = match used_at {
                Some(used_at) => scope.uses.has(day_of(used_at)),
                None => scope.uses.has_whole(),
            };
            if !covered {
                return Ok(());
            }
            let text = format!(
                "the coupon {coupon} was refunded in {transaction}, and the files do not have its use"
            );
            return found.add(Class::F1, key(&coupon, &transaction), text);
        }
        match row.get::<Option<i64>>(5)? {
            Some(used) if fen > used.saturating_add(ROUNDED) => {
                let text = format!(
                    "of the coupon {coupon}, {used} fen are booked in {transaction}, and {fen} fen were refunded"
                );
                found.add(Class::F2, key(&coupon, &transaction), text)
            }
            _ => Ok(()),
        }
    })
}
