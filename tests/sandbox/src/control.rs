//! The control interface `/_sandbox`.

use http::Method;
use serde_json::json;
use wechatpay_core::types::UnixSeconds;

use crate::favor::payment;
use crate::platform::Platform;
use crate::protocol::certificates;
use crate::protocol::json::set;
use crate::protocol::reply::{Handled, Reply};
use crate::routes;

/// Handles a control request. `path` holds the segments after `/_sandbox`.
pub(crate) fn control(
    platform: &Platform,
    method: &Method,
    path: &[String],
    body: &[u8],
    real_time: UnixSeconds,
) -> Handled {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    if let (&Method::POST, ["certificates", "rotate"]) = (method, path.as_slice()) {
        // Generating a key is slow, so no lock is held.
        let certificate = certificates::generate(real_time)?;
        let reply = Reply::ok(certificate.json());
        platform.keys().rotate(certificate);
        return Ok(reply);
    }
    let state = &mut *platform.state();
    let now = state.platform_time(real_time);
    match (method, path.as_slice()) {
        (&Method::GET, ["state"]) => {
            let mut json = state.json(now);
            set(&mut json, "platform_keys", platform.keys().json());
            Ok(Reply::ok(json))
        }
        (&Method::POST, ["coupons", id, "redeem"]) => {
            payment::redeem(state, &platform.credentials, id, body, now)
        }
        (&Method::POST, ["coupons", id, "refund"]) => payment::refund(state, id, now),
        (&Method::POST, ["clock"]) => state.advance(body, real_time),
        (&Method::POST, ["notifications"]) => state.notifications.set_signing_key(body),
        (&Method::GET, ["faults"]) => Ok(Reply::ok(json!({ "faults": state.faults.json() }))),
        (&Method::POST, ["faults"]) => state.faults.add(body, &routes::names()),
        (&Method::DELETE, ["faults"]) => Ok(state.faults.clear()),
        (&Method::POST, ["certificates", "mode"]) => certificates::set_mode(&mut platform.keys(), body),
        _ => Err(Reply::not_found(
            "unknown control request; known are GET /_sandbox/state, POST /_sandbox/clock, \
             /_sandbox/coupons/{coupon_id}/redeem or …/refund, /_sandbox/notifications, \
             /_sandbox/certificates/rotate or /_sandbox/certificates/mode, \
             GET, POST or DELETE /_sandbox/faults",
        )),
    }
}
