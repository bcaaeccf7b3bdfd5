use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use wechatpay_core::types::{Mchid, UnixMillis};

use super::db::Failure;
use super::number::{from_sql, to_sql};
use super::{campaigns, rows};
use crate::ledger::{Counts, IntentRow, LedgerError, Minute, RefusalGroup, Selection};

const MINUTE: i64 = 60_000;

pub(super) fn counts(connection: &Connection, campaign: i64) -> Result<Counts, Failure> {
    let mut counts = Counts::default();
    let count = "SELECT standing, count(*) FROM intent WHERE campaign = ? GROUP BY standing";
    let mut count = connection.prepare_cached(count)?;
    let mut rows = count.query([campaign])?;
    while let Some(row) = rows.next()? {
        if let Some(count) = counts.named(row.get_ref(0)?.as_str().unwrap_or_default()) {
            *count = from_sql(row.get(1)?);
        }
    }
    Ok(counts)
}

pub(super) fn refusals(connection: &Connection, campaign: i64) -> Result<Vec<RefusalGroup>, Failure> {
    let groups = "SELECT a.code, a.internal_code, max(a.text), count(*) FROM intent AS i \
                  LEFT JOIN attempt AS a ON a.intent = i.id AND a.n = (SELECT max(n) FROM attempt WHERE intent = i.id) \
                  WHERE i.campaign = ? AND i.standing = 'refused' \
                  GROUP BY a.code, a.internal_code ORDER BY count(*) DESC, a.code, a.internal_code";
    let mut groups = connection.prepare(groups)?;
    let groups = groups.query_map([campaign], |row| {
        Ok(RefusalGroup {
            code: row.get(0)?,
            internal_code: row.get(1)?,
            text: row.get(2)?,
            intents: from_sql(row.get(3)?),
        })
    })?;
    Ok(groups.collect::<Result<_, _>>()?)
}

pub(super) fn minutes(
    connection: &Connection,
    campaign: i64,
    since: UnixMillis,
) -> Result<Vec<Minute>, Failure> {
    let minutes = "SELECT began_at / ?3, count(*), sum(coalesce(verdict, '') LIKE '{\"sent\":%'), \
                   sum(coalesce(verdict, '') = '\"rate_limited\"') \
                   FROM attempt JOIN intent ON intent.id = attempt.intent \
                   WHERE intent.campaign = ?1 AND began_at >= ?2 GROUP BY 1 ORDER BY 1";
    let mut minutes = connection.prepare(minutes)?;
    let minutes = minutes.query_map([campaign, to_sql(since), MINUTE], |row| {
        Ok(Minute {
            at: from_sql(row.get::<_, i64>(0)?.saturating_mul(MINUTE)),
            attempts: from_sql(row.get(1)?),
            sent: from_sql(row.get(2)?),
            rate_limited: from_sql(row.get(3)?),
        })
    })?;
    Ok(minutes.collect::<Result<_, _>>()?)
}

pub(super) fn intents(
    connection: &Connection,
    mchid: &Mchid,
    campaign: &str,
    selection: &Selection,
    take: &mut dyn FnMut(IntentRow) -> Result<(), LedgerError>,
) -> Result<u64, Failure> {
    let (condition, values) = condition(connection, mchid, campaign, selection)?;
    let mut statement = connection.prepare(&format!("{} WHERE {condition} ORDER BY i.id", rows::SELECT))?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut taken: u64 = 0;
    while let Some(row) = rows.next()? {
        take(rows::read(row)?)?;
        taken = taken.saturating_add(1);
    }
    Ok(taken)
}

pub(super) fn ids(
    connection: &Connection,
    mchid: &Mchid,
    campaign: &str,
    selection: &Selection,
) -> Result<Vec<i64>, Failure> {
    let (condition, values) = condition(connection, mchid, campaign, selection)?;
    let mut statement =
        connection.prepare(&format!("SELECT i.id FROM intent AS i WHERE {condition} ORDER BY i.id"))?;
    let ids = statement.query_map(params_from_iter(values), |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// Returns the condition on an intent, `i`, and its values.
fn condition(
    connection: &Connection,
    mchid: &Mchid,
    campaign: &str,
    selection: &Selection,
) -> Result<(&'static str, Vec<Value>), Failure> {
    let (id, campaign) = campaigns::named(connection, campaign)?;
    let (condition, value) = match selection {
        Selection::All => ("i.campaign = ?", None),
        Selection::Open => {
            ("i.campaign = ? AND i.standing IN ('planned', 'sending', 'retry', 'doubtful')", None)
        }
        Selection::Standing(name) => ("i.campaign = ? AND i.standing = ?", Some(name.clone().into())),
        Selection::Number(number) => {
            ("i.campaign = ? AND i.out_request_no = ?", Some(number.to_string().into()))
        }
        Selection::Id(id) => ("i.campaign = ? AND i.id = ?", Some(to_sql(*id).into())),
        Selection::Key(key) => {
            // There is no index of the keys, but one of the numbers.
            let requests = campaigns::requests(mchid, &campaign);
            let mut exists = connection.prepare("SELECT 1 FROM intent WHERE out_request_no = ?")?;
            let (mut numbers, mut ordinal) = (Vec::new(), 1_u64);
            loop {
                let number = requests.number(key, ordinal)?;
                if !exists.exists([number.as_str()])? {
                    break;
                }
                numbers.push(number);
                ordinal = ordinal.saturating_add(1);
            }
            let numbers = campaigns::json(&campaign.name, "its numbers", &numbers)?;
            ("i.campaign = ? AND i.out_request_no IN (SELECT value FROM json_each(?))", Some(numbers.into()))
        }
    };
    Ok((condition, std::iter::once(id.into()).chain(value).collect()))
}
