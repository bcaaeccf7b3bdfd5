//! `/_sandbox/notifications`: the callbacks.

use crate::control::call::Call;
use crate::protocol::reply::Handled;

/// `POST /notifications`: selects the key that signs notifications.
pub(crate) fn set_signing_key(call: Call<'_>) -> Handled {
    let body = call.object()?;
    call.platform.state().notifications.set_signing_key(&body)
}
