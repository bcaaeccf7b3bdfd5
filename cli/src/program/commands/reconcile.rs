//! `reconcile`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use wechatpay_cli::ledger::{
    AnyLedger, Author, Campaign, Class, Difference, DifferenceState, Differences, Ledger as _, LedgerError,
};

use crate::program::arguments::{FailOn, Reconcile};
use crate::program::clock::unix_millis;
use crate::program::commands::report::meaning;
use crate::program::commands::send::{blocking, campaign, ledger_failure, open, open_existing, who};
use crate::program::commands::stock::find;
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::{Table, members};
use crate::program::session::Session;
use crate::program::texts::{Language, marked, said, spoken, text};

/// How many differences people get. Programs get all.
const SHOWN: usize = 100;

/// Compares the books of a campaign, or closes differences.
///
/// # Errors
/// The [`Failure`] of the command.
pub(crate) async fn reconcile(session: &Session, arguments: &Reconcile) -> Result<Exit, Failure> {
    if !arguments.close.is_empty() {
        return close(session, arguments);
    }
    let (mut ledger, found) = match arguments.offline {
        true => {
            let mut ledger = open_existing(session)?;
            let found = campaign(&mut ledger, &arguments.campaign)?;
            (ledger, found)
        }
        false => look(session, arguments).await?,
    };
    let (differences, entries) = blocking(|| {
        let differences = ledger.reconcile(&found.name, unix_millis())?;
        let entries = entries(&mut ledger, &found.name, arguments.all)?;
        Ok::<_, LedgerError>((differences, entries))
    })
    .map_err(ledger_failure)?;
    let open = entries.iter().filter(|it| it.state == DifferenceState::Open);
    let fails = open.filter(|it| counts(arguments.fail_on.as_deref(), it.class)).count();
    report(session, &found, &differences, &entries, fails)?;
    if differences.stopped {
        let stopped = text!("the campaign is stopped: WeChat Pay gave two coupons for one number");
        session.output.important(&stopped);
    }
    Ok(if fails > 0 { Exit::Differences } else { Exit::Done })
}

/// Asks WeChat Pay about the stock, and keeps what it says.
async fn look(session: &Session, arguments: &Reconcile) -> Result<(AnyLedger, Campaign), Failure> {
    let connection = Connection::open(session).await?;
    let mut ledger = open(session, &connection)?;
    let found = campaign(&mut ledger, &arguments.campaign)?;
    let before = blocking(|| ledger.sent_of_stock(&found.stock_id)).map_err(ledger_failure)?;
    let stock = find(&connection, found.stock_id.as_str(), Some(found.creator.as_str())).await?;
    session.output.answered(&stock);
    let answer = String::from_utf8_lossy(stock.raw());
    let kept = blocking(|| ledger.keep_stock(&found.stock_id, &answer, before, unix_millis()));
    kept.map_err(ledger_failure)?;
    Ok((ledger, found))
}

fn entries(ledger: &mut AnyLedger, name: &str, all: bool) -> Result<Vec<Difference>, LedgerError> {
    let mut entries = Vec::new();
    ledger.differences(name, &mut |difference| {
        if all || difference.state == DifferenceState::Open {
            entries.push(difference);
        }
        Ok(())
    })?;
    Ok(entries)
}

/// Whether an open difference of the class ends with 6.
fn counts(fail_on: Option<&[FailOn]>, class: Class) -> bool {
    let Some(fail_on) = fail_on else { return !class.is_information() };
    fail_on.iter().any(|on| match on {
        FailOn::All => true,
        FailOn::None => false,
        FailOn::Class(on) => *on == class,
    })
}

fn report(
    session: &Session,
    found: &Campaign,
    differences: &Differences,
    entries: &[Difference],
    fails: usize,
) -> Result<(), Failure> {
    let mut head = members(differences);
    head.extend(members(json!({ "campaign": found.name, "stock_id": found.stock_id, "fails": fails })));
    let now = unix_millis();
    let documents = entries.iter().map(|it| document(it, now)).collect();
    session.output.list(head, documents, || {
        let Differences { open, closed, gone, .. } = differences;
        let sums = text!(
            "open: {open}; closed: {closed}; gone since the last time: {gone}",
            open = open,
            closed = closed,
            gone = gone
        );
        if entries.is_empty() {
            return format!("{}\n{sums}", text!("the books agree as far as the ledger has them"));
        }
        let mut table = Table::new(["ID", "CLASS", "AGE", "STATE", "WHAT"]);
        for entry in entries.iter().take(SHOWN) {
            table.row([
                entry.id.to_string(),
                entry.class.to_string(),
                age(entry, now),
                said(state(entry)).to_owned(),
                match &entry.note {
                    Some(note) => text!("{what} (closed: {note})", what = what(entry), note = note),
                    None => what(entry),
                },
            ]);
        }
        let more = entries.len().saturating_sub(SHOWN);
        match more {
            0 => format!("{table}\n{sums}"),
            _ => format!("{table}\n{}\n{sums}", text!("and {count} more: see --output ndjson", count = more)),
        }
    })
}

fn document(entry: &Difference, now: u64) -> Map<String, Value> {
    let mut document = members(entry);
    document.insert("information".to_owned(), entry.class.is_information().into());
    document.insert("age".to_owned(), (now.saturating_sub(entry.first_seen) / 1000).into());
    document
}

fn state(entry: &Difference) -> &'static str {
    match entry.state {
        DifferenceState::Open if entry.class.is_information() => marked!("information"),
        DifferenceState::Open => marked!("open"),
        DifferenceState::Closed => marked!("closed"),
        _ => marked!("gone"),
    }
}

/// The sentence of the ledger, which is English. In other languages, what its class means stands before it.
fn what(entry: &Difference) -> String {
    match spoken() {
        Language::En => entry.text.clone(),
        language => text!(
            "{meaning} (in the ledger: {sentence})",
            meaning = meaning(entry.class.name(), language),
            sentence = entry.text
        ),
    }
}

/// For how long it is known.
fn age(entry: &Difference, now: u64) -> String {
    let minutes = now.saturating_sub(entry.first_seen) / 60_000;
    match (minutes / 1440, minutes / 60) {
        (0, 0) => text!("{minutes} min", minutes = minutes),
        (0, hours) => text!("{hours} h", hours = hours),
        (days, _) => text!("{days} d", days = days),
    }
}

fn close(session: &Session, arguments: &Reconcile) -> Result<Exit, Failure> {
    let mut ledger = open_existing(session)?;
    let name = campaign(&mut ledger, &arguments.campaign)?.name;
    let ids: BTreeSet<u64> = arguments.close.iter().copied().collect();
    let author =
        Author { who: who(session), note: arguments.note.clone().unwrap_or_default(), at: unix_millis() };
    let closed = blocking(|| {
        // All of them, or none.
        let open: BTreeSet<u64> = entries(&mut ledger, &name, false)?.iter().map(|it| it.id).collect();
        if let Some(id) = ids.difference(&open).next() {
            return Err(LedgerError::NoDifference(*id));
        }
        for id in &ids {
            ledger.close_difference(&name, *id, &author)?;
            ledger.note(&author.who, "reconcile --close", &format!("{name} {id}: {}", author.note))?;
        }
        Ok(())
    });
    closed.map_err(ledger_failure)?;
    let json = json!({ "campaign": name, "closed": ids });
    session.output.document(members(json), || match ids.len() {
        1 => text!("1 difference was closed"),
        several => text!("{count} differences were closed", count = several),
    })?;
    Ok(Exit::Done)
}
