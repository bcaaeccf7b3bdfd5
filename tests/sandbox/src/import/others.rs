//! What is neither a stock nor a coupon nor a callback.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::calendar::rfc3339;
use crate::favor::platform_favor;
use crate::import::entry::Entry;
use crate::limits::StoredTurns;
use crate::platform::Platform;
use crate::protocol::json::{Object, control_typed, set};
use crate::protocol::problem::refused;
use crate::protocol::reply::Reply;
use crate::state::id::Id;
use crate::state::platform_favor::PlatformFavor;

/// What an export shows of a platform favor and follows from the rest.
const FAVOR_DERIVED: [&str; 6] =
    ["stock_name", "stock_status", "belong_merchant", "send_rule", "use_rule", "display_pattern"];

/// How often limits were asked and met, and what they refused.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LimitCounts {
    pub(super) turns: Vec<StoredTurns>,
    pub(super) refused: BTreeMap<String, u64>,
}

/// Adds what an import needs, beyond the lists, to what is shown of a state.
pub(crate) fn add_to_state(json: &mut Value, platform: &Platform) {
    let mut state = platform.state();
    set(json, "limits", state.limits.stored().clone());
    let counts = LimitCounts { turns: state.limits.turns(), refused: state.limits.refused().clone() };
    set(json, "limit_counts", serde_json::to_value(&counts).unwrap_or_default());
    drop(state);
    set(json, "merchant_certificate", platform.standing().json());
}

/// Adds what an import needs to what is shown of a platform favor.
pub(crate) fn add_to_favor(json: &mut Value, favor: &PlatformFavor) {
    set(json, "terms", favor.terms.clone());
    set(json, "create_time", rfc3339(favor.created));
}

pub(super) fn favor(
    value: Value,
    pointer: String,
    now: u64,
    id: Id<30_000_001>,
    mchid: &str,
) -> Result<PlatformFavor, Reply> {
    let mut entry = Entry::new(value, pointer, now, &FAVOR_DERIVED)?;
    let at = format!("{}/terms", entry.pointer);
    let id = entry.id("stock_id", id)?;
    let created = entry.time_or_now("create_time")?;
    let terms = entry.object("terms")?;
    let mut terms = terms.ok_or_else(|| refused("body", &at, Value::Null, "must be an object"))?;
    entry.end()?;
    terms.entry("belong_merchant").or_insert_with(|| mchid.into());
    if terms.get("belong_merchant").and_then(Value::as_str) != Some(mchid) {
        let value = terms.remove("belong_merchant").unwrap_or_default();
        let rule = format!("must be {mchid}, the merchant of this sandbox, or left out");
        return Err(refused("body", &format!("{at}/belong_merchant"), value, &rule));
    }
    let number = terms.get("out_request_no");
    if !number.and_then(Value::as_str).is_some_and(|text| (1..=128).contains(&text.chars().count())) {
        let value = number.cloned().unwrap_or_default();
        return Err(refused("body", &format!("{at}/out_request_no"), value, "must have 1 to 128 characters"));
    }
    platform_favor::check(&Value::Object(terms.clone())).map_err(|error| error.below(&at))?;
    Ok(PlatformFavor { id, created, terms })
}

pub(super) fn image(value: Value, pointer: String, now: u64) -> Result<Value, Reply> {
    let mut entry = Entry::new(value, pointer, now, &[])?;
    let (media_url, sha256) = (entry.members.text("media_url")?, entry.members.text("sha256")?);
    let size = entry.members.number("size")?.unwrap_or(0);
    entry.end()?;
    Ok(json!({ "media_url": media_url, "sha256": sha256, "size": size }))
}

/// Reads a member that is an object with numbers, or one of a known type.
pub(super) fn typed<T: serde::de::DeserializeOwned + Serialize>(
    value: Value,
    pointer: &str,
) -> Result<T, Reply> {
    control_typed(object(value, pointer)?).map_err(|error| error.below(pointer))
}

pub(super) fn object(value: Value, pointer: &str) -> Result<Object, Reply> {
    match value {
        Value::Object(object) => Ok(object),
        other => Err(refused("body", pointer, other, "must be an object")),
    }
}
