//! The file of `stock create`.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use serde_json::{Value, json};
use wechatpay_hyper::PROVIDER;
use wechatpay_hyper::core::cashcoupons::{
    CouponRule, CreateCouponStock, PatternInfo, RequiredStockFields, StockRule,
};
use wechatpay_hyper::core::types::{Fen, Mchid, OutRequestNo, Timestamp};

use crate::program::clock::unix_seconds;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::session::Session;
use crate::program::texts::text;

const HOUR: u64 = 60 * 60;

/// Writes an example of the file. Its `out_request_no` is new each time, so that each file is a stock of its own.
///
/// # Errors
/// A [`Failure`] if there is no entropy or stdout cannot be written.
pub(super) fn skeleton(session: &Session) -> Result<Exit, Failure> {
    let number = OutRequestNo::random(&PROVIDER)
        .map_err(|error| Failure::failed(text!("no random number could be made")).because(&error))?;
    let begin = unix_seconds().saturating_add(HOUR);
    let end = begin.saturating_add(30 * 24 * HOUR);
    let time = |at| {
        Timestamp::from_unix(at).ok_or_else(|| Failure::failed(text!("the clock of this machine is wrong")))
    };
    let stock = CreateCouponStock::new(RequiredStockFields {
        out_request_no: number,
        stock_name: "满减券".into(),
        belong_merchant: Mchid::from(""),
        available_begin_time: time(begin)?,
        available_end_time: time(end)?,
        stock_use_rule: StockRule::new(100, Fen::new(50_000), 1),
        coupon_use_rule: CouponRule::normal(Fen::new(500), Fen::new(2_000), []),
        no_cash: true,
    })
    .pattern_info(PatternInfo::new("全场通用"));
    let mut example = serde_json::to_value(&stock).unwrap_or_default();
    if let Some(example) = example.as_object_mut() {
        // They are the calling merchant unless they are given.
        example.retain(|name, value| !value.is_null() && name != "belong_merchant");
    }
    let text = serde_json::to_string_pretty(&example).unwrap_or_default();
    session.output.plain(&text)?;
    Ok(Exit::Done)
}

/// Reads a stock of merchant `mchid` from a file.
///
/// # Errors
/// A [`Failure`] that names what is wrong in the file.
pub(super) fn read(path: &Path, mchid: &Mchid) -> Result<CreateCouponStock, Failure> {
    let named = |problem: String| {
        Failure::usage(text!("file {path}: {problem}", path = path.display(), problem = problem))
    };
    let text = content(path).map_err(|error| named(text!("cannot be read")).because(&error))?;
    let mut sent: Value =
        serde_json::from_str(&text).map_err(|error| named(text!("is not JSON: {error}", error = error)))?;
    let object = sent.as_object_mut().ok_or_else(|| named(text!("is not a JSON object")))?;
    object.entry("belong_merchant").or_insert_with(|| mchid.as_str().into());
    object.entry("stock_type").or_insert_with(|| "NORMAL".into());
    if let Some(Value::Object(rule)) = object.get_mut("coupon_use_rule") {
        rule.entry("available_merchants").or_insert_with(|| json!([mchid.as_str()]));
    }
    let stock: CreateCouponStock = serde_path_to_error::deserialize(&sent).map_err(|error| {
        let place = error.path().to_string();
        let place = if place == "." { String::new() } else { format!("{place}: ") };
        named(format!("{place}{}", error.inner()))
    })?;
    let read = serde_json::to_value(&stock).unwrap_or_default();
    match unread(&sent, &read, "") {
        Some(name) => Err(named(text!("{name} is not known; nothing was sent", name = name))),
        None => Ok(stock),
    }
}

fn content(path: &Path) -> io::Result<String> {
    if path.as_os_str() != "-" {
        return fs::read_to_string(path);
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

/// The first member that was sent and not read: a name that is misspelled.
fn unread(sent: &Value, read: &Value, place: &str) -> Option<String> {
    match (sent, read) {
        (Value::Object(sent), Value::Object(read)) => sent.iter().find_map(|(name, sent)| {
            let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
            match read.get(name) {
                Some(read) => unread(sent, read, &place),
                None if sent.is_null() || sent.as_array().is_some_and(Vec::is_empty) => None,
                None => Some(place),
            }
        }),
        _ => None,
    }
}
