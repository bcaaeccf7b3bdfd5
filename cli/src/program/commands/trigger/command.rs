//! `trigger coupon.use` and `trigger coupon.refund`.

use serde_json::{Value, json};
use wechatpay_hyper::core::types::Fen;

use crate::program::arguments::Trigger;
use crate::program::commands::trigger::chosen::coupons;
use crate::program::commands::trigger::control::{Control, Done};
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::members;
use crate::program::session::Session;
use crate::program::texts::text;

/// Uses coupons, or refunds them.
///
/// # Errors
/// A [`Failure`] if it is no sandbox, or if it cannot be done for a coupon that was named.
pub(crate) async fn trigger(session: &Session, arguments: Trigger) -> Result<Exit, Failure> {
    let connection = Connection::open(session).await?;
    let control = Control::of(&connection).await?;
    let (event, chosen, amount) = match &arguments {
        Trigger::Use(arguments) => ("coupon.use", &arguments.chosen, arguments.amount),
        Trigger::Refund(chosen) => ("coupon.refund", chosen, None),
    };
    let (mut entries, mut cannot) = (Vec::new(), Vec::new());
    let ids = coupons(session, &connection, chosen)?;
    let (count, named) = (chosen.count.unwrap_or(u64::MAX), ids.len());
    for id in ids {
        if done(&entries) >= count {
            break;
        }
        let result = match arguments {
            Trigger::Use(_) => control.redeem(&id, amount.map(Fen::get)).await?,
            Trigger::Refund(_) => control.refund(&id).await?,
        };
        match result {
            Done::Yes(coupon) => {
                let value = |path: &str| coupon.pointer(path).cloned().filter(|value| !value.is_null());
                let mut entry = members(json!({ "coupon_id": id }));
                let transaction = value("/consume_information/transaction_id");
                entry.extend(transaction.map(|value| ("transaction_id".to_owned(), value)));
                entry.extend(value("/refund/refund_id").map(|value| ("refund_id".to_owned(), value)));
                entries.push(entry);
            }
            Done::Cannot(why) => cannot.push(text!("coupon {id}: {why}", id = id, why = why)),
        }
    }
    let (done, skipped) = (done(&entries), cannot.len());
    let is_use = matches!(arguments, Trigger::Use(_));
    let head = members(json!({ "event": event, "coupons": done, "skipped": skipped }));
    session.output.list(head, entries, || match (is_use, done) {
        (true, 1) => text!("1 coupon was used"),
        (true, _) => text!("{count} coupons were used", count = done),
        (false, 1) => text!("1 coupon was refunded"),
        (false, _) => text!("{count} coupons were refunded", count = done),
    })?;
    let missing = |wanted: Value| {
        let what = match is_use {
            true => text!("{done} of {wanted} coupons were used", done = done, wanted = wanted),
            false => text!("{done} of {wanted} coupons were refunded", done = done, wanted = wanted),
        };
        Failure::failed(what).with("problems", cannot.iter().take(10).cloned().collect::<Vec<_>>())
    };
    match (&chosen.campaign, chosen.count) {
        (Some(_), Some(count)) if done < count => Err(missing(count.into())),
        (None, _) => match cannot.first() {
            Some(first) => Err(missing(named.into()).advice(first.clone())),
            None => Ok(Exit::Done),
        },
        _ => Ok(Exit::Done),
    }
}

fn done<T>(entries: &[T]) -> u64 {
    u64::try_from(entries.len()).unwrap_or(u64::MAX)
}
