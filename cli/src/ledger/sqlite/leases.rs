use rusqlite::{Connection, Row};
use wechatpay_core::bulk::{Intent, Lease, Order};
use wechatpay_core::cashcoupons::SendCoupon;

use super::db::Failure;
use super::facts;
use super::number::from_sql;
use crate::ledger::LedgerError;
use crate::ledger::request::{Requests, fingerprint};

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
    pub(super) fn next(
        &mut self,
        connection: &Connection,
        most: usize,
    ) -> Result<Lease<SendCoupon>, Failure> {
        let open = "SELECT id, key, ordinal, openid, out_request_no, fingerprint FROM intent \
                    WHERE campaign = ? AND id > ? AND standing NOT IN ('sent', 'refused', 'cancelled') \
                    ORDER BY id LIMIT ?";
        let mut open = connection.prepare_cached(open)?;
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let mut rows = open.query([self.campaign, self.last, limit])?;
        let (mut intents, mut last) = (Vec::new(), self.last);
        while let Some(row) = rows.next()? {
            last = row.get(0)?;
            let operation = operation(&self.requests, row)?;
            let history = facts::history(connection, last)?;
            intents.push(Intent { id: from_sql(last), operation, history });
        }
        self.last = last;
        self.ended = intents.len() < most;
        Ok(Lease { intents, more: self.more(), order: Order::Go })
    }
}

/// Makes the request of an intent, and compares it with the one that was planned.
fn operation(requests: &Requests, row: &Row<'_>) -> Result<SendCoupon, Failure> {
    let id = from_sql(row.get(0)?);
    let openid: String = row.get(3)?;
    let key: Option<String> = row.get(1)?;
    let number: String = row.get(4)?;
    let derived = requests.number(key.as_deref().unwrap_or(&openid), from_sql(row.get(2)?))?;
    let operation = requests.operation(openid.into(), derived);
    let planned =
        fingerprint(&operation).is_ok_and(|made| row.get_ref(5).is_ok_and(|kept| kept.as_str() == Ok(&made)));
    match planned && operation.out_request_no == *number {
        true => Ok(operation),
        false => Err(LedgerError::Changed(id).into()),
    }
}
