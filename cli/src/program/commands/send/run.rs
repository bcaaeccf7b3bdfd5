//! `send run`.

use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::sleep;
use wechatpay_cli::ledger::{Campaign, Counts, Ledger as _, LedgerError, RunLock, SqliteLedger, Threaded};
use wechatpay_hyper::core::RetryPolicy;
use wechatpay_hyper::core::bulk::{End, Policy, Sender};

use crate::program::arguments::RunCampaign;
use crate::program::commands::send::book::{blocking, campaign, existing, ledger_failure, open, who};
use crate::program::commands::send::preflight::{preflight, total};
use crate::program::commands::send::progress::Bar;
use crate::program::commands::send::signals::Interrupts;
use crate::program::commands::send::summary::Summary;
use crate::program::commands::stock::find;
use crate::program::confirm::confirm;
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::session::Session;

/// How often a run looks again whether another one is under way, and how long it waits before.
const LOOKS: u32 = 3;
const LOOK: Duration = Duration::from_millis(50);

pub(super) async fn run(session: &Session, arguments: &RunCampaign) -> Result<Exit, Failure> {
    let interrupts = Interrupts::listen()
        .map_err(|error| Failure::failed("the program cannot listen for interrupts").because(&error))?;
    let mut ledger = existing(session)?;
    let found = campaign(&mut ledger, &arguments.campaign)?;
    if let Some(confirmed) =
        arguments.confirm.as_deref().filter(|confirmed| *confirmed != found.stock_id.as_str())
    {
        return Err(Failure::usage(format!(
            "--confirm {confirmed} is another stock than {}, that of the campaign; nothing was sent",
            found.stock_id
        )));
    }
    let Some(lock) = lock(session, arguments, &ledger, &interrupts).await? else {
        return Ok(Exit::Interrupted);
    };
    // Not before: the sandbox of another run ends with it.
    let connection = Connection::open_own(session).await?;
    let mut ledger = open(session, &connection)?;
    // What another run has done meanwhile.
    let found = blocking(|| ledger.campaign(&found.name)).map_err(ledger_failure)?;
    let counts = blocking(|| ledger.counts(&found.name)).map_err(ledger_failure)?;
    if counts.open() == 0 {
        return report(session, &mut ledger, &found.name, false);
    }
    if found.is_held() {
        return Err(held(session, &found));
    }
    look(session, &connection, arguments, &found, &counts).await?;
    let policy = policy(arguments);
    blocking(|| ledger.note(&who(session), "send run", &found.name)).map_err(ledger_failure)?;
    let store = ledger.store(&lock, &found.name, &policy).map_err(ledger_failure)?;
    let mut store = Threaded::start(store)
        .map_err(|error| Failure::failed("the thread of the ledger could not be started").because(&error))?;
    let sender = Sender::new(policy, found.health.clone());
    let client = connection
        .client()
        .clone()
        .with_concurrency(arguments.in_flight.get())
        .map_core(|core| core.with_retry(RetryPolicy::default().with_total(Duration::from_secs(30))));
    let ended = {
        let mut bar = Bar::new(&session.output, counts);
        let stop = async {
            interrupts.reach(1).await;
            session
                .output
                .important("interrupted: waiting for the answers of what is in flight; again to end at once");
        };
        let sending = client.send_all(sender, &mut store, stop, |progress| bar.show(progress));
        tokio::select! {
            ended = Box::pin(sending) => Some(ended),
            () = interrupts.reach(2) => None,
        }
    };
    // The thread ends when it has done what it was given.
    drop(store);
    match ended {
        None => report(session, &mut ledger, &found.name, true),
        Some(Ok(end)) => {
            let interrupted = matches!(end, End::Interrupted);
            report(session, &mut ledger, &found.name, interrupted)
        }
        Some(Err(error)) => Err(store_failed(error, &mut ledger, &found.name)),
    }
}

fn policy(arguments: &RunCampaign) -> Policy {
    let policy = Policy::default()
        .with_rate(arguments.rate.get())
        .with_max_in_flight(arguments.in_flight.get())
        .with_canary(arguments.canary)
        .with_window(Duration::from_secs(arguments.window.saturating_mul(3600)));
    match arguments.limit {
        Some(limit) => policy.with_limit(limit),
        None => policy,
    }
}

/// Takes the right to send. With `--join` it waits for it; `None` if it was interrupted meanwhile.
async fn lock(
    session: &Session,
    arguments: &RunCampaign,
    ledger: &SqliteLedger,
    interrupts: &Interrupts,
) -> Result<Option<RunLock>, Failure> {
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
            return Err(ledger_failure(error).outcome("nothing was sent by this command").advice(format!(
                "look at it with `{}`; with --join this command waits, and goes on after it",
                session.command(&["send", "status", &arguments.campaign])
            )));
        }
        lock => return lock.map(Some).map_err(ledger_failure),
    }
    session.output.note("another run is under way; waiting until it has ended");
    let path = ledger.path().to_owned();
    let (sender, lock) = oneshot::channel();
    // A thread of its own: it must not hold up the end of the program.
    let waiting = move || {
        let lock =
            SqliteLedger::open_existing(&path).and_then(|ledger| ledger.map(|it| it.wait_run()).transpose());
        // Nobody waits any more.
        drop(sender.send(lock));
    };
    thread::Builder::new()
        .spawn(waiting)
        .map_err(|error| Failure::failed("no thread could be started").because(&error))?;
    tokio::select! {
        lock = lock => match lock {
            Ok(Ok(Some(lock))) => Ok(Some(lock)),
            Ok(Err(error)) => Err(ledger_failure(error)),
            Ok(Ok(None)) | Err(_) => Err(Failure::failed("the ledger is not there any more")),
        },
        () = interrupts.reach(1) => Ok(None),
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
        session
            .output
            .note(&format!("Doubtful coupons are looked for {place}: {}. Nothing is sent.", counts.doubtful));
        return Ok(());
    }
    let stock = find(connection, campaign.stock_id.as_str(), Some(campaign.creator.as_str())).await?;
    let seen = preflight(&stock, planned, None);
    for warning in &seen.warnings {
        session.output.note(&format!("warning: {warning}"));
    }
    if !seen.blocks.is_empty() {
        return Err(Failure::new(Exit::Stopped, seen.blocks.join("; "))
            .outcome("nothing was sent by this command")
            .advice("put it right, or send fewer with --limit"));
    }
    let yuan = campaign.face_value.and_then(|face| Some((face, total(open, face)?)));
    let yuan = yuan.map(|(face, all)| format!(" of {face} yuan, {all} yuan in all,")).unwrap_or_default();
    let coupons = if open == 1 { "coupon" } else { "coupons" };
    let what = format!(
        "This will send up to {open} {coupons}{yuan} of stock {} {}.",
        campaign.stock_id,
        connection.place()
    );
    confirm(session, &what, campaign.stock_id.as_str(), arguments.confirm.as_deref())
}

/// Writes what became of the campaign.
fn report(
    session: &Session,
    ledger: &mut SqliteLedger,
    name: &str,
    interrupted: bool,
) -> Result<Exit, Failure> {
    let summary = blocking(|| Summary::of(ledger, name)).map_err(ledger_failure)?;
    let exit = summary.exit(interrupted);
    let mut json = summary.json();
    json.insert("exit".to_owned(), exit.number().into());
    session.output.document(json, || summary.text(None))?;
    if session.output.is_human()
        && let Some(next) = summary.next(session)
    {
        session.output.note(&format!("next: {next}"));
    }
    Ok(exit)
}

fn held(session: &Session, campaign: &Campaign) -> Failure {
    let (why, when) = match &campaign.stop {
        Some(stop) => (
            format!("the campaign has stopped: {}; look at {}", stop.why, stop.reason),
            "when it is put right",
        ),
        None => ("the campaign is paused".to_owned(), "to go on"),
    };
    let resume = session.command(&["send", "resume", &campaign.name]);
    Failure::new(Exit::Stopped, why)
        .outcome("nothing was sent by this command")
        .advice(format!("{when}: {resume}"))
}

/// The ledger failed. What it has at the end says whether coupons may be out.
fn store_failed(error: LedgerError, ledger: &mut SqliteLedger, name: &str) -> Failure {
    let failure = ledger_failure(error);
    let resume = "make the ledger usable, then run the same command again: it goes on where this one ended";
    match blocking(|| Summary::of(ledger, name)) {
        Ok(summary) if summary.exit(false) != Exit::Unresolved => {
            failure.outcome("nothing was sent without being recorded").advice(resume)
        }
        _ => failure
            .ending(Exit::Unresolved)
            .outcome("coupons may be out whose answers could not be recorded; the next run settles them")
            .advice(resume),
    }
}
