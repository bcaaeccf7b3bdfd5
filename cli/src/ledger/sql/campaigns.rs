use serde::de::DeserializeOwned;
use wechatpay_core::bulk::{Health, Order, Stop};
use wechatpay_core::types::{Fen, Mchid};

use super::{Failure, Row, Sql};
use crate::ledger::request::Requests;
use crate::ledger::{Campaign, LedgerError};

const COLUMNS: &str = "id, name, stock_id, creator, appid, face_fen, columns, key_column, created_at, paused, stop, \
                       stopped_at, health";

pub(in crate::ledger) fn all(sql: &dyn Sql) -> Result<Vec<Campaign>, Failure> {
    sql.list(&format!("SELECT {COLUMNS} FROM campaign ORDER BY id"), &[], |row| Ok(read(row)?.1))
}

/// Returns a campaign with its id.
pub(in crate::ledger) fn named(sql: &dyn Sql, name: &str) -> Result<(i64, Campaign), Failure> {
    find(sql, name)?.ok_or_else(|| LedgerError::NoCampaign(name.to_owned()).into())
}

pub(in crate::ledger) fn find(sql: &dyn Sql, name: &str) -> Result<Option<(i64, Campaign)>, Failure> {
    sql.first(&format!("SELECT {COLUMNS} FROM campaign WHERE name = ?1"), &[name.into()], read)
}

pub(in crate::ledger) fn id(sql: &dyn Sql, name: &str) -> Result<i64, Failure> {
    let id = sql.first("SELECT id FROM campaign WHERE name = ?1", &[name.into()], |row| row.get(0))?;
    id.ok_or_else(|| LedgerError::NoCampaign(name.to_owned()).into())
}

/// What the requests of a campaign have in common.
pub(in crate::ledger) fn requests(mchid: &Mchid, campaign: &Campaign) -> Requests {
    Requests {
        mchid: mchid.clone(),
        campaign: campaign.name.clone(),
        stock_id: campaign.stock_id.clone(),
        creator: campaign.creator.clone(),
        appid: campaign.appid.clone(),
    }
}

pub(in crate::ledger) fn pause(sql: &dyn Sql, name: &str) -> Result<(), Failure> {
    sql.execute("UPDATE campaign SET paused = 1 WHERE id = ?1", &[id(sql, name)?.into()])?;
    Ok(())
}

pub(in crate::ledger) fn resume(sql: &dyn Sql, name: &str) -> Result<(), Failure> {
    let (id, campaign) = named(sql, name)?;
    let health = json(name, "its health", &campaign.health.resumed())?;
    let resume = "UPDATE campaign SET paused = 0, stop = NULL, stopped_at = NULL, health = ?1 WHERE id = ?2";
    sql.execute(resume, &[(&health).into(), id.into()])?;
    Ok(())
}

/// Stops a campaign, unless it has stopped already.
pub(in crate::ledger) fn stop(sql: &dyn Sql, id: i64, stop: &Stop) -> Result<(), Failure> {
    let stop = json("", "why it stops", stop)?;
    let now = sql.now();
    let stopped = format!("UPDATE campaign SET stop = ?1, stopped_at = {now} WHERE id = ?2 AND stop IS NULL");
    sql.execute(&stopped, &[(&stop).into(), id.into()])?;
    Ok(())
}

/// Writes the state of the breakers.
pub(in crate::ledger) fn set_health(sql: &dyn Sql, id: i64, health: &Health) -> Result<(), Failure> {
    let health = json("", "its health", health)?;
    sql.execute("UPDATE campaign SET health = ?1 WHERE id = ?2", &[(&health).into(), id.into()])?;
    Ok(())
}

/// Returns the state of the breakers. No other process changes it until the transaction ends.
#[cfg(feature = "postgres")]
pub(in crate::ledger) fn health_for_update(sql: &dyn Sql, id: i64) -> Result<Health, Failure> {
    let health = format!("SELECT health FROM campaign WHERE id = ?1{}", sql.for_update());
    let health: Option<String> = sql.first(&health, &[id.into()], |row| row.get(0))?.flatten();
    Ok(health.map_or(Ok(Health::default()), |health| parse("", "its health", &health))?)
}

/// What a person has ordered, or a breaker.
pub(in crate::ledger) fn order(sql: &dyn Sql, id: i64) -> Result<Order, Failure> {
    let held =
        "SELECT CASE WHEN paused = 1 OR stop IS NOT NULL THEN 1 ELSE 0 END FROM campaign WHERE id = ?1";
    let held = sql.first(held, &[id.into()], |row| row.get(0))?;
    Ok(if held == Some(false) { Order::Go } else { Order::Pause })
}

/// Writes a value of a campaign as JSON.
pub(in crate::ledger) fn json(
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

fn read(row: Row<'_>) -> Result<(i64, Campaign), Failure> {
    let name: String = row.get(1)?;
    let columns: String = row.get(6)?;
    let (stop, health): (Option<String>, Option<String>) = (row.get(10)?, row.get(12)?);
    let campaign = Campaign {
        stock_id: row.get::<String>(2)?.into(),
        creator: row.get::<String>(3)?.into(),
        appid: row.get::<String>(4)?.into(),
        face_value: row.get::<Option<i64>>(5)?.map(Fen::new),
        columns: parse(&name, "the names of its columns", &columns)?,
        key_column: row.get(7)?,
        created_at: row.get(8)?,
        paused: row.get(9)?,
        stop: stop.map(|stop| parse(&name, "why it stopped", &stop)).transpose()?,
        stopped_at: row.get(11)?,
        health: health.map_or(Ok(Default::default()), |health| parse(&name, "its health", &health))?,
        name,
    };
    Ok((row.get(0)?, campaign))
}
