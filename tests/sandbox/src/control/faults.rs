//! `/_sandbox/faults`: the pending faults.

use serde_json::json;

use crate::control::call::Call;
use crate::protocol::reply::{Handled, Reply};
use crate::routes;
use crate::state::change::Change;

/// `GET /faults`
pub(crate) fn list(call: Call<'_>) -> Handled {
    Ok(Reply::ok(json!({ "faults": call.platform.state().faults.json() })))
}

/// `POST /faults`
pub(crate) fn add(call: Call<'_>) -> Handled {
    let body = call.object()?;
    let mut operations = routes::names();
    operations.extend(call.platform.options.responses.names());
    let mut state = call.platform.state();
    let added = state.faults.addition(body, &operations)?;
    let id = added.id();
    state.change(Change::Fault(added))?;
    Ok(Reply::ok(json!({ "id": id, "faults": state.faults.json() })))
}

/// `DELETE /faults`
pub(crate) fn clear(call: Call<'_>) -> Handled {
    let mut state = call.platform.state();
    let removals = state.faults.removals().into_iter().map(Change::Fault).collect();
    state.change_all(removals)?;
    Ok(Reply::ok(json!({ "faults": [] })))
}

/// `GET /faults/{id}`
pub(crate) fn read(call: Call<'_>) -> Handled {
    call.platform.state().faults.get(call.path.get("id"))
}

/// `DELETE /faults/{id}`
pub(crate) fn remove(call: Call<'_>) -> Handled {
    let mut state = call.platform.state();
    let removal = state.faults.removal(call.path.get("id"))?;
    state.change(Change::Fault(removal))?;
    Ok(Reply::ok(json!({ "faults": state.faults.json() })))
}
