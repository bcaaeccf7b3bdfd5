//! `send pause` and `send resume`.

use serde_json::json;
use wechatpay_cli::ledger::{AnyLedger, Ledger as _, LedgerError};

use crate::program::arguments::Named;
use crate::program::commands::send::book::{blocking, campaign, ledger_failure, open_existing, who};
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::members;
use crate::program::session::Session;
use crate::program::texts::text;

pub(super) fn pause(session: &Session, arguments: &Named) -> Result<Exit, Failure> {
    let says = |name: &str| {
        text!(
            "the campaign {name} is paused; a run that is under way ends when its answers are there",
            name = name
        )
    };
    change(session, arguments, "send pause", says, AnyLedger::pause)
}

pub(super) fn resume(session: &Session, arguments: &Named) -> Result<Exit, Failure> {
    let says =
        |name: &str| text!("the campaign {name} goes on with the next `wechatpay send run`", name = name);
    change(session, arguments, "send resume", says, AnyLedger::resume)
}

fn change(
    session: &Session,
    arguments: &Named,
    command: &str,
    says: impl FnOnce(&str) -> String,
    change: fn(&mut AnyLedger, &str) -> Result<(), LedgerError>,
) -> Result<Exit, Failure> {
    let mut ledger = open_existing(session)?;
    let name = campaign(&mut ledger, &arguments.campaign)?.name;
    let changed = blocking(|| {
        change(&mut ledger, &name)?;
        ledger.note(&who(session), command, &name)?;
        ledger.campaign(&name)
    });
    let now = changed.map_err(ledger_failure)?;
    let json = json!({ "campaign": now.name, "paused": now.paused, "stop": now.stop });
    session.output.document(members(json), || says(&name))?;
    Ok(Exit::Done)
}
