//! `send plan`.

use std::fs::File;

use serde_json::{Value, json};
use wechatpay_cli::ledger::{Ledger as _, LedgerError, Plan, Planned};
use wechatpay_cli::list::ListReader;
use wechatpay_hyper::core::types::Fen;

use crate::program::arguments::PlanList;
use crate::program::commands::send::book::{blocking, ledger_failure, open, who};
use crate::program::commands::send::preflight::{Preflight, preflight, total};
use crate::program::commands::stock::{face, find};
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::{fields, members};
use crate::program::session::Session;
use crate::program::texts::text;

pub(super) async fn plan(session: &Session, arguments: &PlanList) -> Result<Exit, Failure> {
    let path = arguments.list.display();
    let named = |failure: Failure| failure.with("list", path.to_string());
    let list = File::open(&arguments.list).map_err(|error| {
        Failure::usage(text!("the list {path} cannot be opened", path = path)).because(&error)
    })?;
    let list = ListReader::new(list, arguments.key_column.as_deref())
        .map_err(|error| named(ledger_failure(LedgerError::List(error))))?;
    let connection = Connection::open(session).await?;
    let appid = connection.appid(arguments.appid.as_deref())?;
    let creator = connection.creator(arguments.creator.as_deref());
    let stock = find(&connection, &arguments.stock, arguments.creator.as_deref()).await?;
    let rule = stock.stock_use_rule.as_ref();
    let mut plan = Plan::new(&arguments.campaign, arguments.stock.as_str().into(), creator, appid);
    plan.face_value = face(&stock);
    let per_user = rule.and_then(|rule| rule.max_coupons_per_user);
    plan.max_per_user = per_user.and_then(|limit| u64::try_from(limit).ok());

    let mut ledger = open(session, &connection)?;
    let columns = list.columns().clone();
    let planned = blocking(|| {
        let planned = ledger.plan(&plan, &columns, &mut { list })?;
        let noted =
            format!("{} --campaign {} --stock {}", file_name(arguments), plan.campaign, plan.stock_id);
        ledger.note(&who(session), "send plan", &noted)?;
        let counts = ledger.counts(&plan.campaign)?;
        Ok::<_, LedgerError>((planned, counts))
    });
    let (planned, counts) = planned.map_err(|error| named(ledger_failure(error)))?;
    let mut seen = preflight(&stock, counts.planned, Some(planned.most_per_user));
    seen.warnings.extend(contradictions(session, &plan.campaign, &planned));
    report(session, arguments, &planned, counts.planned, plan.face_value, &seen)?;
    Ok(Exit::Done)
}

/// What the list itself lets expect.
fn contradictions(session: &Session, campaign: &str, planned: &Planned) -> Vec<String> {
    let mut warnings = Vec::new();
    for overlap in &planned.overlaps {
        warnings.push(text!(
            "the campaign {campaign} sends coupons of the same stock to {users} of the same users; each of them gets \
             one of each campaign",
            campaign = format!("{:?}", overlap.campaign),
            users = overlap.users
        ));
    }
    if planned.repeated_users > 0 {
        warnings.push(text!(
            "users with more than one row: {users}; each of them gets a coupon for each row",
            users = planned.repeated_users
        ));
    }
    let absent = planned.intents.saturating_sub(planned.rows);
    if absent > 0 {
        warnings.push(text!(
            "rows of the campaign that are not in this list: {absent}; they stay in it. What was not tried can be taken \
             out: {command} --as cancel --key KEY --note WHY",
            absent = absent,
            command = session.command(&["send", "resolve", campaign])
        ));
    }
    if planned.other_cells > 0 {
        warnings.push(text!(
            "{rows} rows have other values in their other columns than before; the former ones are kept",
            rows = planned.other_cells
        ));
    }
    warnings
}

fn report(
    session: &Session,
    arguments: &PlanList,
    planned: &Planned,
    to_send: u64,
    face: Option<Fen>,
    seen: &Preflight,
) -> Result<(), Failure> {
    let yuan = face.and_then(|face| total(planned.intents, face));
    let yuan_to_send = face.and_then(|face| total(to_send, face));
    let mut json = members(planned);
    json.extend(members(json!({
        "campaign": arguments.campaign,
        "stock_id": arguments.stock,
        "coupons": planned.intents,
        "face_value": face,
        "total": yuan,
        "coupons_to_send": to_send,
        "total_to_send": yuan_to_send,
        "blocks": seen.blocks,
        "warnings": seen.warnings,
    })));
    if session.output.is_human() {
        for block in &seen.blocks {
            session.output.important(&text!("problem: {block}", block = block));
        }
        for warning in &seen.warnings {
            session.output.important(&text!("warning: {warning}", warning = warning));
        }
    }
    session.output.document(json, || {
        let money = |fen: Option<Fen>| {
            fen.map_or_else(|| text!("of unknown value"), |fen| text!("{fen} yuan", fen = fen))
        };
        fields([
            ("campaign", Some(arguments.campaign.clone())),
            ("stock", Some(arguments.stock.clone())),
            ("rows in the list", Some(text!("{rows} ({new} new)", rows = planned.rows, new = planned.new))),
            ("users", Some(planned.users.to_string())),
            ("coupons", Some(planned.intents.to_string())),
            ("one coupon", Some(money(face))),
            ("all coupons", Some(money(yuan))),
            (
                "still to send",
                Some(text!("{coupons}, {worth}", coupons = to_send, worth = money(yuan_to_send))),
            ),
            (
                "next",
                Some(session.command(&["send", "run", &arguments.campaign, "--confirm", &arguments.stock])),
            ),
        ])
    })
}

/// The name of the list, without its folders.
fn file_name(arguments: &PlanList) -> Value {
    arguments.list.file_name().map(|name| name.to_string_lossy().into_owned()).into()
}
