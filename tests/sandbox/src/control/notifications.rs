//! `/_sandbox/notifications`: the callbacks.

use serde_json::json;

use crate::control::call::Call;
use crate::control::query::Window;
use crate::protocol::json::set;
use crate::protocol::parameters::Parameters;
use crate::protocol::reply::{Handled, Reply};
use crate::protocol::signing_keys::NotificationKey;
use crate::state::change::Change;

/// `GET /notifications`: a part of the list, newest last. `offset` is the number of entries before it.
pub(crate) fn list(call: Call<'_>) -> Handled {
    let window = Window::of(&call.query);
    let notifications = &call.platform.state().notifications;
    let data = notifications.list(window.offset, window.limit);
    let mut json = window.page(notifications.len(), data).into_json();
    set(&mut json, "signed_by", notifications.signed_by.name());
    Ok(Reply::ok(json))
}

/// `POST /notifications`: selects the key that signs notifications.
pub(crate) fn set_signing_key(call: Call<'_>) -> Handled {
    let mut body = Parameters::new(call.object()?);
    let wanted = body.one_of("signed_by", &NotificationKey::NAMES)?;
    let missing =
        || body.invalid("signed_by", json!(null), "must be \"certificate\", \"public_key\" or \"mixed\"");
    let key = wanted.and_then(NotificationKey::named).ok_or_else(missing)?;
    call.platform.state().change(Change::SignedBy(key))?;
    Ok(Reply::ok(json!({ "signed_by": key.name() })))
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
