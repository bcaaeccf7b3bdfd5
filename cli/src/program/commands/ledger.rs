//! `ledger check`, `ledger backup` and `ledger forget`.

use serde_json::json;
use wechatpay_cli::ledger::{Forgetting, Forgotten, Ledger as _, LedgerError};
use wechatpay_hyper::core::cashcoupons::BillDate;
use wechatpay_hyper::core::types::{Openid, Timestamp, UnixMillis};

use crate::program::arguments::{Backup, Forget, Ledger};
use crate::program::clock::unix_millis;
use crate::program::commands::send::{blocking, ledger_failure, open_existing, who};
use crate::program::confirm::confirm_word;
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
        Ledger::Forget(arguments) => forget(session, arguments),
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

fn forget(session: &Session, arguments: &Forget) -> Result<Exit, Failure> {
    let mut meant = Forgetting::default();
    meant.campaign = arguments.campaign.clone();
    meant.openid = arguments.openid.as_deref().map(Openid::from);
    meant.before = arguments.before.and_then(midnight);
    let mut ledger = open_existing(session)?;
    let found = blocking(|| ledger.forgettable(&meant)).map_err(ledger_failure)?;
    if found.open > 0 {
        return Err(ledger_failure(LedgerError::NotFinal(found.open)));
    }
    if found.rows > 0 {
        let rows = found.rows.to_string();
        let what = text!(
            "This will forget the openids and the other columns of {rows} rows, for good. No query can then find their coupons.",
            rows = rows
        );
        let undone = text!("nothing was forgotten");
        confirm_word(session, &what, &rows, arguments.confirm.as_deref(), &undone)?;
    }
    let lock = ledger.lock_run().map_err(ledger_failure)?;
    let done = blocking(|| {
        let forgotten = ledger.forget(&lock, &meant, unix_millis())?;
        ledger.note(&who(session), "ledger forget", &said(arguments, forgotten.rows))?;
        Ok(forgotten)
    });
    let Forgotten { rows, scrubbed, .. } = done.map_err(ledger_failure)?;
    let is_file = ledger.sqlite().is_some();
    let json = json!({ "forgotten": rows, "scrubbed": scrubbed });
    session
        .output
        .document(members(json), || text!("the openids of {rows} rows were forgotten", rows = rows))?;
    match (scrubbed, is_file) {
        (true, _) => {}
        (false, true) => session.output.important(&text!(
            "they may still be in the file that ends with -wal: end the programs that have the ledger open, and repeat this command"
        )),
        (false, false) => session.output.important(&text!(
            "they may still be in former versions of rows until a VACUUM FULL of the tables intent, attempt, settlement, flow_row and notification, and in the database's log and backups"
        )),
    }
    session.output.note(&text!("backups, exports and lists that were made before still have them"));
    Ok(Exit::Done)
}

/// What is noted of the command: nothing that names a user.
fn said(arguments: &Forget, rows: u64) -> String {
    let campaign = arguments.campaign.iter().map(|name| format!("--campaign {name} "));
    let user = arguments.openid.iter().map(|_| "--openid … ".to_owned());
    let before = arguments.before.iter().map(|date| format!("--before {date} "));
    let conditions: String = campaign.chain(user).chain(before).collect();
    format!("{conditions}({rows} rows)")
}

/// 00:00 in Beijing.
fn midnight(date: BillDate) -> Option<UnixMillis> {
    let midnight = Timestamp::new(format!("{date}T00:00:00+08:00")).unix_seconds()?;
    UnixMillis::try_from(midnight.checked_mul(1000)?).ok()
}
