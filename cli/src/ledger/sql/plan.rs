use std::collections::HashMap;
use std::mem;

use wechatpay_core::cashcoupons::SendCoupon;
use wechatpay_core::types::{Fen, Mchid, Openid};

use super::number::to_sql;
use super::{Failure, Sql, Value, campaigns};
use crate::ledger::lane::hash;
use crate::ledger::request::{Requests, fingerprint};
use crate::ledger::{Campaign, LedgerError, Overlap, Plan, Planned, lane};
use crate::list::{Columns, ListError, ListProblem, Row};

/// How many rows an error names.
const NAMED: usize = 10;
/// How many rows are written at a time.
const CHUNK: usize = 500;

pub(in crate::ledger) fn plan(
    sql: &dyn Sql,
    mchid: &Mchid,
    plan: &Plan,
    columns: &Columns,
    rows: &mut dyn Iterator<Item = Result<Row, ListError>>,
) -> Result<Planned, Failure> {
    plan.check_name()?;
    let (campaign, names) = campaign(sql, plan, columns)?;
    let requests = Requests {
        mchid: mchid.clone(),
        campaign: plan.campaign.clone(),
        stock_id: plan.stock_id.clone(),
        creator: plan.creator.clone(),
        appid: plan.appid.clone(),
    };
    let is_other = |name: &&String| *name != "openid" && Some(name.as_str()) != columns.key_column();
    let others: Vec<&String> = names.iter().filter(is_other).collect();
    let mut writer = Writer::new(sql, campaign, &requests, columns, &others)?;
    for row in rows {
        match row {
            Ok(row) => writer.row(row)?,
            Err(error) => {
                // An earlier row may be wrong, too, and is named then.
                writer.write()?;
                return Err(LedgerError::List(error).into());
            }
        }
    }
    let (mut planned, refused) = writer.end()?;
    if planned.rows == 0 {
        return Err(LedgerError::List(ListError::whole(ListProblem::NoRows)).into());
    }
    if refused.count > 0 {
        return Err(LedgerError::OtherUser { rows: refused.rows, count: refused.count }.into());
    }
    users(sql, campaign, plan, &mut planned)?;
    // Last, because the workers of the campaign write it with every batch.
    let names = campaigns::json(&plan.campaign, "the names of its columns", &names)?;
    let update =
        "UPDATE campaign SET columns = ?1, face_fen = coalesce(CAST(?2 AS BIGINT), face_fen) WHERE id = ?3";
    let face_value = plan.face_value.map(Fen::get);
    sql.execute(update, &[(&names).into(), face_value.into(), campaign.into()])?;
    Ok(planned)
}

#[derive(Default)]
struct Refused {
    rows: Vec<(u64, Option<String>)>,
    count: u64,
}

/// Returns the id of the campaign, which is created if it does not exist, and the names of all its columns.
fn campaign(sql: &dyn Sql, plan: &Plan, columns: &Columns) -> Result<(i64, Vec<String>), Failure> {
    // Whoever else plans waits. Workers do not: what they write is in other rows.
    let lock = format!("SELECT value FROM meta WHERE name = 'mchid'{}", sql.for_update());
    sql.few(&lock, &[], &mut |_| Ok(()))?;
    if let Some((id, known)) = campaigns::find(sql, &plan.campaign)? {
        compare(&known, plan, columns)?;
        let mut names = known.columns;
        let new: Vec<String> = columns.names().iter().filter(|name| !names.contains(name)).cloned().collect();
        names.extend(new);
        return Ok((id, names));
    }
    let now = sql.now();
    let insert = format!(
        "INSERT INTO campaign(name, stock_id, creator, appid, columns, key_column, created_at) \
         VALUES (?1, ?2, ?3, ?4, '[]', ?5, {now}) RETURNING id"
    );
    let row: [Value<'_>; 5] = [
        (&plan.campaign).into(),
        plan.stock_id.as_str().into(),
        plan.creator.as_str().into(),
        plan.appid.as_str().into(),
        columns.key_column().into(),
    ];
    let id = sql.first(&insert, &row, |row| row.get(0))?.ok_or(Failure::Foreign)?;
    Ok((id, columns.names().to_vec()))
}

/// Whether the campaign was planned in the same way: otherwise the same rows would have other numbers or requests.
fn compare(known: &Campaign, plan: &Plan, columns: &Columns) -> Result<(), LedgerError> {
    let key = |column: Option<&str>| column.unwrap_or("openid").to_owned();
    let fields = [
        ("the stock", known.stock_id.to_string(), plan.stock_id.to_string()),
        ("the creator of the stock", known.creator.to_string(), plan.creator.to_string()),
        ("the appid", known.appid.to_string(), plan.appid.to_string()),
        ("the key column", key(known.key_column.as_deref()), key(columns.key_column())),
    ];
    match fields.into_iter().find(|(_, planned, given)| planned != given) {
        Some((field, planned, given)) => {
            Err(LedgerError::OtherCampaign { campaign: known.name.clone(), field, planned, given })
        }
        None => Ok(()),
    }
}

/// Writes rows as intents, many at a time.
struct Writer<'a> {
    sql: &'a dyn Sql,
    campaign: i64,
    requests: &'a Requests,
    columns: &'a Columns,
    /// For each other column of the campaign, where it is among the other columns of this list.
    others: Vec<Option<usize>>,
    rows: Vec<Row>,
    planned: Planned,
    refused: Refused,
}

/// What an intent has that was there before.
struct Kept {
    openid: String,
    /// Whether the openid was forgotten, and is a hash.
    forgotten: bool,
    others: Option<String>,
}

/// A row on its way to an intent.
struct New<'a> {
    line: u64,
    key: &'a str,
    ordinal: u64,
    operation: SendCoupon,
    lane: u8,
    fingerprint: String,
    others: Option<String>,
}

impl<'a> Writer<'a> {
    fn new(
        sql: &'a dyn Sql,
        campaign: i64,
        requests: &'a Requests,
        columns: &'a Columns,
        others: &[&String],
    ) -> Result<Self, Failure> {
        // In a file of the database's own, so that a long list takes no memory.
        let seen =
            "CREATE TEMP TABLE IF NOT EXISTS seen(key TEXT NOT NULL PRIMARY KEY, times BIGINT NOT NULL)";
        sql.execute(seen, &[])?;
        sql.execute("DELETE FROM seen", &[])?;
        let others = others.iter().map(|name| columns.others().position(|other| other == *name)).collect();
        let (planned, refused) = (Planned::default(), Refused::default());
        Ok(Self { sql, campaign, requests, columns, others, rows: Vec::new(), planned, refused })
    }

    fn row(&mut self, row: Row) -> Result<(), Failure> {
        self.rows.push(row);
        if self.rows.len() < CHUNK { Ok(()) } else { self.write() }
    }

    fn end(mut self) -> Result<(Planned, Refused), Failure> {
        self.write()?;
        self.sql.execute("DELETE FROM seen", &[])?;
        Ok((self.planned, self.refused))
    }

    /// Writes the rows that have come together. If one of them is refused, the whole plan is, so others may be written.
    fn write(&mut self) -> Result<(), Failure> {
        let rows = mem::take(&mut self.rows);
        let new = self.prepare(&rows)?;
        let inserted = self.insert(&new)?;
        let first = self.find(new.iter().filter(|new| new.ordinal > 1), |_| 1)?;
        let old = new.iter().zip(&inserted).filter(|(_, inserted)| **inserted == 0).map(|(new, _)| new);
        let known = self.find(old, |new| new.ordinal)?;
        self.planned.rows = self.planned.rows.saturating_add(u64::try_from(new.len()).unwrap_or(u64::MAX));
        for (new, inserted) in new.iter().zip(inserted) {
            let openid = new.operation.openid.as_str();
            let hash = hash(openid)?;
            let other_user = |kept: Option<&Kept>| {
                kept.is_some_and(|kept| kept.openid != if kept.forgotten { &hash } else { openid })
            };
            let kept = known.get(&new.line);
            if other_user(first.get(&new.line)) || other_user(kept) || inserted == 0 && kept.is_none() {
                self.refused.add(new, self.columns);
            } else if let Some(kept) = kept {
                self.planned.existing = self.planned.existing.saturating_add(1);
                let other = !kept.forgotten && !same(kept.others.as_deref(), new.others.as_deref());
                self.planned.other_cells = self.planned.other_cells.saturating_add(other.into());
            } else {
                self.planned.new = self.planned.new.saturating_add(1);
            }
        }
        Ok(())
    }

    /// Makes what is to be written of each row.
    fn prepare<'r>(&self, rows: &'r [Row]) -> Result<Vec<New<'r>>, Failure> {
        let keys = rows.iter().map(|row| self.columns.key_and_openid(row));
        let readable = keys.clone().map_while(Result::ok).map(|(key, _)| vec![key.into()]);
        let mut ordinals = Vec::with_capacity(rows.len());
        let seen = "INSERT INTO seen(key, times) VALUES (?1, 1) \
                    ON CONFLICT(key) DO UPDATE SET times = seen.times + 1 RETURNING times";
        self.sql.each_of(seen, &readable.collect::<Vec<_>>(), &mut |_, row| {
            ordinals.push(row.get(0)?);
            Ok(())
        })?;
        // A row that cannot be read has no ordinal, and comes after those that can.
        let ordinals = ordinals.into_iter().chain(std::iter::once(1));
        rows.iter()
            .zip(keys)
            .zip(ordinals)
            .map(|((row, key), ordinal)| {
                let (key, openid) = key.map_err(LedgerError::List)?;
                let operation =
                    self.requests.operation(Openid::from(openid), self.requests.number(key, ordinal)?);
                let fingerprint =
                    fingerprint(&operation).map_err(|error| LedgerError::Row { line: row.line, error })?;
                let (lane, others) = (lane(&operation.openid)?, self.others(row)?);
                Ok(New { line: row.line, key, ordinal, operation, lane, fingerprint, others })
            })
            .collect()
    }

    /// Returns for each row whether it is new: 1 or 0.
    fn insert(&self, new: &[New<'_>]) -> Result<Vec<u64>, Failure> {
        let insert = "INSERT INTO intent(campaign, key, ordinal, openid, lane, out_request_no, fingerprint, others) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(out_request_no) DO NOTHING";
        let has_keys = self.columns.key_column().is_some();
        let values = new.iter().map(|new| {
            vec![
                self.campaign.into(),
                has_keys.then_some(new.key).into(),
                new.ordinal.into(),
                new.operation.openid.as_str().into(),
                new.lane.into(),
                new.operation.out_request_no.as_str().into(),
                (&new.fingerprint).into(),
                new.others.as_deref().into(),
            ]
        });
        self.sql.execute_all(insert, &values.collect::<Vec<_>>())
    }

    /// Finds the intents with the keys of rows, by the lines of the rows.
    fn find<'n>(
        &self,
        rows: impl Iterator<Item = &'n New<'n>>,
        ordinal: fn(&New<'_>) -> u64,
    ) -> Result<HashMap<u64, Kept>, Failure> {
        let (mut lines, mut numbers) = (Vec::new(), Vec::new());
        for new in rows {
            lines.push(new.line);
            numbers.push(self.requests.number(new.key, ordinal(new))?);
        }
        let numbers: Vec<Vec<Value<'_>>> =
            numbers.iter().map(|number| vec![number.as_str().into()]).collect();
        let find = "SELECT openid, others, forgotten_at FROM intent WHERE out_request_no = ?1";
        let mut found = HashMap::new();
        self.sql.each_of(find, &numbers, &mut |at, row| {
            if let Some(line) = lines.get(at) {
                let forgotten = row.get::<Option<i64>>(2)?.is_some();
                found.insert(*line, Kept { openid: row.get(0)?, forgotten, others: row.get(1)? });
            }
            Ok(())
        })?;
        Ok(found)
    }

    fn others(&self, row: &Row) -> Result<Option<String>, LedgerError> {
        if self.others.is_empty() {
            return Ok(None);
        }
        let cells: Vec<&str> = self.columns.other_cells(row).collect();
        let cells: Vec<Option<&str>> =
            self.others.iter().map(|at| at.and_then(|at| cells.get(at)).copied()).collect();
        campaigns::json(&self.requests.campaign, "a row of its list", &cells).map(Some)
    }
}

impl Refused {
    fn add(&mut self, new: &New<'_>, columns: &Columns) {
        self.count = self.count.saturating_add(1);
        if self.rows.len() < NAMED {
            // A key may be the openid also where it has a column of its own.
            let is_shown = columns.key_column().is_some() && new.key != new.operation.openid.as_str();
            self.rows.push((new.line, is_shown.then(|| new.key.to_owned())));
        }
    }
}

/// Whether two lists of cells are the same, but for columns that came later.
fn same(kept: Option<&str>, given: Option<&str>) -> bool {
    let cells = |text: Option<&str>| {
        let mut cells: Vec<Option<String>> =
            text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        while cells.last().is_some_and(Option::is_none) {
            cells.pop();
        }
        cells
    };
    kept == given || cells(kept) == cells(given)
}

/// Counts the users of the campaign, and those whom other campaigns have, too.
fn users(sql: &dyn Sql, campaign: i64, plan: &Plan, planned: &mut Planned) -> Result<(), Failure> {
    let users = "SELECT count(*), CAST(coalesce(sum(intents), 0) AS BIGINT), coalesce(max(intents), 0), \
                 count(*) FILTER (WHERE intents > 1), count(*) FILTER (WHERE intents > ?2) \
                 FROM (SELECT count(*) AS intents FROM intent WHERE campaign = ?1 GROUP BY openid) AS users";
    let limit = plan.max_per_user.map_or(i64::MAX, to_sql);
    sql.each(users, &[campaign.into(), limit.into()], &mut |row| {
        planned.users = row.get(0)?;
        planned.intents = row.get(1)?;
        planned.most_per_user = row.get(2)?;
        planned.repeated_users = row.get(3)?;
        planned.users_over_limit = row.get(4)?;
        Ok(())
    })?;
    let overlaps = "SELECT other.name, count(DISTINCT openid) FROM campaign AS other \
                    JOIN intent ON intent.campaign = other.id \
                    WHERE other.stock_id = ?2 AND other.id <> ?1 \
                    AND openid IN (SELECT openid FROM intent WHERE campaign = ?1) \
                    GROUP BY other.id ORDER BY other.id";
    planned.overlaps = sql.list(overlaps, &[campaign.into(), plan.stock_id.as_str().into()], |row| {
        Ok(Overlap { campaign: row.get(0)?, users: row.get(1)? })
    })?;
    Ok(())
}
