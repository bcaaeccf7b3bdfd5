//! `/_sandbox/limits`: limits and moods of the platform.

use crate::control::call::Call;
use crate::limits::Limits;
use crate::protocol::reply::{Handled, Reply};
use crate::routes;

/// `GET /limits`
pub(crate) fn read(call: Call<'_>) -> Handled {
    Ok(Reply::ok(call.platform.state().limits.json()))
}

/// `POST /limits`: replaces all limits. Their counts begin anew.
pub(crate) fn set(call: Call<'_>) -> Handled {
    let limits = Limits::read(call.object()?, &routes::names())?;
    let reply = Reply::ok(limits.json());
    call.platform.state().limits = limits;
    Ok(reply)
}

/// `DELETE /limits`: removes all limits.
pub(crate) fn clear(call: Call<'_>) -> Handled {
    let limits = Limits::default();
    let reply = Reply::ok(limits.json());
    call.platform.state().limits = limits;
    Ok(reply)
}
