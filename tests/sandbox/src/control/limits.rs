//! `/_sandbox/limits`: limits and moods of the platform.

use crate::control::call::Call;
use crate::limits::Limits;
use crate::protocol::json::Object;
use crate::protocol::reply::{Handled, Reply};
use crate::routes;
use crate::state::change::Change;

/// `GET /limits`
pub(crate) fn read(call: Call<'_>) -> Handled {
    Ok(Reply::ok(call.platform.state().limits.json()))
}

/// `POST /limits`: replaces all limits. Their counts begin anew.
pub(crate) fn set(call: Call<'_>) -> Handled {
    let object = call.object()?;
    let reply = Reply::ok(Limits::read(object.clone(), &routes::names())?.json());
    call.platform.state().change(Change::Limits(object))?;
    Ok(reply)
}

/// `DELETE /limits`: removes all limits.
pub(crate) fn clear(call: Call<'_>) -> Handled {
    call.platform.state().change(Change::Limits(Object::new()))?;
    Ok(Reply::ok(Limits::default().json()))
}
