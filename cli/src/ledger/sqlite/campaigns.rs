use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::de::DeserializeOwned;
use wechatpay_core::types::{Fen, Mchid};

use super::db::Failure;
use super::number::from_sql;
use super::schema::NOW;
use crate::ledger::request::Requests;
use crate::ledger::{Campaign, LedgerError};

const COLUMNS: &str = "id, name, stock_id, creator, appid, face_fen, columns, key_column, created_at, paused, stop, \
                       stopped_at, health";

pub(super) fn all(connection: &Connection) -> Result<Vec<Campaign>, Failure> {
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM campaign ORDER BY id"))?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row)?.1);
    }
    Ok(all)
}

/// Returns a campaign with its id.
pub(super) fn named(connection: &Connection, name: &str) -> Result<(i64, Campaign), Failure> {
    find(connection, name)?.ok_or_else(|| LedgerError::NoCampaign(name.to_owned()).into())
}

pub(super) fn find(connection: &Connection, name: &str) -> Result<Option<(i64, Campaign)>, Failure> {
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM campaign WHERE name = ?"))?;
    let mut rows = statement.query([name])?;
    rows.next()?.map(read).transpose()
}

pub(super) fn id(connection: &Connection, name: &str) -> Result<i64, Failure> {
    let id = connection
        .query_row("SELECT id FROM campaign WHERE name = ?", [name], |row| row.get(0))
        .optional()?;
    id.ok_or_else(|| LedgerError::NoCampaign(name.to_owned()).into())
}

/// What the requests of a campaign have in common.
pub(super) fn requests(mchid: &Mchid, campaign: &Campaign) -> Requests {
    Requests {
        mchid: mchid.clone(),
        campaign: campaign.name.clone(),
        stock_id: campaign.stock_id.clone(),
        creator: campaign.creator.clone(),
        appid: campaign.appid.clone(),
    }
}

pub(super) fn pause(connection: &Connection, name: &str) -> Result<(), Failure> {
    connection.execute("UPDATE campaign SET paused = 1 WHERE id = ?", [id(connection, name)?])?;
    Ok(())
}

pub(super) fn resume(connection: &Connection, name: &str) -> Result<(), Failure> {
    let (id, campaign) = named(connection, name)?;
    let health = json(name, "its health", &campaign.health.resumed())?;
    let resume = "UPDATE campaign SET paused = 0, stop = NULL, stopped_at = NULL, health = ? WHERE id = ?";
    connection.execute(resume, params![health, id])?;
    Ok(())
}

/// Stops a campaign, unless it has stopped already.
pub(super) fn stop(connection: &Connection, id: i64, stop: &str) -> Result<(), Failure> {
    let stopped = format!("UPDATE campaign SET stop = ?, stopped_at = {NOW} WHERE id = ? AND stop IS NULL");
    connection.prepare_cached(&stopped)?.execute(params![stop, id])?;
    Ok(())
}

/// Writes a value of a campaign as JSON.
pub(super) fn json(
    campaign: &str,
    what: &'static str,
    value: &impl serde::Serialize,
) -> Result<String, LedgerError> {
    serde_json::to_string(value).map_err(|_| unreadable(campaign, what))
}

fn parse<T: DeserializeOwned>(campaign: &str, what: &'static str, text: &str) -> Result<T, LedgerError> {
    serde_json::from_str(text).map_err(|_| unreadable(campaign, what))
}

fn unreadable(campaign: &str, what: &'static str) -> LedgerError {
    LedgerError::UnreadableCampaign { campaign: campaign.to_owned(), what }
}

fn read(row: &Row<'_>) -> Result<(i64, Campaign), Failure> {
    let name: String = row.get(1)?;
    let columns: String = row.get(6)?;
    let (stop, health): (Option<String>, Option<String>) = (row.get(10)?, row.get(12)?);
    let campaign = Campaign {
        stock_id: row.get::<_, String>(2)?.into(),
        creator: row.get::<_, String>(3)?.into(),
        appid: row.get::<_, String>(4)?.into(),
        face_value: row.get::<_, Option<i64>>(5)?.map(Fen::new),
        columns: parse(&name, "the names of its columns", &columns)?,
        key_column: row.get(7)?,
        created_at: from_sql(row.get(8)?),
        paused: row.get(9)?,
        stop: stop.map(|stop| parse(&name, "why it stopped", &stop)).transpose()?,
        stopped_at: row.get::<_, Option<i64>>(11)?.map(from_sql),
        health: health.map_or(Ok(Default::default()), |health| parse(&name, "its health", &health))?,
        name,
    };
    Ok((row.get(0)?, campaign))
}
