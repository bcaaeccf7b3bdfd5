//! Which coupons are meant.

use std::io::{self, BufRead as _};

use wechatpay_cli::ledger::{Ledger as _, Selection};
use wechatpay_hyper::core::bulk::Standing;

use crate::program::arguments::Chosen;
use crate::program::commands::send::{blocking, campaign, existing, ledger_failure, open};
use crate::program::connection::Connection;
use crate::program::failure::Failure;
use crate::program::session::Session;
use crate::program::texts::text;

/// The ids of the coupons.
///
/// # Errors
/// A [`Failure`] if the ledger or stdin cannot be read, or if an id is none.
pub(super) fn coupons(
    session: &Session,
    connection: &Connection,
    chosen: &Chosen,
) -> Result<Vec<String>, Failure> {
    let ids = match &chosen.campaign {
        Some(name) => sent(session, connection, name)?,
        None if chosen.coupons == ["-"] => stdin()?,
        None => chosen.coupons.clone(),
    };
    // They become part of a path.
    match ids.iter().find(|id| id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit())) {
        None => Ok(ids),
        Some(_) => Err(Failure::usage(text!("the ID of a coupon must consist of digits; nothing was done"))),
    }
}

/// The coupons that a campaign has sent.
fn sent(session: &Session, connection: &Connection, name: &str) -> Result<Vec<String>, Failure> {
    drop(existing(session)?);
    // A ledger of another merchant is refused.
    let mut ledger = open(session, connection)?;
    let name = campaign(&mut ledger, name)?.name;
    let mut ids = Vec::new();
    let sent = Selection::Standing("sent".to_owned());
    let read = blocking(|| {
        ledger.intents(&name, &sent, &mut |intent| {
            if let Standing::Sent(coupon_id) = intent.standing {
                ids.push(coupon_id.to_string());
            }
            Ok(())
        })
    });
    read.map_err(ledger_failure)?;
    Ok(ids)
}

fn stdin() -> Result<Vec<String>, Failure> {
    let lines = blocking(|| io::stdin().lock().lines().collect::<Result<Vec<_>, _>>());
    let lines = lines.map_err(|error| Failure::failed(text!("stdin cannot be read")).because(&error))?;
    Ok(lines.iter().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect())
}
