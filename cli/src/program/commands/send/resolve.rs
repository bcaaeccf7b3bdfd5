//! `send resolve`.

use serde_json::json;
use wechatpay_cli::ledger::{
    AnyLedger, Author, Campaign, IntentRow, Ledger as _, LedgerError, Resolution, Resolved, Selection,
};
use wechatpay_hyper::core::bulk::{Decision, Policy};
use wechatpay_hyper::core::cashcoupons::{QueryCoupon, RequiredCouponFields, SendCoupon, User};

use crate::program::arguments::{Decided, Resolve};
use crate::program::clock::unix_millis;
use crate::program::commands::send::book::{blocking, campaign, ledger_failure, open, open_existing, who};
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::{Table, members};
use crate::program::session::Session;
use crate::program::texts::{said, text};

/// The note of what a query found. It is data of the ledger, so it is not translated.
const FOUND_BY_QUERY: &str = "found by a query";

pub(super) async fn resolve(session: &Session, arguments: &Resolve) -> Result<Exit, Failure> {
    match arguments.decision {
        Some(decision) => decide(session, arguments, decision).await,
        None if arguments.query => query(session, arguments).await,
        None => list(session, arguments),
    }
}

/// Which intents are meant.
fn selection(arguments: &Resolve) -> Selection {
    match (&arguments.key, &arguments.number) {
        (Some(key), _) => Selection::Key(key.clone()),
        (None, Some(number)) => Selection::Number(number.as_str().into()),
        (None, None) => Selection::Standing("doubtful".to_owned()),
    }
}

/// Shows what is doubtful, or the rows that are chosen.
fn list(session: &Session, arguments: &Resolve) -> Result<Exit, Failure> {
    let mut ledger = open_existing(session)?;
    let name = campaign(&mut ledger, &arguments.campaign)?.name;
    let mut table = Table::new(["OUT_REQUEST_NO", "STANDING", "ATTEMPTS", "LAST CODE", "WHAT HAPPENED"]);
    let mut entries = Vec::new();
    let mut unresolved = false;
    for row in rows(&mut ledger, &name, &selection(arguments))? {
        unresolved |= row.may_have_happened && !row.standing.is_final();
        let details = row.last.as_ref().map(|last| last.details.clone()).unwrap_or_default();
        table.row([
            row.out_request_no.to_string(),
            said(row.standing.name()).to_owned(),
            row.attempts.to_string(),
            details.code.clone().unwrap_or_default(),
            details.text.clone(),
        ]);
        entries.push(members(json!({
            "out_request_no": row.out_request_no,
            "standing": row.standing,
            "may_have_happened": row.may_have_happened,
            "attempts": row.attempts,
            "last": row.last,
        })));
    }
    let none = entries.is_empty();
    let chosen = arguments.key.is_some() || arguments.number.is_some();
    session.output.list(members(json!({ "campaign": name })), entries, || match (none, chosen) {
        (true, true) => text!("the campaign has no such row"),
        (true, false) => text!("nothing is doubtful"),
        (false, _) => table.to_string(),
    })?;
    Ok(if unresolved { Exit::Unresolved } else { Exit::Done })
}

/// Looks for each of them at the platform.
async fn query(session: &Session, arguments: &Resolve) -> Result<Exit, Failure> {
    let connection = Connection::open(session).await?;
    let mut ledger = open(session, &connection)?;
    let found = campaign(&mut ledger, &arguments.campaign)?;
    let lock = ledger.lock_run().map_err(ledger_failure)?;
    let author = author(session, FOUND_BY_QUERY);
    let (mut hits, mut misses) = (0_u64, 0_u64);
    for row in rows(&mut ledger, &found.name, &selection(arguments))? {
        if row.standing.is_final() {
            continue;
        }
        let Some(operation) = operation(&found, &row) else {
            misses = misses.saturating_add(1);
            continue;
        };
        let Some(coupon) = connection.client().find(&operation).await.map_err(Failure::reading)? else {
            misses = misses.saturating_add(1);
            continue;
        };
        let coupon = Resolution::Found(coupon.into());
        let resolved = blocking(|| {
            ledger.resolve(&lock, &found.name, &Selection::Id(row.id), &coupon, &author, &Policy::default())
        });
        resolved.map_err(ledger_failure)?;
        hits = hits.saturating_add(1);
    }
    let json = json!({ "campaign": found.name, "found": hits, "not_found": misses });
    session.output.document(members(json), || {
        match misses {
            0 => text!(
                "{hits} coupons were found and are sent; {misses} were not found",
                hits = hits,
                misses = misses
            ),
            misses => text!(
                "{hits} coupons were found and are sent; {misses} were not found, which proves nothing: ask WeChat Pay's \
                 support with the numbers of `wechatpay send resolve`",
                hits = hits,
                misses = misses
            ),
        }
    })?;
    Ok(if misses > 0 { Exit::Unresolved } else { Exit::Done })
}

/// Takes what a person says.
async fn decide(session: &Session, arguments: &Resolve, decision: Decided) -> Result<Exit, Failure> {
    let mut ledger = open_existing(session)?;
    let found = campaign(&mut ledger, &arguments.campaign)?;
    let name = found.name.clone();
    let resolution = match (decision, &arguments.coupon) {
        (Decided::Sent, Some(coupon)) => {
            verify(session, &found, &rows(&mut ledger, &name, &selection(arguments))?, coupon).await?;
            Resolution::Found(coupon.as_str().into())
        }
        (Decided::Sent, None) => {
            return Err(Failure::usage(text!("--as sent needs the coupon: --coupon COUPON_ID")));
        }
        (_, Some(_)) => return Err(Failure::usage(text!("--coupon goes with --as sent only"))),
        (Decided::NotSent, None) => Resolution::Decided(Decision::NotSent),
        (Decided::Repeat, None) => Resolution::Decided(Decision::Repeat),
        (Decided::Cancel, None) => Resolution::Decided(Decision::Cancel),
    };
    let mut chosen = selection(arguments);
    if decision == Decided::Cancel && chosen == Selection::Standing("doubtful".to_owned()) {
        // Only what was never tried can be cancelled.
        chosen = Selection::Standing("planned".to_owned());
    }
    let author = author(session, arguments.note.as_deref().unwrap_or_default());
    let lock = ledger.lock_run().map_err(ledger_failure)?;
    let resolved =
        blocking(|| ledger.resolve(&lock, &name, &chosen, &resolution, &author, &Policy::default()));
    let Resolved { changed, unchanged, .. } = resolved.map_err(ledger_failure)?;
    let json = json!({ "campaign": name, "changed": changed, "unchanged": unchanged });
    session.output.document(members(json), || {
        let mut text = match changed {
            1 => text!("1 row was changed"),
            _ => text!("{changed} rows were changed", changed = changed),
        };
        if unchanged > 0 {
            text.push_str(&text!("; it has no effect on {unchanged}", unchanged = unchanged));
        }
        text
    })?;
    Ok(Exit::Done)
}

/// Asks the platform whether the user has the coupon: a wrong id would leave the user without one for good.
async fn verify(
    session: &Session,
    found: &Campaign,
    rows: &[IntentRow],
    coupon: &str,
) -> Result<(), Failure> {
    // For several rows, the ledger says what is wrong.
    let [row] = rows else { return Ok(()) };
    let connection = Connection::open(session).await?;
    let Some(openid) = row.openid.clone() else {
        return Err(Failure::usage(text!(
            "the openid of this row was forgotten, so its coupon cannot be looked at"
        )));
    };
    let user = User { openid, appid: found.appid.clone() };
    let seen =
        connection.client().send(&QueryCoupon::new(user, coupon.into())).await.map_err(Failure::reading)?;
    let number = seen.out_request_no.as_ref().is_none_or(|number| *number == row.out_request_no);
    match number && seen.stock_id == found.stock_id {
        true => Ok(()),
        false => Err(Failure::usage(text!(
            "the coupon {coupon} was sent for another row; nothing was changed",
            coupon = coupon
        ))),
    }
}

/// The request of a row, unless its openid was forgotten.
fn operation(found: &Campaign, row: &IntentRow) -> Option<SendCoupon> {
    Some(SendCoupon::new(RequiredCouponFields {
        openid: row.openid.clone()?,
        appid: found.appid.clone(),
        stock_id: found.stock_id.clone(),
        stock_creator_mchid: found.creator.clone(),
        out_request_no: row.out_request_no.clone(),
    }))
}

fn rows(ledger: &mut AnyLedger, name: &str, selection: &Selection) -> Result<Vec<IntentRow>, Failure> {
    let mut rows = Vec::new();
    let taken = blocking(|| {
        ledger.intents(name, selection, &mut |row| {
            rows.push(row);
            Ok::<(), LedgerError>(())
        })
    });
    taken.map_err(ledger_failure)?;
    Ok(rows)
}

fn author(session: &Session, note: &str) -> Author {
    Author { who: who(session), note: note.to_owned(), at: unix_millis() }
}
