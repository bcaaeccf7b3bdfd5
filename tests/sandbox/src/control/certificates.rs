//! `/_sandbox/certificates/…`: the platform's certificates.

use serde_json::Value;

use crate::control::call::Call;
use crate::protocol::certificates::generate;
use crate::protocol::json::set;
use crate::protocol::parameters::Parameters;
use crate::protocol::problem::refused_member;
use crate::protocol::reply::{Handled, Reply};
use crate::protocol::signing_keys::{Certificate, SigningKeys};

/// `POST /certificates/add`: creates a certificate that is listed and does not sign yet.
pub(crate) fn add(call: Call<'_>) -> Handled {
    Parameters::new(call.object()?).end("is not known; a new certificate needs no member")?;
    // Generating a key is slow, so no lock is held.
    let certificate = generate(call.real_time)?;
    let new = certificate.json();
    let mut keys = call.platform.keys();
    keys.add(certificate);
    Ok(reply(&keys, &call, new))
}

/// `POST /certificates/switch`: the newest certificate signs from now on.
pub(crate) fn switch(call: Call<'_>) -> Handled {
    let withdraw = withdraw(&call)?;
    let mut keys = call.platform.keys();
    let signing = keys.switch(withdraw).map(Certificate::json).unwrap_or_default();
    Ok(reply(&keys, &call, signing))
}

/// `POST /certificates/rotate`: creates a certificate that signs from now on.
pub(crate) fn rotate(call: Call<'_>) -> Handled {
    let withdraw = withdraw(&call)?;
    let certificate = generate(call.real_time)?;
    let new = certificate.json();
    let mut keys = call.platform.keys();
    keys.add(certificate);
    keys.switch(withdraw);
    Ok(reply(&keys, &call, new))
}

/// `POST /certificates/mode`: sets whether the merchant has the public key only, without certificates, and whether all
/// valid certificates sign in turn.
pub(crate) fn set_mode(call: Call<'_>) -> Handled {
    let mut body = Parameters::new(call.object()?);
    let (only, mixed) = (body.boolean("public_key_only")?, body.boolean("mixed")?);
    body.end("is not known; the modes are public_key_only and mixed")?;
    if only.is_none() && mixed.is_none() {
        let rule = "must be true or false, unless there is a member mixed";
        return Err(refused_member("public_key_only", Value::Null, rule));
    }
    let mut keys = call.platform.keys();
    if let Some(only) = only {
        keys.public_key_only = only;
    }
    if let Some(mixed) = mixed {
        keys.set_mixed(mixed);
    }
    Ok(Reply::ok(keys.json(call.real_time)))
}

/// Whether the former certificates are withdrawn: listed no longer, and selected by no request.
fn withdraw(call: &Call<'_>) -> Result<bool, Reply> {
    let mut body = Parameters::new(call.object()?);
    let withdraw = body.boolean("withdraw_former")?.unwrap_or(false);
    body.end("is not known; the only member is withdraw_former")?;
    Ok(withdraw)
}

/// All keys, and the members of one certificate.
fn reply(keys: &SigningKeys, call: &Call<'_>, certificate: Value) -> Reply {
    let mut json = keys.json(call.real_time);
    for (name, value) in certificate.as_object().into_iter().flatten() {
        set(&mut json, name, value.clone());
    }
    Reply::ok(json)
}
