//! R1 to R4: what was sent.

use super::scope::{Found, Scope};
use crate::ledger::Class;
use crate::ledger::sql::Failure;

/// After this time a sender does not repeat any more, unless it is told to.
const WINDOW: i64 = 24 * 60 * 60 * 1000;

pub(super) fn compare(scope: &Scope, found: &mut Found<'_>) -> Result<(), Failure> {
    distributed(scope, found)?;
    unsettled(scope, found)?;
    two_coupons(scope, found)?;
    one_coupon(scope, found)
}

fn distributed(scope: &Scope, found: &mut Found<'_>) -> Result<(), Failure> {
    let Some(snapshot) = &scope.snapshot else { return Ok(()) };
    let (least, most) = (snapshot.least, snapshot.most);
    match snapshot.stock.distributed_coupons {
        Some(given) if !(least..=most).contains(&given) => {
            let stock = &scope.stock_id;
            let ours = if least == most { least.to_string() } else { format!("{least} to {most}") };
            let text = format!(
                "WeChat Pay has given {given} coupons of stock {stock}, and the campaigns of this ledger {ours}"
            );
            found.add(Class::R1, stock.as_str(), text)
        }
        _ => Ok(()),
    }
}

fn unsettled(scope: &Scope, found: &mut Found<'_>) -> Result<(), Failure> {
    let unsettled = "SELECT i.out_request_no, i.standing FROM intent AS i WHERE i.campaign = ?1 \
                     AND (i.standing = 'doubtful' OR i.standing IN ('sending', 'retry') \
                     AND (i.maybe = 1 OR i.standing = 'sending') \
                     AND (SELECT min(began_at) FROM attempt WHERE intent = i.id AND began_at > 0) < ?2)";
    let since = scope.now.saturating_sub(WINDOW);
    found.sql.each(unsettled, &[scope.campaign.into(), since.into()], &mut |row| {
        let (number, standing): (String, String) = (row.get(0)?, row.get(1)?);
        let text = match standing.as_str() {
            "doubtful" => format!("the coupon of {number} may be out: see `send resolve`"),
            _ => format!("the coupon of {number} may be out, and was begun more than 24 hours ago: run the campaign again"),
        };
        found.add(Class::R2, number, text)
    })
}

fn two_coupons(scope: &Scope, found: &mut Found<'_>) -> Result<(), Failure> {
    // What follows `{"sent":` and `{"found":`.
    let coupons = "SELECT i.out_request_no FROM intent AS i JOIN ( \
                   SELECT intent, substr(verdict, 9) AS coupon FROM attempt WHERE verdict LIKE '{\"sent\":%' \
                   UNION SELECT intent, substr(fact, 10) AS coupon FROM settlement WHERE fact LIKE '{\"found\":%' \
                   ) AS known ON known.intent = i.id WHERE i.campaign = ?1 \
                   GROUP BY i.id, i.out_request_no HAVING count(DISTINCT known.coupon) > 1";
    found.sql.each(coupons, &[scope.campaign.into()], &mut |row| {
        let number: String = row.get(0)?;
        let text = format!("WeChat Pay has given several coupons for {number}: see `ledger check`");
        found.add(Class::R3, number, text)
    })
}

fn one_coupon(scope: &Scope, found: &mut Found<'_>) -> Result<(), Failure> {
    let twice = "SELECT coupon_id, count(*), min(id), max(id) FROM intent WHERE coupon_id IS NOT NULL \
                 GROUP BY coupon_id HAVING count(*) > 1 AND count(*) FILTER (WHERE campaign = ?1) > 0";
    found.sql.each(twice, &[scope.campaign.into()], &mut |row| {
        let (coupon, rows): (String, u64) = (row.get(0)?, row.get(1)?);
        let (first, last): (u64, u64) = (row.get(2)?, row.get(3)?);
        let text = format!("the coupon {coupon} is that of {rows} rows, such as intent {first} and {last}");
        found.add(Class::R4, coupon, text)
    })
}
