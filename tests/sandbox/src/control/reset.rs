//! `/_sandbox/reset`: begins anew.

use serde_json::json;

use crate::control::call::Call;
use crate::protocol::parameters::Parameters;
use crate::protocol::reply::{Handled, Reply};
use crate::protocol::standing::Standing;
use crate::state::change::Change;

/// `POST /reset`: forgets stocks, coupons, images, faults, notifications, the callback URL, the counts and the log of
/// requests, removes the limits, sets the clock back, and makes the merchant's certificate valid. The keys stay.
pub(crate) fn reset(call: Call<'_>) -> Handled {
    Parameters::new(call.object()?).end("is not known; there are no members")?;
    let mut current = call.platform.state();
    current.record(&[Change::Reset])?;
    let state = current.reset();
    call.platform.set_standing(Standing::good());
    drop(current);
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
