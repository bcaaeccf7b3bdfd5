//! `/_sandbox/faults`: the pending faults.

use serde_json::json;

use crate::control::call::Call;
use crate::protocol::reply::{Handled, Reply};
use crate::routes;

/// `GET /faults`
pub(crate) fn list(call: Call<'_>) -> Handled {
    Ok(Reply::ok(json!({ "faults": call.platform.state().faults.json() })))
}

/// `POST /faults`
pub(crate) fn add(call: Call<'_>) -> Handled {
    let body = call.object()?;
    let mut operations = routes::names();
    operations.extend(call.platform.options.responses.names());
    call.platform.state().faults.add(body, &operations)
}

/// `DELETE /faults`
pub(crate) fn clear(call: Call<'_>) -> Handled {
    Ok(call.platform.state().faults.clear())
}
