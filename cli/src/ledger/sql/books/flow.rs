//! Importing flow files, row by row.

use std::mem;

use wechatpay_core::cashcoupons::{FlowError, FlowRow};
use wechatpay_core::types::Fen;

use crate::ledger::books::day::day_of_date;
use crate::ledger::books::line::Line;
use crate::ledger::books::reading::Reading;
use crate::ledger::sql::{Failure, Sql, Value};
use crate::ledger::{FlowFile, FlowKind, Imported, LedgerError};

/// How many rows are written at a time.
const CHUNK: usize = 500;

/// Keeps a flow file with its rows. The same file again adds nothing, but the ledger then knows that it was still the same.
pub(in crate::ledger) fn import(
    sql: &dyn Sql,
    file: &FlowFile,
    rows: &mut dyn Iterator<Item = Result<FlowRow, FlowError>>,
) -> Result<Imported, Failure> {
    let date = file.bill_date.map(|date| date.to_string()).unwrap_or_default();
    if !begin(sql, file, &date)? {
        return known(sql, file, &date);
    }
    let mut writer = Writer { sql, file, date: &date, lines: Vec::new() };
    let mut reading = Reading::of(file);
    for row in rows {
        if let Some(line) = reading.row(row)? {
            writer.add(line)?;
        }
    }
    writer.end(&reading.imported)?;
    Ok(Imported { new: true, ..reading.imported })
}

/// Adds the file. Returns `false` if it is there already.
fn begin(sql: &dyn Sql, file: &FlowFile, date: &str) -> Result<bool, Failure> {
    let (sha1, kind, stock) = (file.sha1.as_str(), file.kind.name(), file.stock_id.as_str());
    if sha1.is_empty() && file.bill_date.is_none() {
        let table = if file.kind == FlowKind::Refund { "refund_seen" } else { "use_seen" };
        let known = format!("SELECT 1 FROM {table} WHERE stock_id = ?1 LIMIT 1");
        if sql.first(&known, &[stock.into()], |_| Ok(()))?.is_some() {
            return Err(LedgerError::NotYet { kind: kind.to_owned(), stock_id: stock.to_owned() }.into());
        }
    }
    if !sha1.is_empty() {
        let other = "SELECT kind, stock_id, bill_date FROM flow_file WHERE sha1 = ?1 AND rows > 0 \
                     AND NOT (kind = ?2 AND stock_id = ?3 AND bill_date = ?4)";
        let values = [sha1.into(), kind.into(), stock.into(), date.into()];
        let other = sql.first(other, &values, |row| {
            Ok([row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)?])
        })?;
        if let Some([kind, stock_id, date]) = other {
            return Err(LedgerError::OtherFlow { kind, stock_id, date }.into());
        }
    }
    let insert = "INSERT INTO flow_file(sha1, kind, stock_id, bill_date, day, rows, unread, fetched_at) \
                  VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, ?6) ON CONFLICT(sha1, kind, stock_id, bill_date) DO NOTHING";
    let day = file.bill_date.and_then(day_of_date);
    let values = [sha1.into(), kind.into(), stock.into(), date.into(), day.into(), file.fetched_at.into()];
    Ok(sql.execute(insert, &values)? > 0)
}

fn known(sql: &dyn Sql, file: &FlowFile, date: &str) -> Result<Imported, Failure> {
    let (kind, stock) = (file.kind.name(), file.stock_id.as_str());
    let later = "UPDATE flow_file SET fetched_at = ?5 WHERE sha1 = ?1 AND kind = ?2 AND stock_id = ?3 \
                 AND bill_date = ?4 AND fetched_at < ?5";
    let file_key: [Value<'_>; 4] = [file.sha1.as_str().into(), kind.into(), stock.into(), date.into()];
    let values: Vec<_> = file_key.iter().copied().chain([file.fetched_at.into()]).collect();
    sql.execute(later, &values)?;
    let counts = "SELECT f.rows, f.unread, f.expected_rows, (SELECT CAST(coalesce(sum(fen), 0) AS BIGINT) FROM flow_row \
                  WHERE kind = ?2 AND stock_id = ?3 AND bill_date = ?4 AND sha1 = ?1) FROM flow_file AS f \
                  WHERE f.sha1 = ?1 AND f.kind = ?2 AND f.stock_id = ?3 AND f.bill_date = ?4";
    let found = sql.first(counts, &file_key, |row| {
        let (rows, stated): (i64, Option<i64>) = (row.get(0)?, row.get(2)?);
        Ok(Imported {
            new: false,
            rows: row.get(0)?,
            unread: row.get(1)?,
            stated_rows: stated.filter(|stated| *stated != rows),
            total: Fen::new(row.get(3)?),
        })
    })?;
    Ok(found.unwrap_or_default())
}

/// Writes rows, many at a time.
struct Writer<'a> {
    sql: &'a dyn Sql,
    file: &'a FlowFile,
    date: &'a str,
    lines: Vec<Line>,
}

impl Writer<'_> {
    fn add(&mut self, line: Line) -> Result<(), Failure> {
        self.lines.push(line);
        if self.lines.len() < CHUNK { Ok(()) } else { self.write() }
    }

    fn end(mut self, imported: &Imported) -> Result<(), Failure> {
        self.write()?;
        let counts = "UPDATE flow_file SET rows = ?5, unread = ?6, expected_rows = coalesce(CAST(?7 AS BIGINT), ?5) \
                      WHERE sha1 = ?1 AND kind = ?2 AND stock_id = ?3 AND bill_date = ?4";
        let values = [
            self.file.sha1.as_str().into(),
            self.file.kind.name().into(),
            self.file.stock_id.as_str().into(),
            self.date.into(),
            imported.rows.into(),
            imported.unread.into(),
            imported.stated_rows.into(),
        ];
        self.sql.execute(counts, &values).map(drop)
    }

    fn write(&mut self) -> Result<(), Failure> {
        let lines = mem::take(&mut self.lines);
        let insert = "INSERT INTO flow_row(kind, stock_id, bill_date, sha1, line, coupon_id, transaction_id, refund_id, \
                      fen, at, at_text, problem, raw) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
        let values = lines.iter().map(|line| {
            vec![
                self.file.kind.name().into(),
                self.file.stock_id.as_str().into(),
                self.date.into(),
                self.file.sha1.as_str().into(),
                line.number.into(),
                line.coupon_id.as_deref().into(),
                line.transaction_id.as_deref().into(),
                line.refund_id.as_deref().into(),
                line.fen.into(),
                line.at.into(),
                line.at_text.as_deref().into(),
                line.problem.as_deref().into(),
                (&line.raw).into(),
            ]
        });
        self.sql.execute_all(insert, &values.collect::<Vec<_>>())?;
        match self.file.kind {
            FlowKind::Use => self.uses(&lines),
            FlowKind::Refund => self.refunds(&lines),
        }
    }

    /// Adds the uses. A use that is in several files has the largest amount and the earliest time of them, whichever was
    /// imported first.
    fn uses(&self, lines: &[Line]) -> Result<(), Failure> {
        let insert = format!(
            "INSERT INTO use_seen(coupon_id, transaction_id, source, stock_id, at, at_text, fen, received_at) \
             VALUES (?1, ?2, 'flow', ?3, ?4, ?5, ?6, ?7) \
             ON CONFLICT(coupon_id, transaction_id, source) DO UPDATE SET {}",
            merged("use_seen")
        );
        let values = lines.iter().filter_map(|line| {
            let (coupon_id, transaction_id) =
                line.coupon_id.as_deref().zip(line.transaction_id.as_deref())?;
            Some(vec![
                coupon_id.into(),
                transaction_id.into(),
                self.file.stock_id.as_str().into(),
                line.at.into(),
                line.at_text.as_deref().into(),
                line.fen.into(),
                self.file.fetched_at.into(),
            ])
        });
        self.sql.execute_all(&insert, &values.collect::<Vec<_>>()).map(drop)
    }

    /// Adds the refunds, in the same way.
    fn refunds(&self, lines: &[Line]) -> Result<(), Failure> {
        let insert = format!(
            "INSERT INTO refund_seen(coupon_id, transaction_id, refund_id, stock_id, at, at_text, fen, used_at, \
             received_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
             ON CONFLICT(coupon_id, transaction_id, refund_id) DO UPDATE SET {}, \
             used_at = {}",
            merged("refund_seen"),
            least("refund_seen", "used_at", "used_at")
        );
        let values = lines.iter().filter_map(|line| {
            let (coupon_id, transaction_id) =
                line.coupon_id.as_deref().zip(line.transaction_id.as_deref())?;
            Some(vec![
                coupon_id.into(),
                transaction_id.into(),
                line.refund_id.as_deref().into(),
                self.file.stock_id.as_str().into(),
                line.at.into(),
                line.at_text.as_deref().into(),
                line.fen.into(),
                line.used_at.into(),
                self.file.fetched_at.into(),
            ])
        });
        self.sql.execute_all(&insert, &values.collect::<Vec<_>>()).map(drop)
    }
}

/// What becomes of a row of `table` when the same use or refund is in another file.
fn merged(table: &str) -> String {
    format!(
        "fen = CASE WHEN {table}.fen IS NULL OR excluded.fen > {table}.fen THEN excluded.fen ELSE {table}.fen END, \
         at = {}, at_text = {}, received_at = {}",
        least(table, "at", "at"),
        least(table, "at", "at_text"),
        least(table, "received_at", "received_at")
    )
}

/// The value of a column where another one is least.
fn least(table: &str, by: &str, column: &str) -> String {
    format!(
        "CASE WHEN {table}.{by} IS NULL OR excluded.{by} < {table}.{by} THEN excluded.{column} \
         ELSE {table}.{column} END"
    )
}
