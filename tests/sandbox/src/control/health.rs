//! `/_sandbox/livez`, `readyz`, `version`, `ca.pem`: for those who start and watch the sandbox.

use http::StatusCode;
use serde_json::json;

use crate::control::call::Call;
use crate::protocol::reply::{Handled, Reply};

/// `GET /livez`
pub(crate) fn livez(_: Call<'_>) -> Handled {
    Ok(Reply::ok(json!({ "status": "ok" })))
}

/// `GET /readyz`. The state can be used as soon as requests are served, until the state file fails for good.
pub(crate) fn readyz(call: Call<'_>) -> Handled {
    match call.platform.store.get().and_then(|store| store.signals().problem()) {
        None => Ok(Reply::ok(json!({ "status": "ok" }))),
        Some(problem) => {
            let message =
                format!("The state file cannot be written any more ({problem}). Start the sandbox again.");
            Err(Reply::error(StatusCode::SERVICE_UNAVAILABLE, "STATE_FILE", &message))
        }
    }
}

/// `GET /version`
pub(crate) fn version(_: Call<'_>) -> Handled {
    Ok(Reply::ok(json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") })))
}

/// `GET /ca.pem`
pub(crate) fn ca(call: Call<'_>) -> Handled {
    let certificate = call.platform.options.ca_certificate.clone().map(Reply::pem);
    certificate.ok_or_else(|| {
        Reply::not_found(
            "The sandbox has no CA, because it does not speak TLS; start it with --listen-tls ADDRESS.",
        )
    })
}
