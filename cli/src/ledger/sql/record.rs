//! Keeping what a sender says.

use std::collections::{BTreeMap, BTreeSet};

use wechatpay_core::bulk::{Fact, History, IntentId, Policy, Record, Standing, Stop, Verdict};
use wechatpay_core::error::StopReason;

use super::facts::{New, Stands, add_all, histories, stand_all};
use super::number::{from_sql, to_sql};
use super::{Failure, Sql, campaigns};
use crate::ledger::LedgerError;

/// An intent with all its facts, as the ledger has them now.
pub(in crate::ledger) struct Kept {
    pub(in crate::ledger) intent: IntentId,
    pub(in crate::ledger) history: History,
    pub(in crate::ledger) standing: Standing,
}

/// Leaves out the attempts that begin in this batch, of intents that are `lost`: their numbers may be those of another sender.
pub(in crate::ledger) fn without_lost(records: &[Record], lost: impl Fn(IntentId) -> bool) -> Vec<&Record> {
    let begun: BTreeSet<_> = begun(records).collect();
    let is_left_out = |record: &&Record| {
        let attempt = attempt_begun(record).or_else(|| attempt_ended(record));
        lost(record.intent) && attempt.is_some_and(|attempt| begun.contains(&attempt))
    };
    records.iter().filter(|record| !is_left_out(record)).collect()
}

/// Whether an attempt begins in this batch that does not end in it.
pub(in crate::ledger) fn is_anything_starting(records: &[Record]) -> bool {
    let ended: BTreeSet<_> = records.iter().filter_map(attempt_ended).collect();
    begun(records).any(|attempt| !ended.contains(&attempt))
}

/// The attempts that begin in this batch.
pub(in crate::ledger) fn begun(records: &[Record]) -> impl Iterator<Item = (IntentId, u32)> {
    records.iter().filter_map(attempt_begun)
}

fn attempt_begun(record: &Record) -> Option<(IntentId, u32)> {
    match record.fact {
        Fact::Began { attempt, .. } => Some((record.intent, attempt)),
        _ => None,
    }
}

fn attempt_ended(record: &Record) -> Option<(IntentId, u32)> {
    match record.fact {
        Fact::Ended { attempt, .. } => Some((record.intent, attempt)),
        _ => None,
    }
}

/// Keeps the facts that are new. Where an intent then stands follows from all its facts, because another process may have
/// added some that this sender does not know. What `known` has need not be read; it must be as it is in the ledger.
pub(in crate::ledger) fn keep(
    sql: &dyn Sql,
    campaign: i64,
    records: &[&Record],
    policy: &Policy,
    mut known: impl FnMut(IntentId) -> Option<History>,
) -> Result<Vec<Kept>, Failure> {
    let mut all: BTreeMap<i64, (History, bool)> = BTreeMap::new();
    let mut missing = Vec::new();
    for record in records {
        let intent = to_sql(record.intent);
        if all.contains_key(&intent) {
            continue;
        }
        match known(record.intent) {
            Some(history) => drop(all.insert(intent, (history, false))),
            None => {
                all.insert(intent, (History::default(), false));
                missing.push(intent);
            }
        }
    }
    missing.sort_unstable();
    are_of(sql, campaign, &missing)?;
    let read = missing.iter().copied().zip(histories(sql, &missing)?);
    all.extend(read.map(|(intent, history)| (intent, (history, false))));

    let mut new = Vec::new();
    for record in records {
        let Some((history, changed)) = all.get_mut(&to_sql(record.intent)) else { continue };
        let before = history.clone();
        history.add(record.fact.clone());
        if *history == before {
            continue;
        }
        *changed = true;
        if let Some(other) = other_coupon(&before, &record.fact, policy) {
            let why = format!(
                "intent {} has two coupons, {other}: WeChat Pay did not recognise its number",
                record.intent
            );
            campaigns::stop(sql, campaign, &Stop { reason: StopReason::Stock, why })?;
        }
        let details = record.details.as_ref();
        new.push(New { intent: to_sql(record.intent), fact: &record.fact, details, author: None });
    }
    add_all(sql, &new)?;
    let (mut kept, mut stands) = (Vec::with_capacity(all.len()), Vec::new());
    for (intent, (history, changed)) in all {
        let standing = history.standing(policy);
        if changed {
            let maybe = history.may_have_happened();
            stands.push(Stands { intent, standing: standing.clone(), maybe });
        }
        kept.push(Kept { intent: from_sql(intent), history, standing });
    }
    stand_all(sql, &stands)?;
    Ok(kept)
}

/// Whether all the intents are of the campaign. No other process can change them until the transaction ends.
fn are_of(sql: &dyn Sql, campaign: i64, intents: &[i64]) -> Result<(), Failure> {
    let owner = format!("SELECT campaign FROM intent WHERE id = ?1{}", sql.for_update());
    let keys: Vec<_> = intents.iter().map(|intent| vec![(*intent).into()]).collect();
    let mut owners = vec![None; intents.len()];
    sql.each_of(&owner, &keys, &mut |at, row| {
        if let Some(owner) = owners.get_mut(at) {
            *owner = Some(row.get::<i64>(0)?);
        }
        Ok(())
    })?;
    match intents.iter().zip(owners).find(|(_, owner)| *owner != Some(campaign)) {
        Some((intent, _)) => Err(LedgerError::NoIntent(from_sql(*intent)).into()),
        None => Ok(()),
    }
}

/// Names two coupons, if the fact is about another coupon than the facts before it. That must never happen, so all stops.
fn other_coupon(before: &History, fact: &Fact, policy: &Policy) -> Option<String> {
    let new = match fact {
        Fact::Ended { verdict: Verdict::Sent(coupon), .. } | Fact::Found(coupon) => coupon,
        _ => return None,
    };
    match before.standing(policy) {
        Standing::Sent(known) if known != *new => Some(format!("{known} and {new}")),
        _ => None,
    }
}
