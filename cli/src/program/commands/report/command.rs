//! `report`.

use serde_json::json;
use wechatpay_cli::ledger::Ledger as _;

use crate::program::arguments::Report;
use crate::program::clock::unix_millis;
use crate::program::commands::report::file::replace;
use crate::program::commands::report::page::page;
use crate::program::commands::send::{blocking, campaign, ledger_failure, open_existing};
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::members;
use crate::program::session::Session;
use crate::program::texts::text;

/// Writes the report of a campaign.
///
/// # Errors
/// A [`Failure`] if there is no such campaign, or the file cannot be written.
pub(crate) fn report(session: &Session, arguments: &Report) -> Result<Exit, Failure> {
    let mut ledger = open_existing(session)?;
    let name = campaign(&mut ledger, &arguments.campaign)?.name;
    let now = unix_millis();
    let report = blocking(|| ledger.report(&name, now)).map_err(ledger_failure)?;
    let html = page(&report, ledger.binding(), now, session.language).into_string();
    let path = arguments.html.display();
    blocking(|| replace(&arguments.html, html.as_bytes())).map_err(|error| {
        Failure::usage(text!("the file {path} cannot be written", path = path)).because(&error)
    })?;
    let json = json!({ "campaign": name, "file": arguments.html, "bytes": html.len() });
    session.output.document(members(json), || text!("the report was written to {path}", path = path))?;
    Ok(Exit::Done)
}
