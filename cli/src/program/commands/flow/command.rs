//! `flow use` and `flow refund`.

use std::fs::File;
use std::path::Path;
use std::time::SystemTime;

use serde_json::{Map, Value, json};
use wechatpay_cli::ledger::{AnyLedger, FlowFile, FlowKind, Imported, Ledger as _};
use wechatpay_hyper::core::cashcoupons::StockId;
use wechatpay_hyper::core::types::UnixMillis;

use super::fetch::fetch;
use super::read::Source;
use super::spool::Spool;
use crate::program::arguments::{Flow, FlowOf};
use crate::program::clock::unix_millis;
use crate::program::commands::send::{blocking, ledger_failure, open, open_existing};
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::{fields, members};
use crate::program::session::Session;
use crate::program::texts::{marked, text};

/// Downloads a flow file, and keeps it.
///
/// # Errors
/// The [`Failure`] of the command.
pub(crate) async fn flow(session: &Session, arguments: &Flow) -> Result<Exit, Failure> {
    let (kind, arguments) = match arguments {
        Flow::Use(arguments) => (FlowKind::Use, arguments),
        Flow::Refund(arguments) => (FlowKind::Refund, arguments),
    };
    match &arguments.from {
        Some(path) => of_disk(session, kind, arguments, path),
        None => downloaded(session, kind, arguments).await,
    }
}

/// Takes a file that was downloaded before.
fn of_disk(session: &Session, kind: FlowKind, arguments: &FlowOf, path: &Path) -> Result<Exit, Failure> {
    let unreadable = |error: &std::io::Error| {
        Failure::usage(text!("the file {path} cannot be read", path = path.display())).because(error)
    };
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let modified = file.metadata().and_then(|it| it.modified()).map_err(|error| unreadable(&error))?;
    let source = Source::new(file, None)?;
    let mut ledger = arguments.import.then(|| open_existing(session)).transpose()?;
    // It was downloaded when it was written, or before.
    let fetched_at = since_1970(modified).min(unix_millis());
    let kept = keep(session, ledger.as_mut(), kind, arguments, Some(&source), fetched_at)?;
    report(session, kind, arguments, Some((&source, None)), &kept)
}

async fn downloaded(session: &Session, kind: FlowKind, arguments: &FlowOf) -> Result<Exit, Failure> {
    let connection = Connection::open(session).await?;
    let mut ledger = match arguments.import {
        true => Some(open(session, &connection)?),
        false => None,
    };
    let (spool, file) = Spool::create(arguments.out.as_deref())?;
    let stock_id: StockId = arguments.stock_id.as_str().into();
    let Some(file) = fetch(&connection, kind, &stock_id, arguments.date, file).await? else {
        let kept = keep(session, ledger.as_mut(), kind, arguments, None, unix_millis())?;
        return report(session, kind, arguments, None, &kept);
    };
    let (expected, verified) = (file.rows(), file.is_verified());
    let source = Source::new(file.into_inner(), expected)?;
    let fetched_at = unix_millis();
    spool.place(source.file())?;
    if !verified {
        session.output.important(&text!(
            "warning: the response with the link and the hash of this file was not signed, so nothing proves where it is from"
        ));
    }
    let kept = keep(session, ledger.as_mut(), kind, arguments, Some(&source), fetched_at)?;
    report(session, kind, arguments, Some((&source, Some(verified))), &kept)
}

/// Adds the file to the ledger, or only reads it. No file: WeChat Pay says that there was nothing.
fn keep(
    session: &Session,
    ledger: Option<&mut AnyLedger>,
    kind: FlowKind,
    arguments: &FlowOf,
    source: Option<&Source>,
    fetched_at: UnixMillis,
) -> Result<Imported, Failure> {
    let (stock_id, date) = (StockId::from(arguments.stock_id.as_str()), arguments.date);
    let sha1 = source.map_or("", |source| source.sha1.as_str());
    let file = FlowFile::new(kind, stock_id, date, sha1, fetched_at);
    if ledger.is_some() && file.is_early() {
        session.output.note(&text!(
            "before 10:00 in Beijing on the next day, the file of a day may lack rows: `reconcile` counts the day only if its file is imported again after that"
        ));
    }
    let Some(source) = source else {
        let imported = ledger.map(|ledger| blocking(|| ledger.import_flow(&file, &mut std::iter::empty())));
        return imported.transpose().map(Option::unwrap_or_default).map_err(ledger_failure);
    };
    let mut rows = source.rows()?;
    blocking(|| match ledger {
        Some(ledger) => ledger.import_flow(&file, &mut rows),
        None => file.read(rows),
    })
    .map_err(ledger_failure)
}

fn report(
    session: &Session,
    kind: FlowKind,
    arguments: &FlowOf,
    source: Option<(&Source, Option<bool>)>,
    kept: &Imported,
) -> Result<Exit, Failure> {
    let date = arguments.date.map(|date| date.to_string());
    let imported = arguments.import.then_some(kept.new);
    let Imported { rows, unread, stated_rows, total, .. } = *kept;
    let written = arguments.out.as_ref().filter(|_| source.is_some());
    let json: Map<String, Value> = members(json!({
        "kind": kind,
        "stock_id": arguments.stock_id,
        "bill_date": date,
        "file": written,
        "sha1": source.map(|(source, _)| &source.sha1),
        "bytes": source.map(|(source, _)| source.bytes),
        "verified": source.and_then(|(_, verified)| verified),
        "rows": rows,
        "unread": unread,
        "stated_rows": stated_rows,
        "total": total,
        "imported": imported.is_some(),
        "new": imported,
    }));
    if session.output.is_human() && written.is_none() && imported.is_none() {
        let unkept = text!("nothing was kept: -o FILE writes the file, --import adds it to the ledger");
        session.output.note(&unkept);
    }
    session.output.document(json, || {
        let (name, none) = match kind {
            FlowKind::Refund => {
                (marked!("refunded"), text!("nothing: WeChat Pay says that there is no refund"))
            }
            _ => (marked!("booked"), text!("nothing: WeChat Pay says that there is no use")),
        };
        fields([
            ("stock", Some(arguments.stock_id.clone())),
            ("file", Some(described(kind, date.as_deref()))),
            ("sha1", source.map(|(source, _)| source.sha1.clone())),
            ("rows", Some(if source.is_some() { rows.to_string() } else { none })),
            ("unreadable", (unread > 0).then(|| unread.to_string())),
            ("states", stated_rows.map(|stated| text!("{rows} rows", rows = stated))),
            (name, source.map(|_| text!("{fen} yuan", fen = total))),
            ("written to", written.map(|path| path.display().to_string())),
            ("ledger", imported.map(|new| if new { text!("imported") } else { text!("had it already") })),
        ])
    })?;
    Ok(Exit::Done)
}

/// Which file it is.
fn described(kind: FlowKind, date: Option<&str>) -> String {
    match (kind, date) {
        (FlowKind::Refund, Some(date)) => text!("refund, {date}", date = date),
        (FlowKind::Refund, None) => text!("refund, the whole stock"),
        (_, Some(date)) => text!("use, {date}", date = date),
        (_, None) => text!("use, the whole stock"),
    }
}

fn since_1970(time: SystemTime) -> UnixMillis {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    UnixMillis::try_from(since.as_millis()).unwrap_or(UnixMillis::MAX)
}
