//! `/_sandbox/state`: what the sandbox stores.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};
use wechatpay_core::types::UnixSeconds;

use crate::calendar::rfc3339;
use crate::control::call::Call;
use crate::control::slices::SLICE;
use crate::control::stocks;
use crate::import;
use crate::keeper;
use crate::platform::Platform;
use crate::protocol::json::set;
use crate::protocol::parameters::Parameters;
use crate::protocol::reply::{Handled, Reply};
use crate::state::State;
use crate::streaming::{Source, Streaming};

/// The number of certificates that the summary lists, the newest ones.
const CERTIFICATES: usize = 100;

/// `GET /state`: a summary whose size does not depend on what is stored.
pub(crate) fn read(call: Call<'_>) -> Handled {
    let mut json = summary(call.platform, call.real_time);
    let state = call.platform.state();
    let counts = [
        ("stocks", state.stocks.len()),
        ("coupons", state.coupons.len()),
        ("platform_favors", state.platform_favors.len()),
        ("images", state.images.len()),
        ("notifications", state.notifications.len()),
        ("faults", state.faults.len()),
    ];
    drop(state);
    for (name, count) in counts {
        set(&mut json, name, count);
    }
    set(&mut json, "journal", call.platform.journal().len());
    let file = call.platform.store.get().map(|store| {
        let (file, problem) = (store.path().to_string_lossy(), store.signals().problem());
        json!({ "file": file, "problem": problem })
    });
    set(&mut json, "state_file", file);
    if let Some(Value::Array(certificates)) = json.pointer_mut("/platform_keys/certificates") {
        certificates.drain(..certificates.len().saturating_sub(CERTIFICATES));
    }
    Ok(Reply::ok(json))
}

/// `POST /state/save`: replaces the snapshot of the state file, which also happens by itself when its journal is long.
pub(crate) fn save(call: Call<'_>) -> Handled {
    Parameters::new(call.object()?).end("is not known; there are no members")?;
    let store = call.platform.store.get().ok_or_else(|| {
        Reply::conflict("The state is not kept: the sandbox was started without a state file; see --state.")
    })?;
    let saved = keeper::save(call.platform, store);
    let bytes = saved.map_err(|error| match error.kind() {
        io::ErrorKind::ResourceBusy => {
            Reply::conflict("The snapshot is being replaced already; wait a moment.")
        }
        _ => Reply::system_error(&format!("The state could not be saved: {error}.")),
    })?;
    Ok(Reply::ok(json!({ "file": store.path().to_string_lossy(), "bytes": bytes })))
}

/// What is no list: clock, keys, callback URL, and the number of requests per operation.
fn summary(platform: &Platform, real_time: UnixSeconds) -> Value {
    let state = platform.state();
    let mut json = json!({
        "clock": {
            "platform_time": rfc3339(state.platform_time(real_time)),
            "real_time": rfc3339(real_time),
            "advanced_seconds": state.advanced(),
        },
        "notify_url": state.callback,
        "notifications_signed_by": state.notifications.signed_by.name(),
        "requests": state.requests,
    });
    drop(state);
    set(&mut json, "platform_keys", platform.keys().json(real_time));
    json
}

/// `GET /state/export`: the summary, all lists instead of their lengths, and what `PUT /state` needs to make it again. It
/// is produced while it is sent, and the lock is released between slices, so requests in between change what is not yet
/// sent.
pub(crate) fn export(call: Call<'_>) -> Handled {
    let (platform, now) = (call.platform, call.platform.state().platform_time(call.real_time));
    let mut head = summary(platform, call.real_time);
    import::add_to_state(&mut head, platform);
    let mut head = head.to_string();
    head.pop();
    let favors = |state: &State, at: usize| {
        let favor = state.platform_favors.at(at)?;
        let mut json = favor.json();
        import::add_to_favor(&mut json, favor);
        Some(json)
    };
    let stocks = |state: &State, at: usize| {
        let mut json = stocks::json(state, at)?;
        import::add_to_stock(&mut json, state.stocks.at(at)?);
        Some(json)
    };
    let coupons = move |state: &State, at: usize| {
        let (coupon, stock) = state.with_stock(state.coupons.at(at)?)?;
        let mut json = coupon.full_json(stock, now);
        import::add_to_coupon(&mut json, coupon, state);
        Some(json)
    };
    let chunks = std::iter::once(Bytes::from(head))
        .chain(list(platform, "stocks", stocks))
        .chain(list(platform, "coupons", coupons))
        .chain(list(platform, "platform_favors", favors))
        .chain(list(platform, "images", |state, at| state.images.get(at).cloned()))
        .chain(list(platform, "notifications", |state, at| state.notifications.exported(at)))
        .chain(list(platform, "faults", |state, at| state.faults.json_at(at)))
        .chain([Bytes::from_static(b"}")]);
    Ok(Reply::stream("application/json; charset=utf-8", Streaming(Source::Chunks(Box::new(chunks)))))
}

/// A list as the next member of an object.
fn list<F: Fn(&State, usize) -> Option<Value> + Send + Sync + 'static>(
    platform: &Arc<Platform>,
    name: &str,
    entry: F,
) -> impl Iterator<Item = Bytes> + Send + Sync + use<F> {
    let (platform, mut next, mut ended) = (Arc::clone(platform), 0_usize, false);
    let slices = std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let state = platform.state();
        let until = next.saturating_add(SLICE);
        let entries: Vec<Value> = (next..until).map_while(|at| entry(&state, at)).collect();
        drop(state);
        let mut text = String::new();
        for (at, entry) in entries.iter().enumerate() {
            if next > 0 || at > 0 {
                text.push(',');
            }
            text.push_str(&entry.to_string());
        }
        next = until;
        if entries.len() < SLICE {
            ended = true;
            text.push(']');
        }
        Some(text.into())
    });
    std::iter::once(Bytes::from(format!(",\"{name}\":["))).chain(slices)
}
