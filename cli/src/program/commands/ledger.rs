//! `ledger check` and `ledger backup`.

use serde_json::json;
use wechatpay_cli::ledger::Ledger as _;

use crate::program::arguments::{Backup, Ledger};
use crate::program::commands::send::{blocking, ledger_failure, open_existing};
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::members;
use crate::program::session::Session;
use crate::program::texts::text;

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
        let (intents, attempts) = (checked.intents, checked.attempts);
        let mut text = match checked.is_sound() {
            true => text!(
                "{coupons} coupons and {attempts} attempts were checked; nothing is wrong",
                coupons = intents,
                attempts = attempts
            ),
            false => text!(
                "{coupons} coupons and {attempts} attempts were checked",
                coupons = intents,
                attempts = attempts
            ),
        };
        for finding in &checked.findings {
            text.push_str(&format!("\n- {}", finding.text));
        }
        if checked.more > 0 {
            text.push_str(&format!("\n- {}", text!("and {count} more", count = checked.more)));
        }
        text
    })?;
    Ok(if checked.is_sound() { Exit::Done } else { Exit::Differences })
}

fn backup(session: &Session, arguments: &Backup) -> Result<Exit, Failure> {
    let ledger = open_existing(session)?;
    let Some(file) = ledger.sqlite() else {
        return Err(Failure::usage(text!("only a ledger in a file is copied by this program"))
            .advice(text!("copy the database with pg_dump")));
    };
    blocking(|| file.backup(&arguments.to)).map_err(ledger_failure)?;
    let json = json!({ "ledger": file.path(), "backup": arguments.to });
    session.output.document(members(json), || {
        text!("the ledger was copied to {path}", path = arguments.to.display())
    })?;
    Ok(Exit::Done)
}
