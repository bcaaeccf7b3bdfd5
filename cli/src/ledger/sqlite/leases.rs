use wechatpay_core::bulk::{Lease, Order};
use wechatpay_core::cashcoupons::SendCoupon;

use crate::ledger::request::Requests;
use crate::ledger::sql::{Failure, Sql, intents, to_sql};

/// One pass over the intents of a campaign that are not final, each of which is handed out once.
pub(super) struct Pass {
    campaign: i64,
    requests: Requests,
    /// The last intent that was handed out.
    last: i64,
    ended: bool,
}

impl Pass {
    pub(super) fn new(campaign: i64, requests: Requests) -> Self {
        Self { campaign, requests, last: 0, ended: false }
    }

    pub(super) fn more(&self) -> bool {
        !self.ended
    }

    /// Hands out the next intents. If one of them cannot be handed out, none is, and the next call meets it again.
    pub(super) fn next(&mut self, sql: &dyn Sql, most: usize) -> Result<Lease<SendCoupon>, Failure> {
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        // The plus sign keeps SQLite from the index of the campaigns: it would sort all that is open for each lease.
        let statement = format!("{} AND +campaign = ?1 AND id > ?2 ORDER BY id LIMIT ?3", intents::OPEN);
        let values = [self.campaign.into(), self.last.into(), limit.into()];
        let intents = intents::read(sql, &self.requests, &statement, &values)?;
        if let Some(last) = intents.last() {
            self.last = to_sql(last.id);
        }
        self.ended = intents.len() < most;
        Ok(Lease { intents, more: self.more(), order: Order::Go })
    }
}
