//! Importing flow files, row by row.

use std::mem;

use wechatpay_core::cashcoupons::{FlowError, FlowRow, UnreadRow};
use wechatpay_core::types::{Fen, Timestamp};

use super::covered::day_of_date;
use crate::ledger::books::refund_columns;
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
    let mut writer = Writer { sql, file, date: &date, lines: Vec::new(), imported: Imported::default() };
    writer.imported.new = true;
    for row in rows {
        match row {
            Ok(row) => writer.add(row, None)?,
            Err(FlowError::Row(unread)) => writer.add(unread.readable().clone(), Some(*unread))?,
            Err(FlowError::Count { expected, .. }) => writer.imported.stated_rows = Some(expected),
            Err(error) => return Err(LedgerError::Flow(error).into()),
        }
    }
    writer.end()
}

/// Adds the file. Returns `false` if it is there already.
fn begin(sql: &dyn Sql, file: &FlowFile, date: &str) -> Result<bool, Failure> {
    let (sha1, kind, stock) = (file.sha1.as_str(), file.kind.name(), file.stock_id.as_str());
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
    imported: Imported,
}

/// A row of the ledger.
struct Line {
    number: u64,
    coupon_id: Option<String>,
    transaction_id: Option<String>,
    refund_id: Option<String>,
    fen: Option<i64>,
    at: Option<i64>,
    at_text: Option<String>,
    used_at: Option<i64>,
    problem: Option<String>,
    raw: String,
}

impl Writer<'_> {
    fn add(&mut self, row: FlowRow, unread: Option<UnreadRow>) -> Result<(), Failure> {
        let number = self.imported.rows.saturating_add(1);
        self.imported.rows = number;
        if let Some(stock_id) = row.stock_id.as_ref().filter(|stock| **stock != self.file.stock_id) {
            let (stock_id, given) = (stock_id.to_string(), self.file.stock_id.to_string());
            return Err(LedgerError::OtherStock { row: number, stock_id, given }.into());
        }
        if self.file.kind == FlowKind::Use && refund_columns::has_any(&row) {
            return Err(LedgerError::IsRefunds.into());
        }
        let line = Line::new(self.file.kind, number, &row, unread.as_ref())?;
        self.imported.unread = self.imported.unread.saturating_add(line.problem.is_some().into());
        let fen = Fen::new(line.fen.unwrap_or_default());
        self.imported.total = self.imported.total.checked_add(fen).unwrap_or(self.imported.total);
        self.lines.push(line);
        if self.lines.len() < CHUNK { Ok(()) } else { self.write() }
    }

    fn end(mut self) -> Result<Imported, Failure> {
        self.write()?;
        let Imported { rows, unread, stated_rows, .. } = self.imported;
        let counts = "UPDATE flow_file SET rows = ?5, unread = ?6, expected_rows = coalesce(CAST(?7 AS BIGINT), ?5) \
                      WHERE sha1 = ?1 AND kind = ?2 AND stock_id = ?3 AND bill_date = ?4";
        let values = [
            self.file.sha1.as_str().into(),
            self.file.kind.name().into(),
            self.file.stock_id.as_str().into(),
            self.date.into(),
            rows.into(),
            unread.into(),
            stated_rows.into(),
        ];
        self.sql.execute(counts, &values)?;
        Ok(self.imported)
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

impl Line {
    fn new(kind: FlowKind, number: u64, row: &FlowRow, unread: Option<&UnreadRow>) -> Result<Self, Failure> {
        let problem = unread.map(|unread| unread.problem().to_string()).or_else(|| kind.problem(row));
        let time = match kind {
            FlowKind::Use => row.consume_time.clone(),
            FlowKind::Refund => refund_columns::time(row).ok().flatten(),
        };
        let fen = unread.map_or_else(|| kind.amount(row), |unread| kind.amount_of_unread(unread));
        let fen = fen.map(Fen::get);
        let refund_id = || match refund_columns::number(row) {
            Some(number) => number.to_owned(),
            None => format!(
                "{} {}",
                time.as_ref().map_or("", Timestamp::as_str),
                fen.map(|fen| fen.to_string()).unwrap_or_default()
            ),
        };
        let raw = match unread {
            Some(unread) => serde_json::to_string(unread),
            None => serde_json::to_string(row),
        };
        Ok(Self {
            number,
            refund_id: (kind == FlowKind::Refund).then(refund_id),
            fen,
            at: time.as_ref().and_then(millis),
            at_text: time.map(|time| time.as_str().to_owned()),
            used_at: row.consume_time.as_ref().and_then(millis),
            problem,
            raw: raw.map_err(|_| LedgerError::UnwritableRow(number))?,
            coupon_id: row.coupon_id.as_ref().map(ToString::to_string),
            transaction_id: row.transaction_id.clone(),
        })
    }
}

fn millis(time: &Timestamp) -> Option<i64> {
    time.unix_seconds().and_then(|seconds| seconds.checked_mul(1000))
}
