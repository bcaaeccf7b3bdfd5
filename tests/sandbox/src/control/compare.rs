//! `/_sandbox/requests/{id}/compare`: whether a text is what the client signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::control::call::Call;
use crate::diagnosis::{Case, Comparison, Shown};
use crate::protocol::json::{invalid_field, set};
use crate::protocol::language::prefers_english;
use crate::protocol::reply::{Handled, Reply};

/// `POST /requests/{id}/compare`: compares a text with the digest in the signature of a request, and with the message
/// that the request should have been signed with.
pub(crate) fn compare(call: Call<'_>) -> Handled {
    let text = call.path.get("id");
    let unknown = || {
        Reply::not_found(&format!(
            "There is no request {text} in the log. GET /_sandbox/requests lists those that are kept."
        ))
    };
    let id: u64 = text.parse().map_err(|_| unknown())?;
    let pasted = pasted(&call)?;
    let entry = call.platform.journal().get(id).ok_or_else(unknown)?;
    let unsigned = || {
        Reply::bad_request(
            "PARAM_ERROR",
            "The request has no Authorization header with the five fields, so there is nothing to compare with.",
        )
    };
    let comparison = Comparison::new(&Case::logged(&entry), call.platform).ok_or_else(unsigned)?;
    let english = prefers_english(call.headers);
    let mut json = comparison.with(&pasted, &Shown::new(&call.platform.credentials), english);
    set(&mut json, "id", id);
    Ok(Reply::ok(json))
}

/// The text: a member of a JSON object, or the body itself if it is no JSON.
fn pasted(call: &Call<'_>) -> Result<Vec<u8>, Reply> {
    let body = call.raw();
    let missing = || {
        invalid_field(
            "message",
            Value::Null,
            "message is missing: send {\"message\": \"what was signed\"}, or message_base64, or the text itself as the body.",
        )
    };
    if body.is_empty() {
        return Err(missing());
    }
    let Ok(json) = serde_json::from_slice::<Value>(body) else { return Ok(body.to_vec()) };
    match (json.get("message"), json.get("message_base64")) {
        (Some(Value::String(text)), None) => Ok(text.clone().into_bytes()),
        (None, Some(Value::String(text))) => STANDARD
            .decode(text)
            .map_err(|_| invalid_field("message_base64", Value::Null, "message_base64 is not base64.")),
        _ => Err(missing()),
    }
}
