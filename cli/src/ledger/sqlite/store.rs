use std::fmt;

use wechatpay_core::bulk::{Batch, Lease, Order, Policy, Recorded, Store};
use wechatpay_core::cashcoupons::SendCoupon;
use wechatpay_core::types::Mchid;

use super::db::Db;
use super::epoch::Epoch;
use super::known::Known;
use super::leases::Pass;
use crate::ledger::sql::{campaigns, record};
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
            match campaigns::order(transaction, *id)? {
                Order::Go => pass.next(transaction, most),
                Order::Pause => Ok(Lease { intents: Vec::new(), more: pass.more(), order: Order::Pause }),
            }
        })?;
        for intent in &lease.intents {
            known.keep(intent.id, intent.history.clone(), &intent.history.standing(policy));
        }
        Ok(lease)
    }

    fn record(&mut self, batch: &Batch) -> Result<Recorded, LedgerError> {
        let Self { db, id, policy, known, epoch, .. } = self;
        let kept = db.write(|transaction| {
            known.refresh(transaction)?;
            let records = epoch.allowed(transaction, &batch.records)?;
            let kept = record::keep(transaction, *id, &records, policy, |intent| known.take(intent))?;
            if let Some(health) = &batch.health {
                campaigns::set_health(transaction, *id, health)?;
            }
            if let Some(stop) = &batch.stop {
                campaigns::stop(transaction, *id, stop)?;
            }
            Ok((kept, campaigns::order(transaction, *id)?))
        });
        if kept.is_err() {
            // Nothing of the batch was kept.
            known.forget();
        }
        let (kept, order) = kept?;
        for kept in kept {
            known.keep(kept.intent, kept.history, &kept.standing);
        }
        Ok(order.into())
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("campaign", &self.campaign.name).finish_non_exhaustive()
    }
}
