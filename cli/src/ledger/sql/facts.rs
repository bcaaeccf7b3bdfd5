use wechatpay_core::bulk::{Details, Fact, History, IntentId, Standing};

use super::number::{from_sql, to_sql};
use super::{Failure, Row, Sql, Value};
use crate::ledger::LedgerError;

const ATTEMPTS: &str = "SELECT n, began_at, ended_at, verdict FROM attempt WHERE intent = ?1";
const SETTLEMENTS: &str = "SELECT fact FROM settlement WHERE intent = ?1";

/// Hands what a row says of an intent to a function.
type ReadFact = fn(Row<'_>, i64, &mut dyn FnMut(Fact)) -> Result<(), Failure>;

/// A fact to be kept, with what people may want to know.
pub(in crate::ledger) struct New<'a> {
    pub(in crate::ledger) intent: i64,
    pub(in crate::ledger) fact: &'a Fact,
    pub(in crate::ledger) details: Option<&'a Details>,
    /// Who says it, and why. `None` for the sender.
    pub(in crate::ledger) author: Option<(&'a str, &'a str)>,
}

/// Hands all facts of an intent to `add`.
pub(in crate::ledger) fn each(sql: &dyn Sql, intent: i64, mut add: impl FnMut(Fact)) -> Result<(), Failure> {
    sql.each(ATTEMPTS, &[intent.into()], &mut |row| attempt(row, intent, &mut add))?;
    sql.each(SETTLEMENTS, &[intent.into()], &mut |row| settlement(row, intent, &mut add))
}

/// Reads all facts of each of the intents, in their order.
pub(in crate::ledger) fn histories(sql: &dyn Sql, intents: &[i64]) -> Result<Vec<History>, Failure> {
    let mut histories = vec![History::default(); intents.len()];
    let keys: Vec<Vec<Value<'_>>> = intents.iter().map(|intent| vec![(*intent).into()]).collect();
    let mut all = |statement: &str, read: ReadFact| {
        sql.each_of(statement, &keys, &mut |at, row| match (intents.get(at), histories.get_mut(at)) {
            (Some(intent), Some(history)) => read(row, *intent, &mut |fact| history.add(fact)),
            _ => Ok(()),
        })
    };
    all(ATTEMPTS, attempt)?;
    all(SETTLEMENTS, settlement)?;
    Ok(histories)
}

fn attempt(row: Row<'_>, intent: i64, add: &mut dyn FnMut(Fact)) -> Result<(), Failure> {
    let attempt = row.get(0)?;
    add(Fact::Began { attempt, at: row.get(1)? });
    if let Some(at) = row.get::<Option<u64>>(2)? {
        let verdict: Option<String> = row.get(3)?;
        let verdict = verdict.and_then(|verdict| serde_json::from_str(&verdict).ok());
        let verdict = verdict.ok_or_else(|| unreadable(from_sql(intent), "the verdict of an attempt"))?;
        add(Fact::Ended { attempt, at, verdict });
    }
    Ok(())
}

fn settlement(row: Row<'_>, intent: i64, add: &mut dyn FnMut(Fact)) -> Result<(), Failure> {
    let fact: Option<String> = row.get(0)?;
    let fact = fact.and_then(|fact| serde_json::from_str(&fact).ok());
    add(fact.ok_or_else(|| unreadable(from_sql(intent), "a settlement"))?);
    Ok(())
}

/// Keeps facts that are new.
pub(in crate::ledger) fn add_all(sql: &dyn Sql, new: &[New<'_>]) -> Result<(), Failure> {
    let began: Vec<_> = new
        .iter()
        .filter_map(|new| match new.fact {
            Fact::Began { attempt, at } => Some(vec![new.intent.into(), (*attempt).into(), (*at).into()]),
            _ => None,
        })
        .collect();
    let statement = "INSERT INTO attempt(intent, n, began_at) VALUES (?1, ?2, ?3) \
                     ON CONFLICT(intent, n) DO UPDATE SET began_at = excluded.began_at";
    sql.execute_all(statement, &began)?;
    let texts: Vec<Option<String>> = new
        .iter()
        .map(|new| match new.fact {
            Fact::Began { .. } => Ok(None),
            Fact::Ended { verdict, .. } => json(new.intent, verdict).map(Some),
            other => json(new.intent, other).map(Some),
        })
        .collect::<Result<_, _>>()?;
    let with_texts = || new.iter().zip(texts.iter().map(Option::as_deref));
    let ended: Vec<_> = with_texts()
        .filter_map(|(new, verdict)| {
            let Fact::Ended { attempt, at, .. } = new.fact else { return None };
            let details = new.details;
            Some(vec![
                new.intent.into(),
                (*attempt).into(),
                (*at).into(),
                verdict.into(),
                details.and_then(|it| it.http_status).into(),
                details.and_then(|it| it.code.as_deref()).into(),
                details.and_then(|it| it.internal_code.as_deref()).into(),
                details.and_then(|it| it.request_id.as_deref()).into(),
                details.map(|it| it.text.as_str()).into(),
            ])
        })
        .collect();
    let statement = "INSERT INTO attempt(intent, n, began_at, ended_at, verdict, http, code, internal_code, \
                     request_id, text) VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
                     ON CONFLICT(intent, n) DO UPDATE SET ended_at = excluded.ended_at, verdict = excluded.verdict, \
                     http = excluded.http, code = excluded.code, internal_code = excluded.internal_code, \
                     request_id = excluded.request_id, text = excluded.text";
    sql.execute_all(statement, &ended)?;
    let settled: Vec<_> = with_texts()
        .filter(|(new, _)| !matches!(new.fact, Fact::Began { .. } | Fact::Ended { .. }))
        .map(|(new, fact)| {
            let (who, note) = new.author.unzip();
            vec![new.intent.into(), fact.into(), who.into(), note.into()]
        })
        .collect();
    let now = sql.now();
    let statement =
        format!("INSERT INTO settlement(intent, at, fact, who, note) VALUES (?1, {now}, ?2, ?3, ?4)");
    sql.execute_all(&statement, &settled)?;
    Ok(())
}

/// Where an intent stands, and whether an attempt may have taken effect.
pub(in crate::ledger) struct Stands {
    pub(in crate::ledger) intent: i64,
    pub(in crate::ledger) standing: Standing,
    pub(in crate::ledger) maybe: bool,
}

/// Writes where the intents stand.
pub(in crate::ledger) fn stand_all(sql: &dyn Sql, all: &[Stands]) -> Result<(), Failure> {
    let rows: Vec<Vec<Value<'_>>> = all
        .iter()
        .map(|stands| {
            let (retry_at, coupon_id) = match &stands.standing {
                Standing::Retry(at) => (Some(to_sql(*at)), None),
                Standing::Sent(coupon_id) => (None, Some(coupon_id.as_str())),
                _ => (None, None),
            };
            vec![
                stands.standing.name().into(),
                retry_at.into(),
                coupon_id.into(),
                stands.maybe.into(),
                stands.intent.into(),
            ]
        })
        .collect();
    let statement =
        "UPDATE intent SET standing = ?1, retry_at = ?2, coupon_id = ?3, maybe = ?4 WHERE id = ?5";
    let changed = sql.execute_all(statement, &rows)?;
    match all.iter().zip(changed).find(|(_, changed)| *changed == 0) {
        Some((missing, _)) => Err(LedgerError::NoIntent(from_sql(missing.intent)).into()),
        None => Ok(()),
    }
}

/// Reads a standing as [`stand_all`] writes it.
pub(in crate::ledger) fn standing(
    name: &str,
    retry_at: Option<i64>,
    coupon_id: Option<String>,
) -> Option<Standing> {
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

pub(in crate::ledger) fn unreadable(intent: IntentId, what: &'static str) -> Failure {
    LedgerError::Unreadable { intent, what }.into()
}

fn json(intent: i64, value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|_| unreadable(from_sql(intent), "a fact"))
}
