use rusqlite::{Connection, params};
use wechatpay_core::bulk::{Details, Fact, History, IntentId, Policy, Standing};

use super::db::Failure;
use super::number::{from_sql, to_sql};
use super::schema::NOW;
use crate::ledger::LedgerError;

/// Reads all facts of an intent.
pub(super) fn history(connection: &Connection, intent: i64) -> Result<History, Failure> {
    let mut history = History::default();
    each(connection, intent, |fact| history.add(fact))?;
    Ok(history)
}

pub(super) fn each(connection: &Connection, intent: i64, mut add: impl FnMut(Fact)) -> Result<(), Failure> {
    let id = from_sql(intent);
    let attempts = "SELECT n, began_at, ended_at, verdict FROM attempt WHERE intent = ?";
    let mut attempts = connection.prepare_cached(attempts)?;
    let mut rows = attempts.query([intent])?;
    while let Some(row) = rows.next()? {
        let attempt = row.get(0)?;
        add(Fact::Began { attempt, at: from_sql(row.get(1)?) });
        if let Some(at) = row.get::<_, Option<i64>>(2)? {
            let verdict = row.get_ref(3)?.as_str_or_null().ok().flatten();
            let verdict = verdict.and_then(|verdict| serde_json::from_str(verdict).ok());
            let verdict = verdict.ok_or_else(|| unreadable(id, "the verdict of an attempt"))?;
            add(Fact::Ended { attempt, at: from_sql(at), verdict });
        }
    }
    let mut settlements = connection.prepare_cached("SELECT fact FROM settlement WHERE intent = ?")?;
    let mut rows = settlements.query([intent])?;
    while let Some(row) = rows.next()? {
        let fact = row.get_ref(0)?.as_str().ok().and_then(|fact| serde_json::from_str(fact).ok());
        add(fact.ok_or_else(|| unreadable(id, "a settlement"))?);
    }
    Ok(())
}

/// Keeps a fact that is new.
pub(super) fn add(
    connection: &Connection,
    intent: i64,
    fact: &Fact,
    details: Option<&Details>,
    author: Option<(&str, &str)>,
) -> Result<(), Failure> {
    match fact {
        Fact::Began { attempt, at } => {
            let began = "INSERT INTO attempt(intent, n, began_at) VALUES (?, ?, ?) \
                         ON CONFLICT DO UPDATE SET began_at = excluded.began_at";
            connection.prepare_cached(began)?.execute(params![intent, attempt, to_sql(*at)])?;
        }
        Fact::Ended { attempt, at, verdict } => {
            let ended = "INSERT INTO attempt(intent, n, began_at, ended_at, verdict, http, code, internal_code, \
                         request_id, text) VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
                         ON CONFLICT DO UPDATE SET ended_at = ?3, verdict = ?4, http = ?5, code = ?6, \
                         internal_code = ?7, request_id = ?8, text = ?9";
            connection.prepare_cached(ended)?.execute(params![
                intent,
                attempt,
                to_sql(*at),
                json(intent, verdict)?,
                details.and_then(|it| it.http_status),
                details.and_then(|it| it.code.as_deref()),
                details.and_then(|it| it.internal_code.as_deref()),
                details.and_then(|it| it.request_id.as_deref()),
                details.map(|it| it.text.as_str()),
            ])?;
        }
        other => {
            let settled =
                format!("INSERT INTO settlement(intent, at, fact, who, note) VALUES (?, {NOW}, ?, ?, ?)");
            let (who, note) = author.unzip();
            connection.prepare_cached(&settled)?.execute(params![intent, json(intent, other)?, who, note])?;
        }
    }
    Ok(())
}

/// Writes where the intent stands.
pub(super) fn stand(
    connection: &Connection,
    intent: i64,
    history: &History,
    policy: &Policy,
) -> Result<Standing, Failure> {
    let standing = history.standing(policy);
    let (retry_at, coupon_id) = match &standing {
        Standing::Retry(at) => (Some(to_sql(*at)), None),
        Standing::Sent(coupon_id) => (None, Some(coupon_id.as_str())),
        _ => (None, None),
    };
    let stands = "UPDATE intent SET standing = ?, retry_at = ?, coupon_id = ?, maybe = ? WHERE id = ?";
    let maybe = history.may_have_happened();
    let stands = connection.prepare_cached(stands)?.execute(params![
        standing.name(),
        retry_at,
        coupon_id,
        maybe,
        intent
    ])?;
    if stands == 0 {
        return Err(LedgerError::NoIntent(from_sql(intent)).into());
    }
    Ok(standing)
}

/// Reads a standing as [`stand`] writes it.
pub(super) fn standing(name: &str, retry_at: Option<i64>, coupon_id: Option<String>) -> Option<Standing> {
    Some(match (name, retry_at, coupon_id) {
        ("planned", None, None) => Standing::Planned,
        ("sending", None, None) => Standing::Sending,
        ("retry", Some(at), None) => Standing::Retry(from_sql(at)),
        ("sent", None, Some(coupon_id)) => Standing::Sent(coupon_id),
        ("refused", None, None) => Standing::Refused,
        ("doubtful", None, None) => Standing::Doubtful,
        ("cancelled", None, None) => Standing::Cancelled,
        _ => return None,
    })
}

pub(super) fn unreadable(intent: IntentId, what: &'static str) -> Failure {
    LedgerError::Unreadable { intent, what }.into()
}

fn json(intent: i64, value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|_| unreadable(from_sql(intent), "a fact"))
}
