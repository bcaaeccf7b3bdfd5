//! The state with which a new sandbox begins.

use wechatpay_core::types::UnixSeconds;

use crate::import::document::read;
use crate::platform::Platform;

/// Gives a new platform the state of a document. After an error it cannot be used. `now` is the real time.
///
/// # Errors
/// A sentence about the first mistake.
pub(crate) fn seed(platform: &Platform, json: &[u8], now: UnixSeconds) -> Result<(), String> {
    let imported = read(json, platform, now).map_err(|error| error.into_message())?;
    let (mut changes, notifications) = imported.into_changes();
    let state = &mut *platform.state();
    changes.extend(state.notifications.additions(notifications));
    changes
        .into_iter()
        .try_for_each(|change| platform.apply(state, change))
        .map_err(|error| error.to_string())
}
