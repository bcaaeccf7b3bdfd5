//! `/_sandbox/reset`: begins anew.

use serde_json::json;

use crate::control::call::Call;
use crate::protocol::reply::{Handled, Reply};

/// `POST /reset`: forgets stocks, coupons, images, faults, notifications, the callback URL, the counts and the log of
/// requests, and sets the clock back. The keys stay.
pub(crate) fn reset(call: Call<'_>) -> Handled {
    let state = call.platform.state().reset();
    let requests = call.platform.journal().clear();
    let removed = json!({
        "stocks": state.stocks.len(),
        "coupons": state.coupons.len(),
        "notifications": state.notifications.len(),
        "faults": state.faults.len(),
        "requests": requests.len(),
    });
    let before = call.platform.discarded().replace(state);
    drop(before);
    Ok(Reply::ok(json!({ "removed": removed })))
}
