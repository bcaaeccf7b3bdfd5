//! `/_sandbox/clock`: the platform's clock.

use serde_json::{Value, json};

use crate::calendar::rfc3339;
use crate::control::call::Call;
use crate::protocol::json::invalid_field;
use crate::protocol::reply::{Handled, Reply};

/// `POST /clock`: advances the platform's time. Signatures still use the real time.
pub(crate) fn advance(call: Call<'_>) -> Handled {
    let body = call.object()?;
    let sent = body.get("advance_seconds").cloned().unwrap_or_default();
    let seconds = sent.as_u64();
    let seconds =
        seconds.ok_or_else(|| invalid_field("advance_seconds", sent, "must be an integer from 0"))?;
    let mut state = call.platform.state();
    state.advance(seconds);
    let now: Value = rfc3339(state.platform_time(call.real_time)).into();
    Ok(Reply::ok(json!({ "platform_time": now })))
}
