//! U1 to U6: uses of coupons.

use super::scope::{Found, OURS_OR_NOBODYS, Scope};
use crate::ledger::Class;
use crate::ledger::books::day::day_of;
use crate::ledger::sql::{Failure, Row};

/// By how much the clock of this machine may be wrong: WeChat Pay accepts no signature that is further away.
const CLOCK: i64 = 300 * 1000;

pub(super) fn compare(scope: &Scope, found: &mut Found<'_>) -> Result<(), Failure> {
    not_booked(scope, found)?;
    not_heard(scope, found)?;
    not_ours(scope, found)?;
    booked(scope, found)
}

pub(super) fn key(coupon: &str, transaction: &str) -> String {
    format!("{coupon}/{transaction}")
}

/// A callback that does not name its payment may be of any use of its coupon.
fn not_booked(scope: &Scope, found: &mut Found<'_>) -> Result<(), Failure> {
    if scope.uses.is_empty() {
        return Ok(());
    }
    let heard = format!(
        "SELECT r.coupon_id, r.transaction_id, coalesce(r.at, r.received_at) FROM use_seen AS r \
         WHERE r.source = 'callback' AND r.stock_id = ?1 AND {OURS_OR_NOBODYS} \
         AND NOT EXISTS (SELECT 1 FROM use_seen AS b WHERE b.coupon_id = r.coupon_id \
         AND r.transaction_id IN (b.transaction_id, '') AND b.source = 'flow')"
    );
    found.sql.each(&heard, &[scope.stock_id.as_str().into(), scope.campaign.into()], &mut |row| {
        let (coupon, transaction): (String, String) = (row.get(0)?, row.get(1)?);
        if !scope.uses.has(day_of(row.get(2)?)) {
            return Ok(());
        }
        let text = format!(
            "a callback says that the coupon {coupon} was used in {transaction}, and the files do not have it"
        );
        found.add(Class::U1, key(&coupon, &transaction), text)
    })
}

fn not_heard(scope: &Scope, found: &mut Found<'_>) -> Result<(), Failure> {
    let any = "SELECT 1 FROM use_seen WHERE source = 'callback' AND stock_id = ?1 LIMIT 1";
    if found.sql.first(any, &[scope.stock_id.as_str().into()], |_| Ok(()))?.is_none() {
        return Ok(());
    }
    let silent = "SELECT count(*) FROM use_seen AS b WHERE b.source = 'flow' AND b.stock_id = ?1 \
                  AND EXISTS (SELECT 1 FROM intent WHERE coupon_id = b.coupon_id AND campaign = ?2) \
                  AND NOT EXISTS (SELECT 1 FROM use_seen AS c WHERE c.coupon_id = b.coupon_id \
                  AND c.transaction_id IN (b.transaction_id, '') AND c.source = 'callback')";
    let values = [scope.stock_id.as_str().into(), scope.campaign.into()];
    match found.sql.first(silent, &values, |row| row.get::<u64>(0))? {
        None | Some(0) => Ok(()),
        Some(uses) => {
            let text = format!("uses that are booked without a callback: {uses}");
            found.add(Class::U2, scope.stock_id.as_str(), text)
        }
    }
}

fn not_ours(scope: &Scope, found: &mut Found<'_>) -> Result<(), Failure> {
    let foreign = "SELECT b.coupon_id, b.transaction_id FROM use_seen AS b WHERE b.source = 'flow' AND b.stock_id = ?1 \
                   AND NOT EXISTS (SELECT 1 FROM intent WHERE coupon_id = b.coupon_id)";
    found.sql.each(foreign, &[scope.stock_id.as_str().into()], &mut |row| {
        let (coupon, transaction): (String, String) = (row.get(0)?, row.get(1)?);
        let text = format!(
            "the coupon {coupon} was used in {transaction}, and no campaign of this ledger has sent it"
        );
        found.add(Class::U3, key(&coupon, &transaction), text)
    })
}

/// Each use that is booked, by itself.
fn booked(scope: &Scope, found: &mut Found<'_>) -> Result<(), Failure> {
    let begin = scope.limit(|snapshot| snapshot.stock.available_begin_time.as_ref());
    let limits = (begin, scope.end());
    let booked = "SELECT b.coupon_id, b.transaction_id, b.fen, b.at, b.at_text, \
                  (SELECT min(began_at) FROM attempt WHERE intent = i.id AND began_at > 0) \
                  FROM use_seen AS b JOIN intent AS i ON i.coupon_id = b.coupon_id \
                  WHERE b.source = 'flow' AND i.campaign = ?1";
    found.sql.each(booked, &[scope.campaign.into()], &mut |row| one(scope, limits, row, found))
}

fn one(
    scope: &Scope,
    (begin, end): (Option<i64>, Option<i64>),
    row: Row<'_>,
    found: &mut Found<'_>,
) -> Result<(), Failure> {
    let (coupon, transaction): (String, String) = (row.get(0)?, row.get(1)?);
    let key = key(&coupon, &transaction);
    if let (Some(fen), Some(face), false) = (row.get::<Option<i64>>(2)?, scope.face, scope.multiuse)
        && fen != face
    {
        let text =
            format!("the coupon {coupon} is worth {face} fen, and {fen} fen are booked in {transaction}");
        found.add(Class::U4, key.as_str(), text)?;
    }
    let Some(at) = row.get::<Option<i64>>(3)? else { return Ok(()) };
    let time = row.get::<Option<String>>(4)?.unwrap_or_default();
    if begin.is_some_and(|begin| at < begin) || end.is_some_and(|end| at > end) {
        let text = format!("the coupon {coupon} was used in {transaction} at {time}, when it was not valid");
        found.add(Class::U5, key.as_str(), text)?;
    }
    if row.get::<Option<i64>>(5)?.is_some_and(|began| at < began.saturating_sub(CLOCK)) {
        let text = format!("the coupon {coupon} was used in {transaction} at {time}, before it was sent");
        found.add(Class::U6, key.as_str(), text)?;
    }
    Ok(())
}
