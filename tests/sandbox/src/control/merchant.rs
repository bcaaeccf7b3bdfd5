//! `/_sandbox/merchant/…`: what the platform has of the merchant.

use crate::control::call::Call;
use crate::protocol::reply::{Handled, Reply};
use crate::state::change::Change;

/// `POST /merchant/certificate`: sets the state of the merchant's certificate, and whether it has an APIv3 key. A member
/// that is absent keeps its value.
pub(crate) fn set_certificate(call: Call<'_>) -> Handled {
    let standing = call.platform.standing().read(&call.object()?)?;
    call.platform.state().record(&[Change::Standing(standing)])?;
    call.platform.set_standing(standing);
    Ok(Reply::ok(standing.json()))
}
