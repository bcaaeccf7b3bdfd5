use rusqlite::{Connection, OptionalExtension as _, params};
use wechatpay_core::bulk::{Decision, Fact, Policy, Standing};

use super::db::Failure;
use super::facts;
use super::number::from_sql;
use super::schema::NOW;
use crate::ledger::{Author, Entry, LedgerError, Resolution, Resolved};

/// Adds what a person says to these intents, where it has an effect.
pub(super) fn resolve(
    connection: &Connection,
    intents: &[i64],
    resolution: &Resolution,
    author: &Author,
    policy: &Policy,
) -> Result<Resolved, Failure> {
    if let Resolution::Found(coupon_id) = resolution {
        let [intent] = intents else {
            return Err(LedgerError::OneIntent(u64::try_from(intents.len()).unwrap_or(u64::MAX)).into());
        };
        let taken = "SELECT id FROM intent WHERE coupon_id = ? AND id <> ?";
        let taken =
            connection.query_row(taken, params![coupon_id.as_str(), intent], |row| row.get(0)).optional()?;
        if let Some(other) = taken {
            let coupon_id = coupon_id.to_string();
            return Err(LedgerError::CouponTaken { coupon_id, intent: from_sql(other) }.into());
        }
    }
    let mut resolved = Resolved::default();
    let last = "SELECT coalesce(max(ended_at), 0) FROM attempt WHERE intent = ?";
    let mut last = connection.prepare(last)?;
    for &intent in intents {
        let mut history = facts::history(connection, intent)?;
        let before = history.standing(policy);
        let fact = match resolution {
            Resolution::Found(coupon_id) => Fact::Found(coupon_id.as_str().to_owned()),
            Resolution::Decided(decision) => {
                // Whoever decides knows the last attempt, even if the clock was set back since then.
                let ended = from_sql(last.query_row([intent], |row| row.get(0))?);
                Fact::Decided { at: author.at.max(ended), decision: *decision }
            }
        };
        history.add(fact.clone());
        let after = history.standing(policy);
        if after == before || !is_meant(resolution, &after) {
            resolved.unchanged = resolved.unchanged.saturating_add(1);
            continue;
        }
        facts::add(connection, intent, &fact, None, Some((&author.who, &author.note)))?;
        facts::stand(connection, intent, &history, policy)?;
        resolved.changed = resolved.changed.saturating_add(1);
    }
    Ok(resolved)
}

/// Whether an intent stands where the person wants it. To cancel what was tried would only undo an earlier decision.
fn is_meant(resolution: &Resolution, after: &Standing) -> bool {
    match resolution {
        Resolution::Decided(Decision::NotSent) => *after == Standing::Refused,
        Resolution::Decided(Decision::Repeat) => matches!(after, Standing::Retry(_)),
        Resolution::Decided(_) => *after == Standing::Cancelled,
        Resolution::Found(coupon_id) => matches!(after, Standing::Sent(known) if coupon_id == known.as_str()),
    }
}

pub(super) fn note(
    connection: &Connection,
    who: &str,
    command: &str,
    arguments: &str,
) -> Result<(), Failure> {
    let insert = format!("INSERT INTO audit(at, who, command, arguments) VALUES ({NOW}, ?, ?, ?)");
    connection.execute(&insert, [who, command, arguments])?;
    Ok(())
}

pub(super) fn notes(connection: &Connection) -> Result<Vec<Entry>, Failure> {
    let mut statement = connection.prepare("SELECT at, who, command, arguments FROM audit ORDER BY id")?;
    let entries = statement.query_map([], |row| {
        Ok(Entry {
            at: from_sql(row.get(0)?),
            who: row.get(1)?,
            command: row.get(2)?,
            arguments: row.get(3)?,
        })
    })?;
    Ok(entries.collect::<Result<_, _>>()?)
}
