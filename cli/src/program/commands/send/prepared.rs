//! What a run needs before it sends.

use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::sleep;
use wechatpay_cli::ledger::{AnyLedger, AnyLock, Campaign, Counts, Ledger as _, LedgerError};

use crate::program::arguments::RunCampaign;
use crate::program::commands::send::book::{blocking, campaign, existing, ledger_failure, open};
use crate::program::commands::send::preflight::{preflight, total};
use crate::program::commands::stock::find;
use crate::program::confirm::{confirm, is_named};
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::session::Session;
use crate::program::texts::{said, text};

/// How often a run looks again whether another one is under way, and how long it waits before.
const LOOKS: u32 = 3;
const LOOK: Duration = Duration::from_millis(50);

/// A campaign that may be sent.
pub(super) struct Prepared {
    pub(super) connection: Connection,
    pub(super) ledger: AnyLedger,
    pub(super) lock: AnyLock,
    pub(super) campaign: Campaign,
    pub(super) counts: Counts,
}

impl Prepared {
    /// Takes the right to send, looks at the stock, and asks whether to go on, if there is something to send.
    ///
    /// # Errors
    /// A [`Failure`] if nothing may be sent.
    pub(super) async fn new(session: &Session, arguments: &RunCampaign) -> Result<Self, Failure> {
        let mut ledger = existing(session)?;
        let name = campaign(&mut ledger, &arguments.campaign).and_then(|found| {
            is_named(found.stock_id.as_str(), arguments.confirm.as_deref())?;
            Ok(found.name)
        })?;
        let lock = lock(session, arguments, &ledger).await?;
        // Not before: the sandbox of another run ends with it.
        let connection = Connection::open_own(session).await?;
        let mut ledger = open(session, &connection)?;
        // What another run has done meanwhile.
        let campaign = blocking(|| ledger.campaign(&name)).map_err(ledger_failure)?;
        let counts = blocking(|| ledger.counts(&name)).map_err(ledger_failure)?;
        if counts.open() > 0 {
            if campaign.is_held() {
                return Err(held(session, &campaign));
            }
            look(session, &connection, arguments, &campaign, &counts).await?;
        }
        Ok(Self { connection, ledger, lock, campaign, counts })
    }
}

/// Takes the right to send. With `--join` it waits for it.
async fn lock(session: &Session, arguments: &RunCampaign, ledger: &AnyLedger) -> Result<AnyLock, Failure> {
    let mut taken = ledger.lock_run();
    for _ in 0..LOOKS {
        if !matches!(taken, Err(LedgerError::InUse(_))) {
            break;
        }
        // `send status` has it for a moment to see whether it is free.
        sleep(LOOK).await;
        taken = ledger.lock_run();
    }
    match taken {
        Err(LedgerError::InUse(_)) if arguments.join => {}
        Err(error @ LedgerError::InUse(_)) => {
            return Err(ledger_failure(error).outcome(text!("nothing was sent by this command")).advice(
                text!(
                    "look at it with `{command}`; with --join this command waits, and goes on after it",
                    command = session.command(&["send", "status", &arguments.campaign])
                ),
            ));
        }
        lock => return lock.map_err(ledger_failure),
    }
    session.output.note(&match ledger.sqlite() {
        Some(_) => text!("another run is under way; waiting until it has ended"),
        None => text!("another run is under way; this one shares its work"),
    });
    let location = ledger.location().clone();
    let (sender, lock) = oneshot::channel();
    // A thread of its own: it must not hold up the end of the program.
    let waiting = move || {
        let ledger = AnyLedger::open_existing(&location);
        let lock = ledger.and_then(|ledger| ledger.map(|it| it.join_run()).transpose());
        // Nobody waits any more.
        drop(sender.send(lock));
    };
    thread::Builder::new()
        .spawn(waiting)
        .map_err(|error| Failure::failed(text!("no thread could be started")).because(&error))?;
    match lock.await {
        Ok(Ok(Some(lock))) => Ok(lock),
        Ok(Err(error)) => Err(ledger_failure(error)),
        Ok(Ok(None)) | Err(_) => Err(Failure::failed(text!("the ledger is not there any more"))),
    }
}

/// Looks at the stock, and asks whether to go on.
async fn look(
    session: &Session,
    connection: &Connection,
    arguments: &RunCampaign,
    campaign: &Campaign,
    counts: &Counts,
) -> Result<(), Failure> {
    let planned = arguments.limit.map_or(counts.planned, |limit| limit.min(counts.planned));
    let open = planned.saturating_add(counts.retry).saturating_add(counts.sending);
    if open == 0 && counts.planned == 0 {
        let place = connection.place();
        session.output.note(&text!(
            "Doubtful coupons are looked for {place}: {doubtful}. Nothing is sent.",
            place = place,
            doubtful = counts.doubtful
        ));
        return Ok(());
    }
    let stock = find(connection, campaign.stock_id.as_str(), Some(campaign.creator.as_str())).await?;
    let seen = preflight(&stock, planned, None);
    for warning in &seen.warnings {
        session.output.note(&text!("warning: {warning}", warning = warning));
    }
    if !seen.blocks.is_empty() {
        return Err(Failure::new(Exit::Stopped, seen.blocks.join("; "))
            .outcome(text!("nothing was sent by this command"))
            .advice(text!("put it right, or send fewer with --limit")));
    }
    let yuan = campaign.face_value.and_then(|face| Some((face, total(open, face)?)));
    let (stock_id, place) = (&campaign.stock_id, connection.place());
    let what = match (yuan, open) {
        (Some((face, all)), 1) => text!(
            "This will send up to 1 coupon of {face} yuan, {all} yuan in all, of stock {stock} {place}.",
            face = face,
            all = all,
            stock = stock_id,
            place = place
        ),
        (Some((face, all)), _) => text!(
            "This will send up to {open} coupons of {face} yuan, {all} yuan in all, of stock {stock} {place}.",
            open = open,
            face = face,
            all = all,
            stock = stock_id,
            place = place
        ),
        (None, 1) => {
            text!("This will send up to 1 coupon of stock {stock} {place}.", stock = stock_id, place = place)
        }
        (None, _) => text!(
            "This will send up to {open} coupons of stock {stock} {place}.",
            open = open,
            stock = stock_id,
            place = place
        ),
    };
    confirm(session, &what, campaign.stock_id.as_str(), arguments.confirm.as_deref())
}

fn held(session: &Session, campaign: &Campaign) -> Failure {
    let resume = session.command(&["send", "resume", &campaign.name]);
    let (why, when) = match &campaign.stop {
        Some(stop) => (
            text!(
                "the campaign has stopped: {why}; look at {reason}",
                why = said(&stop.why),
                reason = said(&stop.reason.to_string())
            ),
            text!("when it is put right: {command}", command = resume),
        ),
        None => (text!("the campaign is paused"), text!("to go on: {command}", command = resume)),
    };
    Failure::new(Exit::Stopped, why).outcome(text!("nothing was sent by this command")).advice(when)
}
