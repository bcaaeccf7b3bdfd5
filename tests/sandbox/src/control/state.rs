//! `/_sandbox/state`: what the sandbox stores.

use crate::control::call::Call;
use crate::protocol::json::set;
use crate::protocol::reply::{Handled, Reply};

/// `GET /state`
pub(crate) fn read(call: Call<'_>) -> Handled {
    let state = call.platform.state();
    let mut json = state.json(state.platform_time(call.real_time));
    set(&mut json, "platform_keys", call.platform.keys().json(call.real_time));
    Ok(Reply::ok(json))
}
