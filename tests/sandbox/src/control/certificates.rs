//! `/_sandbox/certificates/…`: the platform's certificates.

use serde_json::Value;

use crate::control::call::Call;
use crate::protocol::certificates::generate;
use crate::protocol::json::set;
use crate::protocol::parameters::Parameters;
use crate::protocol::problem::refused_member;
use crate::protocol::reply::{Handled, Reply};
use crate::protocol::signing_keys::{KeyModes, SigningKeys};
use crate::state::State;
use crate::state::change::Change;

/// `POST /certificates/add`: creates a certificate that is listed and does not sign yet.
pub(crate) fn add(call: Call<'_>) -> Handled {
    Parameters::new(call.object()?).end("is not known; a new certificate needs no member")?;
    // Generating a key is slow, so no lock is held.
    let certificate = generate(call.real_time)?;
    let new = certificate.json();
    let mut state = call.platform.state();
    state.record(&[Change::Certificate(certificate.stored())])?;
    let mut keys = call.platform.keys();
    keys.add(certificate);
    Ok(reply(&keys, &call, new))
}

/// `POST /certificates/switch`: the newest certificate signs from now on.
pub(crate) fn switch(call: Call<'_>) -> Handled {
    let withdraw = withdraw(&call)?;
    let mut state = call.platform.state();
    let mut keys = call.platform.keys();
    let newest = keys.newest().map(|newest| (newest.serial().to_owned(), newest.json()));
    let (newest, signing) = newest.unwrap_or_default();
    let modes = keys.switched(&newest, withdraw);
    set_modes(&mut state, &mut keys, modes)?;
    Ok(reply(&keys, &call, signing))
}

/// `POST /certificates/rotate`: creates a certificate that signs from now on.
pub(crate) fn rotate(call: Call<'_>) -> Handled {
    let withdraw = withdraw(&call)?;
    let certificate = generate(call.real_time)?;
    let new = certificate.json();
    let mut state = call.platform.state();
    let mut keys = call.platform.keys();
    let modes = keys.switched(certificate.serial(), withdraw);
    state.record(&[Change::Certificate(certificate.stored()), Change::KeyModes(modes.clone())])?;
    keys.add(certificate);
    keys.set_modes(&modes);
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
    let mut state = call.platform.state();
    let mut keys = call.platform.keys();
    let now = keys.modes();
    let (public_key_only, mixed) = (only.unwrap_or(now.public_key_only), mixed.unwrap_or(now.mixed));
    set_modes(&mut state, &mut keys, KeyModes { public_key_only, mixed, ..now })?;
    Ok(Reply::ok(keys.json(call.real_time)))
}

fn set_modes(state: &mut State, keys: &mut SigningKeys, modes: KeyModes) -> Result<(), Reply> {
    state.record(&[Change::KeyModes(modes.clone())])?;
    keys.set_modes(&modes);
    Ok(())
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
