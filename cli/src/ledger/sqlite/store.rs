use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use rusqlite::{Connection, params};
use wechatpay_core::bulk::{
    Batch, Fact, History, IntentId, Lease, Order, Policy, Record, Standing, Stop, Store, Verdict,
};
use wechatpay_core::cashcoupons::SendCoupon;
use wechatpay_core::error::StopReason;
use wechatpay_core::types::Mchid;

use super::db::{Db, Failure};
use super::epoch::Epoch;
use super::known::Known;
use super::leases::Pass;
use super::number::to_sql;
use super::{campaigns, facts};
use crate::ledger::{Campaign, LedgerError};

/// One campaign of a [`SqliteLedger`](super::SqliteLedger), for a sender. It has a connection of its own.
pub struct SqliteStore {
    db: Db,
    id: i64,
    campaign: Campaign,
    policy: Policy,
    pass: Pass,
    known: Known,
    epoch: Epoch,
}

impl SqliteStore {
    pub(super) fn new(
        mut db: Db,
        mchid: &Mchid,
        campaign: &str,
        policy: &Policy,
    ) -> Result<Self, LedgerError> {
        let (id, campaign) = db.read(|transaction| campaigns::named(transaction, campaign))?;
        let epoch = db.write(|transaction| Epoch::begin(transaction, id))?;
        let pass = Pass::new(id, campaigns::requests(mchid, &campaign));
        Ok(Self { db, id, campaign, policy: policy.clone(), pass, known: Known::default(), epoch })
    }

    /// Returns the campaign as it was when the store was opened.
    pub fn campaign(&self) -> &Campaign {
        &self.campaign
    }
}

impl Store<SendCoupon> for SqliteStore {
    type Error = LedgerError;

    fn lease(&mut self, most: usize) -> Result<Lease<SendCoupon>, LedgerError> {
        let Self { db, id, pass, known, policy, .. } = self;
        let lease = db.read(|transaction| {
            known.refresh(transaction)?;
            match order(transaction, *id)? {
                Order::Go => pass.next(transaction, most),
                Order::Pause => Ok(Lease { intents: Vec::new(), more: pass.more(), order: Order::Pause }),
            }
        })?;
        for intent in &lease.intents {
            known.keep(intent.id, intent.history.clone(), &intent.history.standing(policy));
        }
        Ok(lease)
    }

    fn record(&mut self, batch: &Batch) -> Result<Order, LedgerError> {
        let Self { db, id, policy, campaign, known, epoch, .. } = self;
        let kept = db.write(|transaction| {
            known.refresh(transaction)?;
            let records = epoch.allowed(transaction, &batch.records)?;
            let kept = keep(transaction, *id, &records, policy, known)?;
            if let Some(health) = &batch.health {
                let health = campaigns::json(&campaign.name, "its health", health)?;
                let update = "UPDATE campaign SET health = ? WHERE id = ?";
                transaction.prepare_cached(update)?.execute(params![health, *id])?;
            }
            if let Some(stop) = &batch.stop {
                let stop = campaigns::json(&campaign.name, "why it stops", stop)?;
                campaigns::stop(transaction, *id, &stop)?;
            }
            Ok((kept, order(transaction, *id)?))
        });
        if kept.is_err() {
            // Nothing of the batch was kept.
            known.forget();
        }
        let (kept, order) = kept?;
        for (intent, history, standing) in kept {
            known.keep(intent, history, &standing);
        }
        Ok(order)
    }
}

/// Keeps the facts that are new. Where an intent then stands follows from all its facts, because another process may have
/// added some that this sender does not know. Returns all intents of the batch with their facts.
fn keep(
    connection: &Connection,
    campaign: i64,
    records: &[&Record],
    policy: &Policy,
    known: &mut Known,
) -> Result<Vec<(IntentId, History, Standing)>, Failure> {
    let mut histories: BTreeMap<u64, (History, bool)> = BTreeMap::new();
    for record in records {
        let intent = to_sql(record.intent);
        let (history, changed) = match histories.entry(record.intent) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(missing) => match known.take(record.intent) {
                Some(history) => missing.insert((history, false)),
                None => {
                    let owner = "SELECT 1 FROM intent WHERE id = ? AND campaign = ?";
                    if !connection.prepare_cached(owner)?.exists([intent, campaign])? {
                        return Err(LedgerError::NoIntent(record.intent).into());
                    }
                    missing.insert((facts::history(connection, intent)?, false))
                }
            },
        };
        let before = history.clone();
        history.add(record.fact.clone());
        if *history == before {
            continue;
        }
        *changed = true;
        if let Some(other) = other_coupon(&before, &record.fact, policy) {
            let stop = Stop {
                reason: StopReason::Stock,
                why: format!(
                    "intent {} has two coupons, {other}: WeChat Pay did not recognise its number",
                    record.intent
                ),
            };
            campaigns::stop(connection, campaign, &campaigns::json("", "why it stops", &stop)?)?;
        }
        facts::add(connection, intent, &record.fact, record.details.as_ref(), None)?;
    }
    let mut kept = Vec::with_capacity(histories.len());
    for (intent, (history, changed)) in histories {
        let standing = match changed {
            true => facts::stand(connection, to_sql(intent), &history, policy)?,
            false => history.standing(policy),
        };
        kept.push((intent, history, standing));
    }
    Ok(kept)
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

/// What a person has ordered, or a breaker.
fn order(connection: &Connection, campaign: i64) -> Result<Order, Failure> {
    let held = "SELECT paused OR stop IS NOT NULL FROM campaign WHERE id = ?";
    let held = connection.prepare_cached(held)?.query_row([campaign], |row| row.get(0))?;
    Ok(if held { Order::Pause } else { Order::Go })
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("campaign", &self.campaign.name).finish_non_exhaustive()
    }
}
