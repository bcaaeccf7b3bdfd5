use rusqlite::{CachedStatement, Connection, params};
use wechatpay_core::types::{Mchid, Openid};

use super::campaigns;
use super::db::Failure;
use super::number::{from_sql, to_sql};
use super::schema::NOW;
use crate::ledger::request::{Requests, fingerprint};
use crate::ledger::{Campaign, LedgerError, Overlap, Plan, Planned, lane};
use crate::list::{Columns, ListError, ListProblem, Row};

/// How many rows an error names.
const NAMED: usize = 10;

pub(super) fn plan(
    connection: &Connection,
    mchid: &Mchid,
    plan: &Plan,
    columns: &Columns,
    rows: &mut dyn Iterator<Item = Result<Row, ListError>>,
) -> Result<Planned, Failure> {
    plan.check_name()?;
    let (campaign, names) = campaign(connection, plan, columns)?;
    let requests = Requests {
        mchid: mchid.clone(),
        campaign: plan.campaign.clone(),
        stock_id: plan.stock_id.clone(),
        creator: plan.creator.clone(),
        appid: plan.appid.clone(),
    };
    let mut planned = Planned::default();
    let mut refused = Refused::default();
    {
        let mut writer = Writer::new(connection, campaign, &requests, columns, &names)?;
        for row in rows {
            writer.row(&row.map_err(LedgerError::List)?, &mut planned, &mut refused)?;
        }
    }
    connection.execute("DELETE FROM temp.seen", [])?;
    if planned.rows == 0 {
        return Err(LedgerError::List(ListError::whole(ListProblem::NoRows)).into());
    }
    if refused.count > 0 {
        return Err(LedgerError::OtherUser { rows: refused.rows, count: refused.count }.into());
    }
    users(connection, campaign, plan, &mut planned)?;
    Ok(planned)
}

#[derive(Default)]
struct Refused {
    rows: Vec<(u64, Option<String>)>,
    count: u64,
}

/// Returns the id of the campaign, which is created if it does not exist, and the names of its other columns.
fn campaign(connection: &Connection, plan: &Plan, columns: &Columns) -> Result<(i64, Vec<String>), Failure> {
    let known = campaigns::find(connection, &plan.campaign)?;
    let mut names = match &known {
        Some((_, known)) => {
            compare(known, plan, columns)?;
            known.columns.clone()
        }
        None => Vec::new(),
    };
    let new: Vec<&String> = columns.names().iter().filter(|name| !names.contains(name)).collect();
    names.extend(new.into_iter().cloned().collect::<Vec<_>>());
    let json = campaigns::json(&plan.campaign, "the names of its columns", &names)?;
    let face_value = plan.face_value.map(wechatpay_core::types::Fen::get);
    let id = match known {
        Some((id, _)) => {
            let update = "UPDATE campaign SET columns = ?, face_fen = coalesce(?, face_fen) WHERE id = ?";
            connection.execute(update, params![json, face_value, id])?;
            id
        }
        None => {
            let insert = format!(
                "INSERT INTO campaign(name, stock_id, creator, appid, face_fen, columns, key_column, created_at) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, {NOW})"
            );
            let (stock_id, creator, appid) =
                (plan.stock_id.as_str(), plan.creator.as_str(), plan.appid.as_str());
            let key = columns.key_column();
            let row = params![plan.campaign, stock_id, creator, appid, face_value, json, key];
            connection.execute(&insert, row)?;
            connection.last_insert_rowid()
        }
    };
    names.retain(|name| name != "openid" && Some(name.as_str()) != columns.key_column());
    Ok((id, names))
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

/// Writes rows as intents.
struct Writer<'a> {
    seen: CachedStatement<'a>,
    insert: CachedStatement<'a>,
    find: CachedStatement<'a>,
    campaign: i64,
    requests: &'a Requests,
    columns: &'a Columns,
    /// For each other column of the campaign, where it is among the other columns of this list.
    others: Vec<Option<usize>>,
}

impl<'a> Writer<'a> {
    fn new(
        connection: &'a Connection,
        campaign: i64,
        requests: &'a Requests,
        columns: &'a Columns,
        names: &[String],
    ) -> Result<Self, Failure> {
        // In a file of SQLite's own, so that a long list takes no memory.
        connection.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS seen(key TEXT NOT NULL PRIMARY KEY, rows INTEGER NOT NULL) WITHOUT ROWID; \
             DELETE FROM temp.seen",
        )?;
        let seen =
            "INSERT INTO temp.seen VALUES (?, 1) ON CONFLICT DO UPDATE SET rows = rows + 1 RETURNING rows";
        let insert = "INSERT INTO intent(campaign, key, ordinal, openid, lane, out_request_no, fingerprint, others) \
                      VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(out_request_no) DO NOTHING";
        let find = "SELECT openid, others FROM intent WHERE out_request_no = ?";
        let others = names.iter().map(|name| columns.others().position(|other| other == name)).collect();
        Ok(Self {
            seen: connection.prepare_cached(seen)?,
            insert: connection.prepare_cached(insert)?,
            find: connection.prepare_cached(find)?,
            campaign,
            requests,
            columns,
            others,
        })
    }

    fn row(&mut self, row: &Row, planned: &mut Planned, refused: &mut Refused) -> Result<(), Failure> {
        planned.rows = planned.rows.saturating_add(1);
        let (key, openid) = self.columns.key_and_openid(row).map_err(LedgerError::List)?;
        let ordinal: u64 = from_sql(self.seen.query_row([key], |row| row.get(0))?);
        let other_user = |refused: &mut Refused| {
            refused.count = refused.count.saturating_add(1);
            if refused.rows.len() < NAMED {
                // A key may be the openid also where it has a column of its own.
                let shown = self.columns.key_column().filter(|_| key != openid).map(|_| key.to_owned());
                refused.rows.push((row.line, shown));
            }
        };
        if ordinal > 1 && self.find(key, 1)?.is_some_and(|(first, _)| first != openid) {
            other_user(refused);
            return Ok(());
        }
        let number = self.requests.number(key, ordinal)?;
        let operation = self.requests.operation(Openid::from(openid), number);
        let fingerprint =
            fingerprint(&operation).map_err(|error| LedgerError::Row { line: row.line, error })?;
        let others = self.others(row)?;
        let inserted = self.insert.execute(params![
            self.campaign,
            self.columns.key_column().map(|_| key),
            to_sql(ordinal),
            openid,
            lane(&operation.openid)?,
            operation.out_request_no.as_str(),
            fingerprint,
            others,
        ])?;
        if inserted == 1 {
            planned.new = planned.new.saturating_add(1);
            return Ok(());
        }
        match self.find(key, ordinal)? {
            Some((known, kept)) if known == openid => {
                planned.existing = planned.existing.saturating_add(1);
                let other = !same(kept.as_deref(), others.as_deref());
                planned.other_cells = planned.other_cells.saturating_add(other.into());
            }
            _ => other_user(refused),
        }
        Ok(())
    }

    /// Returns the user and the other cells of an intent.
    fn find(&mut self, key: &str, ordinal: u64) -> Result<Option<(String, Option<String>)>, Failure> {
        let number = self.requests.number(key, ordinal)?;
        let mut rows = self.find.query([number.as_str()])?;
        Ok(rows.next()?.map(|row| Ok::<_, rusqlite::Error>((row.get(0)?, row.get(1)?))).transpose()?)
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
fn users(connection: &Connection, campaign: i64, plan: &Plan, planned: &mut Planned) -> Result<(), Failure> {
    let users = "SELECT count(*), coalesce(sum(intents), 0), coalesce(max(intents), 0), \
                 coalesce(sum(intents > 1), 0), coalesce(sum(intents > ?2), 0) \
                 FROM (SELECT count(*) AS intents FROM intent WHERE campaign = ?1 GROUP BY openid)";
    let limit = plan.max_per_user.map_or(i64::MAX, to_sql);
    connection.query_row(users, [campaign, limit], |row| {
        planned.users = from_sql(row.get(0)?);
        planned.intents = from_sql(row.get(1)?);
        planned.most_per_user = from_sql(row.get(2)?);
        planned.repeated_users = from_sql(row.get(3)?);
        planned.users_over_limit = from_sql(row.get(4)?);
        Ok(())
    })?;
    let overlaps = "SELECT other.name, count(DISTINCT openid) FROM campaign AS other \
                    JOIN intent ON intent.campaign = other.id \
                    WHERE other.stock_id = ?2 AND other.id <> ?1 \
                    AND openid IN (SELECT openid FROM intent WHERE campaign = ?1) \
                    GROUP BY other.id ORDER BY other.id";
    let mut overlaps = connection.prepare(overlaps)?;
    let mut rows = overlaps.query(params![campaign, plan.stock_id.as_str()])?;
    while let Some(row) = rows.next()? {
        planned.overlaps.push(Overlap { campaign: row.get(0)?, users: from_sql(row.get(1)?) });
    }
    Ok(())
}
