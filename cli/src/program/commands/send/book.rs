//! The ledger of a session.

use tokio::task::block_in_place;
use wechatpay_cli::ledger::{AnyLedger, Binding, Campaign, Ledger as _, LedgerError};

use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::session::Session;
use crate::program::texts::{ledger_error, text};

/// Opens the ledger of a merchant. It is created if it does not exist.
pub(in crate::program::commands) fn open(
    session: &Session,
    connection: &Connection,
) -> Result<AnyLedger, Failure> {
    let (mchid, host) = (connection.mchid().clone(), connection.base_url());
    let binding = match connection.is_sandbox() {
        true => Binding::sandbox(mchid, host),
        false => Binding::new(mchid, host),
    };
    let ledger = blocking(|| AnyLedger::open(&session.ledger, binding)).map_err(ledger_failure)?;
    Ok(ledger.with_worker(&format!("{} (process {})", who(session), std::process::id())))
}

/// Opens a ledger that exists, whatever merchant it belongs to: it is only looked at or decided upon.
pub(in crate::program::commands) fn open_existing(session: &Session) -> Result<AnyLedger, Failure> {
    let ledger = existing(session)?;
    if ledger.binding().sandbox {
        session.output.mark_sandbox();
        if session.output.is_human() {
            session
                .output
                .note(&text!("SANDBOX: this ledger was made with a sandbox, so nothing in it is real"));
        }
    }
    Ok(ledger)
}

/// The same, before it is known to whom the ledger belongs.
pub(in crate::program::commands) fn existing(session: &Session) -> Result<AnyLedger, Failure> {
    let ledger = blocking(|| AnyLedger::open_existing(&session.ledger)).map_err(ledger_failure)?;
    ledger.ok_or_else(|| {
        Failure::usage(text!("there is no ledger {ledger}", ledger = session.ledger))
            .advice(text!("begin with `wechatpay send plan`, or name the ledger with --ledger"))
    })
}

pub(in crate::program::commands) fn campaign(
    ledger: &mut AnyLedger,
    name: &str,
) -> Result<Campaign, Failure> {
    let campaign = ledger.campaign(name);
    campaign.map_err(|error| {
        let known = ledger.campaigns().unwrap_or_default();
        let names: Vec<&str> = known.iter().map(|campaign| campaign.name.as_str()).collect();
        let failure = ledger_failure(error);
        match names.is_empty() {
            true => failure.advice(text!("begin with `wechatpay send plan`")),
            false => failure.advice(text!("the ledger has: {names}", names = names.join(", "))),
        }
    })
}

/// Who gives a command, for the ledger.
pub(in crate::program::commands) fn who(session: &Session) -> String {
    ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| session.variables.text(name)).unwrap_or_default()
}

/// Runs what blocks, without holding up the other tasks of this thread.
pub(in crate::program::commands) fn blocking<T>(work: impl FnOnce() -> T) -> T {
    block_in_place(work)
}

pub(in crate::program::commands) fn ledger_failure(error: LedgerError) -> Failure {
    let exit = match &error {
        LedgerError::InUse(_) | LedgerError::TakenOver => Exit::LedgerInUse,
        LedgerError::Bound { .. }
        | LedgerError::Foreign(_)
        | LedgerError::Newer { .. }
        | LedgerError::Address { .. }
        | LedgerError::WithoutPostgres(_) => Exit::Configuration,
        LedgerError::NoCampaign(_)
        | LedgerError::Name(_)
        | LedgerError::OtherCampaign { .. }
        | LedgerError::OtherUser { .. }
        | LedgerError::List(_)
        | LedgerError::Row { .. }
        | LedgerError::CouponTaken { .. }
        | LedgerError::OneIntent(_)
        | LedgerError::NoIntent(_)
        | LedgerError::Flow(_)
        | LedgerError::OtherStock { .. }
        | LedgerError::OtherFlow { .. }
        | LedgerError::IsRefunds
        | LedgerError::NoDifference(_)
        | LedgerError::NoNote
        | LedgerError::NobodyToForget
        | LedgerError::NotFinal(_)
        | LedgerError::Exists(_) => Exit::Usage,
        _ => Exit::Failed,
    };
    let failure = Failure::new(exit, ledger_error(&error));
    match std::error::Error::source(&error) {
        Some(source) => failure.because(source),
        None => failure,
    }
}
