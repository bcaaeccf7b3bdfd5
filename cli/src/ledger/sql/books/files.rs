//! F3: the flow files themselves.

use super::scope::{Found, Scope};
use crate::ledger::sql::Failure;
use crate::ledger::{Class, FlowKind};

pub(super) fn compare(scope: &Scope, found: &mut Found<'_>) -> Result<(), Failure> {
    each_file(scope, found)?;
    days(scope, found)
}

fn each_file(scope: &Scope, found: &mut Found<'_>) -> Result<(), Failure> {
    let files = "SELECT kind, bill_date, sha1, rows, unread, expected_rows FROM flow_file WHERE stock_id = ?1 \
                 AND (unread > 0 OR expected_rows <> rows)";
    found.sql.each(files, &[scope.stock_id.as_str().into()], &mut |row| {
        let (kind, date, sha1): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (rows, unread): (i64, i64) = (row.get(3)?, row.get(4)?);
        let of = if date.is_empty() { "the whole stock".to_owned() } else { date };
        let file = format!("the {kind} file {sha1} of {of}");
        if let Some(stated) = row.get::<Option<i64>>(5)?.filter(|stated| *stated != rows) {
            let text = format!("{file} has {rows} rows, and states {stated}");
            found.add(Class::F3, format!("{kind}/{sha1}/rows"), text)?;
        }
        if unread > 0 {
            let text = format!("{file} has rows that cannot be read: {unread}");
            found.add(Class::F3, format!("{kind}/{sha1}/unread"), text)?;
        }
        Ok(())
    })
}

/// Compares the file of each day with that of the whole stock. A row whose time is not known is looked for in the file of
/// the whole stock only.
fn days(scope: &Scope, found: &mut Found<'_>) -> Result<(), Failure> {
    let days = "SELECT DISTINCT d.kind, d.bill_date, d.day FROM flow_file AS d WHERE d.stock_id = ?1 \
                AND d.day IS NOT NULL AND EXISTS (SELECT 1 FROM flow_file AS w WHERE w.stock_id = ?1 \
                AND w.kind = d.kind AND w.bill_date = '')";
    let days = found.sql.list(days, &[scope.stock_id.as_str().into()], |row| {
        Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<i64>(2)?))
    })?;
    // Whether `b`, in the other file, is the row `a`.
    let same = "b.kind = a.kind AND b.stock_id = a.stock_id AND b.coupon_id = a.coupon_id \
                AND b.transaction_id = a.transaction_id AND coalesce(b.refund_id, '') = coalesce(a.refund_id, '') \
                AND coalesce(b.fen, 0) = coalesce(a.fen, 0)";
    let readable = "a.coupon_id IS NOT NULL AND a.transaction_id IS NOT NULL";
    let only_in_day = format!(
        "SELECT count(*) FROM flow_row AS a WHERE a.kind = ?1 AND a.stock_id = ?2 AND a.bill_date = ?3 AND {readable} \
         AND NOT EXISTS (SELECT 1 FROM flow_row AS b WHERE {same} AND b.bill_date = '')"
    );
    let only_in_whole = format!(
        "SELECT count(*) FROM flow_row AS a WHERE a.kind = ?1 AND a.stock_id = ?2 AND a.bill_date = '' AND {readable} \
         AND (a.at + 28800000) / 86400000 = ?4 \
         AND NOT EXISTS (SELECT 1 FROM flow_row AS b WHERE {same} AND b.bill_date = ?3)"
    );
    for (kind, date, day) in days {
        let key = [(&kind).into(), scope.stock_id.as_str().into(), (&date).into(), day.into()];
        let count = |statement: &str, values: &[crate::ledger::sql::Value<'_>]| {
            found.sql.first(statement, values, |row| row.get::<u64>(0)).map(Option::unwrap_or_default)
        };
        let [kind_value, stock_value, date_value, _] = key;
        let in_day = count(&only_in_day, &[kind_value, stock_value, date_value])?;
        let covered = if kind == FlowKind::Use.name() { &scope.uses } else { &scope.refunds };
        // A file that was fetched early may lack rows.
        let in_whole = if covered.has_file_of(day) { count(&only_in_whole, &key)? } else { 0 };
        if in_day > 0 || in_whole > 0 {
            let text = format!(
                "the {kind} file of {date} has {in_day} rows that the file of the stock does not have, which has {in_whole} \
                 others of that day"
            );
            found.add(Class::F3, format!("{kind}/{date}"), text)?;
        }
    }
    Ok(())
}
