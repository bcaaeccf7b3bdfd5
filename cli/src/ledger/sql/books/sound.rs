//! Damage and contradictions in what was imported.

use wechatpay_core::cashcoupons::Stock;

use crate::ledger::sql::{Failure, Sql};
use crate::ledger::{Checked, Class, FindingKind};

pub(in crate::ledger) fn check(sql: &dyn Sql, checked: &mut Checked) -> Result<(), Failure> {
    rows(sql, checked)?;
    seen(sql, checked)?;
    sql.each("SELECT stock_id, stock FROM stock_snapshot", &[], &mut |row| {
        let (stock_id, stock): (String, String) = (row.get(0)?, row.get(1)?);
        let read: Option<Stock> = serde_json::from_str(&stock).ok();
        if read.is_none_or(|read| read.stock_id.as_str() != stock_id) {
            let text = format!("a description of the stock {stock_id} cannot be read");
            checked.add(FindingKind::Unreadable, None, text);
        }
        Ok(())
    })?;
    sql.each("SELECT id, class FROM difference", &[], &mut |row| {
        let (id, class): (u64, String) = (row.get(0)?, row.get(1)?);
        if class.parse::<Class>().is_err() {
            let text = format!("the difference {id} has the unknown class {class:?}");
            checked.add(FindingKind::Unreadable, None, text);
        }
        Ok(())
    })
}

/// Whether each flow file has its rows, and each row its file.
fn rows(sql: &dyn Sql, checked: &mut Checked) -> Result<(), Failure> {
    let counts = "SELECT f.kind, f.sha1, f.rows, count(r.line) FROM flow_file AS f LEFT JOIN flow_row AS r \
                  ON r.kind = f.kind AND r.stock_id = f.stock_id AND r.bill_date = f.bill_date AND r.sha1 = f.sha1 \
                  GROUP BY f.kind, f.stock_id, f.bill_date, f.sha1, f.rows HAVING f.rows <> count(r.line)";
    sql.each(counts, &[], &mut |row| {
        let (kind, sha1): (String, String) = (row.get(0)?, row.get(1)?);
        let (rows, kept): (u64, u64) = (row.get(2)?, row.get(3)?);
        let text = format!("the {kind} file {sha1} had {rows} rows, of which {kept} are there");
        checked.add(FindingKind::Flow, None, text);
        Ok(())
    })?;
    let orphans = "SELECT count(*) FROM flow_row AS r WHERE NOT EXISTS (SELECT 1 FROM flow_file AS f WHERE f.kind = r.kind \
                   AND f.stock_id = r.stock_id AND f.bill_date = r.bill_date AND f.sha1 = r.sha1)";
    found(sql, checked, orphans, "rows of flow files whose file is not there")
}

/// Whether each row is among the uses or the refunds, and the other way round.
fn seen(sql: &dyn Sql, checked: &mut Checked) -> Result<(), Failure> {
    for (kind, table, condition, what) in [
        ("use", "use_seen", "s.source = 'flow'", "uses"),
        ("refund", "refund_seen", "s.refund_id = r.refund_id", "refunds"),
    ] {
        let of_row =
            format!("s.coupon_id = r.coupon_id AND s.transaction_id = r.transaction_id AND {condition}");
        let missing = format!(
            "SELECT count(*) FROM flow_row AS r WHERE r.kind = '{kind}' AND r.coupon_id IS NOT NULL \
             AND r.transaction_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {table} AS s WHERE {of_row})"
        );
        found(sql, checked, &missing, &format!("rows of flow files that are not among the {what}"))?;
        let of_flow = if kind == "use" { "s.source = 'flow' AND" } else { "" };
        let unknown = format!(
            "SELECT count(*) FROM {table} AS s WHERE {of_flow} NOT EXISTS \
             (SELECT 1 FROM flow_row AS r WHERE r.kind = '{kind}' AND {of_row})"
        );
        found(sql, checked, &unknown, &format!("{what} that are in no flow file"))?;
    }
    Ok(())
}

fn found(sql: &dyn Sql, checked: &mut Checked, count: &str, what: &str) -> Result<(), Failure> {
    match sql.first(count, &[], |row| row.get::<u64>(0))? {
        None | Some(0) => {}
        Some(rows) => checked.add(FindingKind::Flow, None, format!("{what}: {rows}")),
    }
    Ok(())
}
