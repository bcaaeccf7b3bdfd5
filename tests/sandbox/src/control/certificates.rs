//! `/_sandbox/certificates/…`: the platform's certificates.

use serde_json::{Value, json};

use crate::control::call::Call;
use crate::protocol::certificates::generate;
use crate::protocol::json::invalid_field;
use crate::protocol::reply::{Handled, Reply};

/// `POST /certificates/rotate`: creates a certificate that signs from now on.
pub(crate) fn rotate(call: Call<'_>) -> Handled {
    // Generating a key is slow, so no lock is held.
    let certificate = generate(call.real_time)?;
    let reply = Reply::ok(certificate.json());
    call.platform.keys().rotate(certificate);
    Ok(reply)
}

/// `POST /certificates/mode`: sets whether the merchant has the public key only, without certificates.
pub(crate) fn set_mode(call: Call<'_>) -> Handled {
    let body = call.object()?;
    let invalid = || invalid_field("public_key_only", Value::Null, "must be true or false");
    let only = body.get("public_key_only").and_then(Value::as_bool).ok_or_else(invalid)?;
    call.platform.keys().public_key_only = only;
    Ok(Reply::ok(json!({ "public_key_only": only })))
}
