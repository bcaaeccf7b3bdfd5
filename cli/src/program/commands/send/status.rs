//! `send status`.

use std::io::{IsTerminal as _, stdout};
use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;
use wechatpay_cli::ledger::{AnyLedger, Ledger as _, LedgerError};

use crate::program::arguments::Status;
use crate::program::commands::send::book::{blocking, campaign, ledger_failure, open_existing};
use crate::program::commands::send::summary::Summary;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::{Table, members};
use crate::program::session::Session;
use crate::program::texts::{marked, said, text};

pub(super) async fn status(session: &Session, arguments: &Status) -> Result<Exit, Failure> {
    let mut ledger = open_existing(session)?;
    let Some(name) = &arguments.campaign else { return all(session, &mut ledger) };
    let name = campaign(&mut ledger, name)?.name;
    let mut shown = 0;
    loop {
        let running = is_running(&ledger)?;
        let summary = blocking(|| Summary::of(&mut ledger, &name)).map_err(ledger_failure)?;
        let mut json = summary.json();
        json.insert("running".to_owned(), running.into());
        let workers = blocking(|| ledger.workers(&name)).map_err(ledger_failure)?;
        let text = summary.text(Some(running), workers.len());
        if !workers.is_empty() {
            json.insert("workers".to_owned(), json!(workers));
        }
        if shown > 0 && session.output.is_human() && stdout().is_terminal() {
            // Writes over what was shown before.
            session.output.plain(&format!("\u{1b}[{shown}A\u{1b}[J"))?;
        }
        shown = text.lines().count().saturating_add(1);
        session.output.document(json, || text)?;
        if !arguments.watch || !running {
            if session.output.is_human()
                && !running
                && let Some(next) = summary.next(session)
            {
                session.output.note(&text!("next: {next}", next = next));
            }
            return Ok(Exit::Done);
        }
        sleep(Duration::from_secs(1)).await;
    }
}

fn all(session: &Session, ledger: &mut AnyLedger) -> Result<Exit, Failure> {
    let mut table = Table::new(["CAMPAIGN", "STOCK", "COUPONS", "SENT", "REFUSED", "DOUBTFUL", "STATE"]);
    let mut entries = Vec::new();
    let campaigns = blocking(|| ledger.campaigns()).map_err(ledger_failure)?;
    for campaign in campaigns {
        let counts = blocking(|| ledger.counts(&campaign.name)).map_err(ledger_failure)?;
        let state = match (&campaign.stop, campaign.paused) {
            (Some(_), _) => marked!("stopped"),
            (None, true) => marked!("paused"),
            (None, false) if counts.open() == 0 => marked!("done"),
            (None, false) => marked!("open"),
        };
        table.row([
            campaign.name.clone(),
            campaign.stock_id.to_string(),
            counts.total().to_string(),
            counts.sent.to_string(),
            counts.refused.to_string(),
            counts.doubtful.to_string(),
            said(state).to_owned(),
        ]);
        let mut entry =
            members(json!({ "campaign": campaign.name, "stock_id": campaign.stock_id, "state": state }));
        entry.extend(members(counts));
        entries.push(entry);
    }
    session.output.list(members(json!({})), entries, || table.to_string())?;
    Ok(Exit::Done)
}

/// Whether a run is under way: whether somebody has the right to it.
fn is_running(ledger: &AnyLedger) -> Result<bool, Failure> {
    match ledger.lock_run() {
        Ok(_) => Ok(false),
        Err(LedgerError::InUse(_)) => Ok(true),
        Err(error) => Err(ledger_failure(error)),
    }
}
