//! `ledger check` and `ledger backup`.

use serde_json::json;
use wechatpay_cli::ledger::Ledger as _;

use crate::program::arguments::{Backup, Ledger};
use crate::program::commands::send::{blocking, ledger_failure, open_existing};
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::members;
use crate::program::session::Session;

/// Runs a command on the ledger itself.
///
/// # Errors
/// The [`Failure`] of the command.
pub(crate) fn ledger(session: &Session, arguments: &Ledger) -> Result<Exit, Failure> {
    match arguments {
        Ledger::Check => check(session),
        Ledger::Backup(arguments) => backup(session, arguments),
    }
}

fn check(session: &Session) -> Result<Exit, Failure> {
    let mut ledger = open_existing(session)?;
    let checked = blocking(|| ledger.check()).map_err(ledger_failure)?;
    let mut json = members(&checked);
    json.insert("sound".to_owned(), checked.is_sound().into());
    session.output.document(json, || {
        let mut text = format!("{} coupons and {} attempts were checked", checked.intents, checked.attempts);
        if checked.is_sound() {
            text.push_str("; nothing is wrong");
        }
        for finding in &checked.findings {
            text.push_str(&format!("\n- {}", finding.text));
        }
        if checked.more > 0 {
            text.push_str(&format!("\n- and {} more", checked.more));
        }
        text
    })?;
    Ok(if checked.is_sound() { Exit::Done } else { Exit::Differences })
}

fn backup(session: &Session, arguments: &Backup) -> Result<Exit, Failure> {
    let ledger = open_existing(session)?;
    let Some(file) = ledger.sqlite() else {
        return Err(Failure::usage("only a ledger in a file is copied by this program")
            .advice("copy the database with pg_dump"));
    };
    blocking(|| file.backup(&arguments.to)).map_err(ledger_failure)?;
    let json = json!({ "ledger": file.path(), "backup": arguments.to });
    session
        .output
        .document(members(json), || format!("the ledger was copied to {}", arguments.to.display()))?;
    Ok(Exit::Done)
}
