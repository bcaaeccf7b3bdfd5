//! `send run`.

use std::time::Duration;

use wechatpay_cli::ledger::{AnyLedger, Ledger as _, LedgerError, Threaded};
use wechatpay_hyper::core::bulk::{End, Policy, Sender};

use crate::program::arguments::RunCampaign;
use crate::program::commands::send::book::{blocking, ledger_failure, who};
use crate::program::commands::send::prepared::Prepared;
use crate::program::commands::send::progress::Bar;
use crate::program::commands::send::signals::Interrupts;
use crate::program::commands::send::summary::Summary;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::session::Session;
use crate::program::texts::text;

pub(super) async fn run(session: &Session, arguments: &RunCampaign) -> Result<Exit, Failure> {
    let interrupts = Interrupts::listen().map_err(|error| {
        Failure::failed(text!("the program cannot listen for interrupts")).because(&error)
    })?;
    let prepared = tokio::select! {
        prepared = Prepared::new(session, arguments) => prepared?,
        () = interrupts.reach(1) => {
            return Err(Failure::new(Exit::Interrupted, text!("interrupted")).outcome(text!("nothing was sent by this command")));
        }
    };
    let Prepared { connection, mut ledger, lock, campaign, counts } = prepared;
    let name = campaign.name;
    if counts.open() == 0 {
        return report(session, &mut ledger, &name, false);
    }
    let policy = policy(arguments);
    blocking(|| ledger.note(&who(session), "send run", &name)).map_err(ledger_failure)?;
    let store = ledger.store(&lock, &name, &policy).map_err(ledger_failure)?;
    let mut store = Threaded::start(store).map_err(|error| {
        Failure::failed(text!("the thread of the ledger could not be started")).because(&error)
    })?;
    let sender = Sender::new(policy, campaign.health);
    let ended = {
        let mut bar = Bar::new(&session.output, counts);
        let stop = async {
            interrupts.reach(1).await;
            session.output.important(&text!(
                "interrupted: waiting for the answers of what is in flight; again to end at once"
            ));
        };
        let sending = connection.client().send_all(sender, &mut store, stop, |progress| bar.show(progress));
        tokio::select! {
            ended = Box::pin(sending) => Some(ended),
            () = interrupts.reach(2) => None,
        }
    };
    // The thread ends when it has done what it was given.
    drop(store);
    match ended {
        None => report(session, &mut ledger, &name, true),
        Some(Ok(end)) => report(session, &mut ledger, &name, end == End::Interrupted),
        Some(Err(error)) => Err(store_failed(error, &mut ledger, &name)),
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

/// Writes what became of the campaign.
fn report(session: &Session, ledger: &mut AnyLedger, name: &str, interrupted: bool) -> Result<Exit, Failure> {
    let summary = blocking(|| Summary::of(ledger, name)).map_err(ledger_failure)?;
    let exit = summary.exit(interrupted);
    let mut json = summary.json();
    json.insert("exit".to_owned(), exit.number().into());
    session.output.document(json, || summary.text(None, 0))?;
    if session.output.is_human()
        && let Some(next) = summary.next(session)
    {
        session.output.note(&text!("next: {next}", next = next));
    }
    Ok(exit)
}

/// The ledger failed. What it has at the end says whether coupons may be out.
fn store_failed(error: LedgerError, ledger: &mut AnyLedger, name: &str) -> Failure {
    let failure = ledger_failure(error);
    let resume =
        text!("make the ledger usable, then run the same command again: it goes on where this one ended");
    match blocking(|| Summary::of(ledger, name)) {
        Ok(summary) if summary.exit(false) != Exit::Unresolved => {
            failure.outcome(text!("nothing was sent without being recorded")).advice(resume)
        }
        _ => failure
            .ending(Exit::Unresolved)
            .outcome(text!(
                "coupons may be out whose answers could not be recorded; the next run settles them"
            ))
            .advice(resume),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::arguments::{Command, Send};
    use crate::program::parse::parse;

    fn policy_of(options: &str) -> Policy {
        let line = format!("wechatpay send run spring{options}");
        let (_, arguments) = parse(line.split(' ').map(Into::into)).unwrap_or_else(|error| panic!("{error}"));
        let Command::Send(Send::Run(arguments)) = arguments.command else { panic!("{line}") };
        policy(&arguments)
    }

    #[test]
    fn each_option_sets_its_value_and_no_other() {
        let default = Policy::default;
        for (options, expected) in [
            ("", default()),
            (" --rate 7", default().with_rate(7)),
            (" --in-flight 7", default().with_max_in_flight(7)),
            (" --canary 7", default().with_canary(7)),
            (" --limit 7", default().with_limit(7)),
            (" --window 7", default().with_window(Duration::from_secs(7 * 60 * 60))),
        ] {
            assert_eq!(policy_of(options), expected, "{options}");
        }
    }
}
