use std::collections::BTreeSet;

use wechatpay_core::bulk::{Decision, Fact, Policy, Standing};

use super::facts::{New, Stands, add_all, histories, stand_all};
use super::{Failure, Sql, Value};
use crate::ledger::{Author, Entry, LedgerError, Resolution, Resolved};

/// How many intents are decided about at a time.
const CHUNK: usize = 500;

/// Adds what a person says to these intents, where it has an effect.
pub(in crate::ledger) fn resolve(
    sql: &dyn Sql,
    intents: &[i64],
    resolution: &Resolution,
    author: &Author,
    policy: &Policy,
) -> Result<Resolved, Failure> {
    if let Resolution::Found(coupon_id) = resolution {
        let [intent] = intents else {
            return Err(LedgerError::OneIntent(u64::try_from(intents.len()).unwrap_or(u64::MAX)).into());
        };
        let taken = "SELECT id FROM intent WHERE coupon_id = ?1 AND id <> ?2";
        let taken = sql.first(taken, &[coupon_id.as_str().into(), (*intent).into()], |row| row.get(0))?;
        if let Some(intent) = taken {
            return Err(LedgerError::CouponTaken { coupon_id: coupon_id.to_string(), intent }.into());
        }
    }
    let mut resolved = Resolved::default();
    for intents in intents.chunks(CHUNK) {
        let mut facts = Vec::new();
        let mut stands = Vec::new();
        let forgotten = forgotten(sql, intents)?;
        for (&intent, mut history) in intents.iter().zip(histories(sql, intents)?) {
            let before = history.standing(policy);
            let fact = match resolution {
                Resolution::Found(coupon_id) => Fact::Found(coupon_id.as_str().to_owned()),
                // Whoever decides knows the last attempt, even if the clock was set back since then.
                Resolution::Decided(decision) => Fact::Decided {
                    at: author.at.max(history.last_end().unwrap_or_default()),
                    decision: *decision,
                },
            };
            history.add(fact.clone());
            let standing = history.standing(policy);
            // Its request cannot be made any more.
            let is_lost = forgotten.contains(&intent) && !standing.is_final();
            if standing == before || is_lost || !is_meant(resolution, &standing) {
                resolved.unchanged = resolved.unchanged.saturating_add(1);
                continue;
            }
            facts.push((intent, fact));
            stands.push(Stands { intent, standing, maybe: history.may_have_happened() });
            resolved.changed = resolved.changed.saturating_add(1);
        }
        let author = Some((author.who.as_str(), author.note.as_str()));
        let new = facts.iter().map(|(intent, fact)| New { intent: *intent, fact, details: None, author });
        add_all(sql, &new.collect::<Vec<_>>())?;
        stand_all(sql, &stands)?;
    }
    Ok(resolved)
}

/// Returns those whose openid was forgotten.
fn forgotten(sql: &dyn Sql, intents: &[i64]) -> Result<BTreeSet<i64>, Failure> {
    let forgotten = "SELECT id FROM intent WHERE id = ?1 AND forgotten_at IS NOT NULL";
    let keys: Vec<Vec<Value<'_>>> = intents.iter().map(|intent| vec![(*intent).into()]).collect();
    let mut found = BTreeSet::new();
    sql.each_of(forgotten, &keys, &mut |_, row| {
        found.insert(row.get(0)?);
        Ok(())
    })?;
    Ok(found)
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

pub(in crate::ledger) fn note(
    sql: &dyn Sql,
    who: &str,
    command: &str,
    arguments: &str,
) -> Result<(), Failure> {
    let now = sql.now();
    let insert = format!("INSERT INTO audit(at, who, command, arguments) VALUES ({now}, ?1, ?2, ?3)");
    sql.execute(&insert, &[who.into(), command.into(), arguments.into()])?;
    Ok(())
}

pub(in crate::ledger) fn notes(sql: &dyn Sql) -> Result<Vec<Entry>, Failure> {
    sql.list("SELECT at, who, command, arguments FROM audit ORDER BY id", &[], |row| {
        Ok(Entry { at: row.get(0)?, who: row.get(1)?, command: row.get(2)?, arguments: row.get(3)? })
    })
}
