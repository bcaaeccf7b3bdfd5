//! All classes, one after another.

use wechatpay_core::bulk::Stop;
use wechatpay_core::error::StopReason;
use wechatpay_core::types::UnixMillis;

use super::scope::{Found, Scope};
use super::{differences, files, money, refunds, repeated, sent, uses};
use crate::ledger::sql::{Failure, Sql, campaigns, to_sql};
use crate::ledger::{Class, Differences};

/// Compares the books of a campaign, and keeps what does not agree.
pub(in crate::ledger) fn reconcile(
    sql: &dyn Sql,
    name: &str,
    now: UnixMillis,
) -> Result<Differences, Failure> {
    let now = to_sql(now);
    let scope = Scope::read(sql, name, now)?;
    let mut found = Found::new(sql)?;
    sent::compare(&scope, &mut found)?;
    uses::compare(&scope, &mut found)?;
    repeated::compare(&scope, &mut found)?;
    refunds::compare(&scope, &mut found)?;
    files::compare(&scope, &mut found)?;
    money::compare(&scope, &mut found)?;
    let mut kept = differences::keep(&mut found, scope.campaign, now)?;
    // WeChat Pay does not recognise numbers, so nothing may be repeated.
    if let Some(why) = differences::any_open(sql, scope.campaign, Class::R3)? {
        campaigns::stop(sql, scope.campaign, &Stop { reason: StopReason::Stock, why })?;
        kept.stopped = true;
    }
    Ok(kept)
}
