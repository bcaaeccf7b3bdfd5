//! Stocks in a document.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Value, json};
use wechatpay_core::types::Mchid;

use crate::calendar::rfc3339;
use crate::import::entry::Entry;
use crate::import::terms;
use crate::protocol::json::set;
use crate::protocol::problem::refused;
use crate::protocol::reply::Reply;
use crate::state::entries::Entries;
use crate::state::stock::{Sent, Status, Stock, StockId};

/// What an export shows of a stock and follows from the rest.
const DERIVED: [&str; 13] = [
    "stock_creator_mchid",
    "stock_name",
    "description",
    "stock_use_rule",
    "available_begin_time",
    "available_end_time",
    "distributed_coupons",
    "no_cash",
    "singleitem",
    "stock_type",
    "out_request_no",
    "used_coupons",
    "spent_amount",
];
const TIMES: [&str; 4] = ["start_time", "pause_time", "restart_time", "stop_time"];
const STATUSES: [Status; 4] = [Status::Unactivated, Status::Running, Status::Paused, Status::Stopped];

/// Adds what an import needs to what is shown of a stock.
pub(crate) fn add_to_stock(json: &mut Value, stock: &Stock) {
    set(json, "terms", terms::json(&stock.terms));
    set(json, "budget", stock.max_amount);
    for (name, list) in [("merchants", &stock.merchants), ("items", &stock.items)] {
        set(json, name, json!(list.entries));
        if let Some(changed) = list.changed() {
            set(json, &format!("{name}_time"), rfc3339(changed));
        }
    }
    for name in TIMES {
        if let Some(at) = stock.changes.get(name) {
            set(json, name, rfc3339(*at));
        }
    }
}

pub(super) fn read(
    value: Value,
    pointer: String,
    now: u64,
    id: StockId,
    mchid: &str,
) -> Result<Stock, Reply> {
    let mut entry = Entry::new(value, pointer, now, &DERIVED)?;
    let id = entry.id("stock_id", id)?;
    let at = format!("{}/terms", entry.pointer);
    let object = entry.object("terms")?;
    let object = object.ok_or_else(|| refused("body", &at, Value::Null, "must be an object"))?;
    let terms = terms::read(object, &at, mchid)?;
    let created = entry.time_or_now("create_time")?;
    let names = STATUSES.map(Status::as_str);
    let name = entry.members.one_of("status", &names)?.unwrap_or("unactivated");
    let status = STATUSES.into_iter().find(|status| status.as_str() == name).unwrap_or(Status::Unactivated);
    let budget = entry.members.positive("budget")?;
    let merchants = Entries::new(terms.coupon_use_rule.available_merchants.iter().map(Mchid::as_str));
    let items = Entries::new(&terms.coupon_use_rule.available_items);
    let mut changes: BTreeMap<Cow<'static, str>, u64> = BTreeMap::new();
    for name in TIMES {
        if let Some(at) = entry.time(name)? {
            changes.insert(name.into(), at);
        }
    }
    // A stock that has a status has got it at some time.
    let needed: &[&'static str] = match status {
        Status::Unactivated => &[],
        Status::Running => &["start_time"],
        Status::Paused => &["start_time", "pause_time"],
        Status::Stopped => &["stop_time"],
    };
    for name in needed {
        changes.entry((*name).into()).or_insert(created);
    }
    let stock = Stock {
        id,
        created,
        merchants: entries(&mut entry, "merchants", merchants)?,
        items: entries(&mut entry, "items", items)?,
        max_amount: budget
            .map_or(terms.stock_use_rule.max_amount.get(), |fen| i64::try_from(fen).unwrap_or(i64::MAX)),
        terms,
        status,
        changes,
        sent: Sent::default(),
    };
    entry.end()?;
    Ok(stock)
}

/// Reads a list that can change after the creation.
fn entries(entry: &mut Entry, name: &str, default: Entries) -> Result<Entries, Reply> {
    let list = entry.members.texts(name)?;
    let changed = entry.time(&format!("{name}_time"))?;
    let list = list.map_or(default, Entries::new);
    Ok(match changed {
        Some(at) => Entries::changed_to(list.entries, at),
        None => list,
    })
}
