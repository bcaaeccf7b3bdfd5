//! `/_sandbox/notifications`: the callbacks.

use serde_json::json;

use crate::control::call::Call;
use crate::protocol::parameters::Parameters;
use crate::protocol::problem::refused;
use crate::protocol::reply::{Handled, Reply};
use crate::protocol::signing_keys::NotificationKey;

const DEFAULT_LIMIT: u64 = 20;
const MAX_LIMIT: u64 = 1000;

/// `GET /notifications`: a part of the list, newest last. `offset` is the number of entries before it.
pub(crate) fn list(call: Call<'_>) -> Handled {
    let offset = call.query.number("offset")?.unwrap_or(0);
    let limit = call.query.number("limit")?.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        let rule = format!("must be an integer from 1 to {MAX_LIMIT}");
        return Err(refused("query", "limit", limit.into(), &rule));
    }
    let notifications = &call.platform.state().notifications;
    let (from, count) = (usize::try_from(offset), usize::try_from(limit));
    let data = notifications.list(from.unwrap_or(usize::MAX), count.unwrap_or(usize::MAX));
    let total_count = notifications.len();
    Ok(Reply::ok(json!({ "total_count": total_count, "data": data, "offset": offset, "limit": limit })))
}

/// `POST /notifications`: selects the key that signs notifications.
pub(crate) fn set_signing_key(call: Call<'_>) -> Handled {
    let mut body = Parameters::new(call.object()?);
    let known = ["certificate", "public_key", "mixed"];
    let wanted = body.one_of("signed_by", &known)?;
    let missing =
        || body.invalid("signed_by", json!(null), "must be \"certificate\", \"public_key\" or \"mixed\"");
    let wanted = wanted.ok_or_else(missing)?;
    call.platform.state().notifications.signed_by = match wanted {
        "certificate" => NotificationKey::Certificate,
        "mixed" => NotificationKey::Mixed,
        _ => NotificationKey::PublicKey,
    };
    Ok(Reply::ok(json!({ "signed_by": wanted })))
}

/// `GET /notifications/{id}`: a notification with its content and its attempts.
pub(crate) fn read(call: Call<'_>) -> Handled {
    call.platform.state().notifications.get(call.path.get("id")).map(Reply::ok)
}

/// `POST /notifications/{id}/resend`: makes a notification due now.
pub(crate) fn resend(call: Call<'_>) -> Handled {
    let state = &mut *call.platform.state();
    let now = state.platform_time(call.real_time);
    state.notifications.resend(call.path.get("id"), now).map(Reply::ok)
}

/// `POST /notifications/{id}/cancel`: sends a notification no more.
pub(crate) fn cancel(call: Call<'_>) -> Handled {
    call.platform.state().notifications.cancel(call.path.get("id")).map(Reply::ok)
}
