//! `/_sandbox/merchant/…`: what the platform has of the merchant.

use crate::control::call::Call;
use crate::protocol::json::invalid_field;
use crate::protocol::reply::{Handled, Reply};
use crate::protocol::standing::CertificateState;
use crate::state::change::Change;

/// `POST /merchant/certificate`: sets the state of the merchant's certificate, and whether it has an APIv3 key. A member
/// that is absent keeps its value.
pub(crate) fn set_certificate(call: Call<'_>) -> Handled {
    let body = call.object()?;
    if let Some((name, value)) =
        body.iter().find(|(name, _)| !["state", "api_v3_key"].contains(&name.as_str()))
    {
        let issue = format!("The member /{name} is not known; the members are state and api_v3_key.");
        return Err(invalid_field(name, value.clone(), &issue));
    }
    let mut standing = call.platform.standing();
    if let Some(state) = body.get("state") {
        let known = CertificateState::ALL.into_iter().find(|(name, _)| state.as_str() == Some(*name));
        let invalid = || {
            invalid_field("state", state.clone(), "state must be valid, expired, revoked, replaced or none.")
        };
        standing.certificate = known.ok_or_else(invalid)?.1;
    }
    if let Some(set) = body.get("api_v3_key") {
        let invalid = || invalid_field("api_v3_key", set.clone(), "api_v3_key must be true or false.");
        standing.api_v3_key = set.as_bool().ok_or_else(invalid)?;
    }
    call.platform.state().record(&[Change::Standing(standing)])?;
    call.platform.set_standing(standing);
    Ok(Reply::ok(standing.json()))
}
