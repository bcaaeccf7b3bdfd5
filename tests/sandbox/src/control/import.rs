//! `PUT /_sandbox/state`: another state instead of the present one.

use serde_json::json;

use crate::control::call::Call;
use crate::import;
use crate::platform::Platform;
use crate::protocol::reply::{Handled, Reply};
use crate::state::State;
use crate::state::change::{Change, Misfit};

/// Replaces everything but the keys by what an export has, or changes nothing.
pub(crate) fn replace(call: Call<'_>) -> Handled {
    let platform: &Platform = call.platform;
    let imported = import::read(call.raw(), platform, call.real_time)?;
    let counts = imported.json();
    let (mut changes, notifications) = imported.into_changes();
    try_out(&changes)?;
    changes.insert(0, Change::Reset);
    // One that is left from before would be dropped while the lock is held.
    drop(platform.discarded().take());
    let mut state = platform.state();
    changes.extend(state.notifications.additions(notifications));
    state.record(&changes)?;
    let misfit = |error: Misfit| Reply::system_error(&error.to_string());
    changes.into_iter().try_for_each(|change| platform.apply(&mut state, change)).map_err(misfit)?;
    drop(state);
    drop(platform.journal().clear());
    Ok(Reply::ok(json!({ "imported": counts })))
}

/// Makes the changes of a state that is not used, so that none is made or written unless all fit.
fn try_out(changes: &[Change]) -> Result<(), Reply> {
    let mut state = State::default();
    // That of the merchant is not in it, and fits always.
    let mut changes = changes.iter().filter(|change| !matches!(change, Change::Standing(_))).cloned();
    let made = changes.try_for_each(|change| state.apply(change));
    made.map_err(|error| Reply::conflict(&format!("The state cannot be made: {error}.")))
}
