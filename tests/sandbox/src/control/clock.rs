//! `/_sandbox/clock`: the platform's clock.

use serde_json::{Value, json};
use wechatpay_core::types::{Timestamp, UnixSeconds};

use crate::calendar::rfc3339;
use crate::control::call::Call;
use crate::protocol::json::set;
use crate::protocol::problem::refused_member;
use crate::protocol::reply::{Handled, Reply};
use crate::state::State;
use crate::state::change::Change;
use crate::state::stock::Stock;

/// The number of stocks whose end is named.
const ENDS: usize = 10;

/// `GET /clock`: the times, and with them the keys and the merchant, which are the other conditions of a test.
pub(crate) fn read(call: Call<'_>) -> Handled {
    let platform = call.platform;
    let state = platform.state();
    let mut json = json(&state, call.real_time);
    set(&mut json, "notifications_signed_by", state.notifications.signed_by.name());
    set(&mut json, "stock_ends", ends(&state, state.platform_time(call.real_time)));
    drop(state);
    set(&mut json, "platform_keys", platform.keys().json(call.real_time));
    set(&mut json, "merchant", platform.standing().json());
    Ok(Reply::ok(json))
}

/// The stocks that end next.
fn ends(state: &State, now: UnixSeconds) -> Vec<Value> {
    let mut ends: Vec<(UnixSeconds, &Stock)> = state
        .stocks
        .iter()
        .filter(|stock| !stock.ended(now))
        .filter_map(|stock| Some((stock.end()?, stock)))
        .collect();
    ends.sort_by_key(|(end, _)| *end);
    let entry = |(end, stock): (UnixSeconds, &Stock)| json!({ "stock_id": stock.id, "stock_name": stock.terms.stock_name, "end": rfc3339(end) });
    ends.into_iter().take(ENDS).map(entry).collect()
}

/// `POST /clock`: advances the platform's time. Signatures still use the real time.
pub(crate) fn advance(call: Call<'_>) -> Handled {
    let body = call.object()?;
    let known = |name: &str| matches!(name, "advance_seconds" | "set");
    if let Some((name, value)) = body.iter().find(|(name, _)| !known(name)) {
        return Err(refused_member(
            name,
            value.clone(),
            "is not known; the members are advance_seconds and set",
        ));
    }
    let mut state = call.platform.state();
    let now = state.platform_time(call.real_time);
    let (name, sent, time) = match (body.get("advance_seconds"), body.get("set")) {
        (Some(sent), None) => {
            let seconds = sent.as_u64();
            let rule = "must be an integer from 0";
            let seconds = seconds.ok_or_else(|| refused_member("advance_seconds", sent.clone(), rule))?;
            ("advance_seconds", sent, now.saturating_add(seconds))
        }
        (None, Some(sent)) => ("set", sent, time_to_set(sent, now)?),
        (None, None) => {
            let rule = "must be an integer from 0, unless there is a member set, which is a time";
            return Err(refused_member("advance_seconds", Value::Null, rule));
        }
        (Some(_), Some(sent)) => {
            return Err(refused_member("set", sent.clone(), "cannot be combined with advance_seconds"));
        }
    };
    if Timestamp::from_unix(time).is_none() {
        return Err(refused_member(name, sent.clone(), "must not lead beyond the year 9999"));
    }
    let advanced = state.advanced().saturating_add(time.saturating_sub(now));
    state.change(Change::Clock(advanced))?;
    Ok(Reply::ok(json(&state, call.real_time)))
}

/// Reads a time of RFC 3339 or Unix seconds.
fn time_to_set(sent: &Value, now: UnixSeconds) -> Result<UnixSeconds, Reply> {
    let time = match sent {
        Value::String(text) => Timestamp::from(text.as_str()).unix_seconds(),
        Value::Number(number) => number.as_u64().and_then(|seconds| seconds.try_into().ok()),
        _ => None,
    };
    let rule = "must be a time of RFC 3339, such as \"2026-12-24T10:00:00+08:00\", or Unix seconds";
    let time = time.ok_or_else(|| refused_member("set", sent.clone(), rule))?;
    // A time before 1970 is before any time of the clock.
    let time = UnixSeconds::try_from(time).unwrap_or(0);
    if time < now {
        let rule = format!(
            "lies before the platform's time, and the clock only moves forward: {} is before {}",
            rfc3339(time),
            rfc3339(now)
        );
        return Err(refused_member("set", sent.clone(), &rule));
    }
    Ok(time)
}

fn json(state: &State, real_time: UnixSeconds) -> Value {
    let platform_time = state.platform_time(real_time);
    json!({
        "platform_time": rfc3339(platform_time),
        "real_time": rfc3339(real_time),
        "advanced_seconds": platform_time.saturating_sub(real_time),
    })
}
