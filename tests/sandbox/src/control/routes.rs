//! The table of control requests, and the lookup of their handlers.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue, Method, StatusCode, request};
use matchit::Router;
use serde_json::json;
use wechatpay_core::types::UnixSeconds;

use super::call::{Call, Route};
use super::query::{self, WINDOW};
use super::{
    certificates, clock, compare, coupons, diagnose, events, faults, guard, health, images, import, limits,
    merchant, notifications, openapi, page, requests, reset, state, stocks,
};
use crate::context::PathParameters;
use crate::faults::Wire;
use crate::platform::Platform;
use crate::protocol::query::QueryString;
use crate::protocol::reply::{Handled, Reply};
use crate::routes::by_path;

/// All control requests: method, path, handler, what it does.
static ROUTES: &[Route] = &[
    Route::new(Method::GET, "/", page::read, "The page for people.").content_type("text/html"),
    Route::new(Method::GET, "/favicon.ico", page::icon, "There is no icon."),
    Route::new(Method::GET, "/_sandbox/livez", health::livez, "Answers while the process lives."),
    Route::new(Method::GET, "/_sandbox/readyz", health::readyz, "Answers when requests are served."),
    Route::new(Method::GET, "/_sandbox/version", health::version, "The version of the sandbox."),
    Route::new(
        Method::GET,
        "/_sandbox/ca.pem",
        health::ca,
        "The certificate of the CA that clients must trust for TLS.",
    )
    .content_type("application/x-pem-file"),
    Route::new(
        Method::GET,
        "/_sandbox/openapi.json",
        |_| Ok(openapi::document(ROUTES)),
        "This description of the control interface.",
    ),
    Route::new(Method::GET, "/_sandbox/events", events::listen, "Requests and other changes as they happen.")
        .content_type("text/event-stream"),
    Route::new(Method::GET, "/_sandbox/requests", requests::list, "The requests that arrived, newest first.")
        .query(requests::FILTERS),
    Route::new(Method::DELETE, "/_sandbox/requests", requests::clear, "Forgets the requests that arrived."),
    Route::new(Method::GET, "/_sandbox/requests/{id}", requests::read, "Everything about one request."),
    Route::new(
        Method::POST,
        "/_sandbox/requests/{id}/compare",
        compare::compare,
        "Compares what the client signed with what it had to sign.",
    ),
    Route::new(
        Method::POST,
        "/_sandbox/diagnose",
        diagnose::describe,
        "Says which mistake a request has, without making it.",
    ),
    Route::new(Method::GET, "/_sandbox/stocks", stocks::list, "The stocks, oldest first.").query(WINDOW),
    Route::new(Method::GET, "/_sandbox/coupons", coupons::list, "The sent coupons, oldest first.")
        .query(coupons::FILTERS),
    Route::new(
        Method::POST,
        "/_sandbox/coupons/{coupon_id}/redeem",
        coupons::redeem,
        "Uses a coupon in a payment, and notifies the merchant.",
    ),
    Route::new(
        Method::POST,
        "/_sandbox/coupons/{coupon_id}/refund",
        coupons::refund,
        "Refunds the payment in which a coupon was used.",
    ),
    Route::new(Method::GET, "/_sandbox/images", images::list, "The uploaded images, oldest first.")
        .query(WINDOW),
    Route::new(Method::GET, "/_sandbox/state", state::read, "Counts, clock and keys."),
    Route::new(
        Method::PUT,
        "/_sandbox/state",
        import::replace,
        "Replaces everything but the keys by what an export has.",
    ),
    Route::new(Method::GET, "/_sandbox/state/export", state::export, "The whole state."),
    Route::new(Method::POST, "/_sandbox/state/save", state::save, "Replaces the snapshot of the state file."),
    Route::new(Method::POST, "/_sandbox/reset", reset::reset, "Forgets everything but the keys."),
    Route::new(Method::GET, "/_sandbox/clock", clock::read, "The platform's time and the real time."),
    Route::new(Method::POST, "/_sandbox/clock", clock::advance, "Advances or sets the platform's time."),
    Route::new(Method::GET, "/_sandbox/notifications", notifications::list, "The callbacks, newest last.")
        .query(WINDOW),
    Route::new(
        Method::POST,
        "/_sandbox/notifications",
        notifications::set_signing_key,
        "Selects the key that signs callbacks.",
    ),
    Route::new(
        Method::GET,
        "/_sandbox/notifications/{id}",
        notifications::read,
        "A callback with its content and its attempts.",
    ),
    Route::new(
        Method::POST,
        "/_sandbox/notifications/{id}/resend",
        notifications::resend,
        "Makes a callback due now.",
    ),
    Route::new(
        Method::POST,
        "/_sandbox/notifications/{id}/cancel",
        notifications::cancel,
        "Sends a callback no more.",
    ),
    Route::new(
        Method::POST,
        "/_sandbox/certificates/add",
        certificates::add,
        "Adds a platform certificate that is listed but does not sign yet.",
    ),
    Route::new(
        Method::POST,
        "/_sandbox/certificates/switch",
        certificates::switch,
        "Lets the newest platform certificate sign from now on.",
    ),
    Route::new(
        Method::POST,
        "/_sandbox/certificates/rotate",
        certificates::rotate,
        "Adds a platform certificate that signs from now on.",
    ),
    Route::new(
        Method::POST,
        "/_sandbox/certificates/mode",
        certificates::set_mode,
        "Sets whether the merchant has the platform's public key only, and whether keys are mixed.",
    ),
    Route::new(
        Method::POST,
        "/_sandbox/merchant/certificate",
        merchant::set_certificate,
        "Sets whether the merchant's certificate is valid, and whether it has an APIv3 key.",
    ),
    Route::new(Method::GET, "/_sandbox/faults", faults::list, "The pending faults."),
    Route::new(Method::POST, "/_sandbox/faults", faults::add, "Adds a fault."),
    Route::new(Method::DELETE, "/_sandbox/faults", faults::clear, "Removes the pending faults."),
    Route::new(Method::GET, "/_sandbox/faults/{id}", faults::read, "A pending fault."),
    Route::new(Method::DELETE, "/_sandbox/faults/{id}", faults::remove, "Removes a pending fault."),
    Route::new(Method::GET, "/_sandbox/limits", limits::read, "The limits in force."),
    Route::new(Method::POST, "/_sandbox/limits", limits::set, "Sets the limits, instead of those in force."),
    Route::new(Method::DELETE, "/_sandbox/limits", limits::clear, "Removes the limits."),
];

/// Maps each path to its routes.
static ROUTER: LazyLock<Router<Vec<&'static Route>>> =
    LazyLock::new(|| by_path(ROUTES.iter().map(|route| (route.path, route))));

/// Handles a control request. `segments` are those of its path, decoded.
pub(crate) fn control(
    platform: &Arc<Platform>,
    parts: &request::Parts,
    segments: &[String],
    body: &Bytes,
    real_time: UnixSeconds,
) -> Wire {
    let answer = |routes: &[&Route]| -> Handled {
        let is_page = routes.iter().any(|route| route.is_page());
        guard::check(parts, &platform.options.allowed_hosts, is_page)?;
        let asked = if parts.method == Method::HEAD { &Method::GET } else { &parts.method };
        let route = routes.iter().find(|route| route.method == *asked);
        let route = route.ok_or_else(|| not_there(&parts.method, routes))?;
        let query = QueryString::parse_control(parts.uri.query().unwrap_or_default())?;
        query::check(route.query, &query)?;
        let path = PathParameters::new(route.path, segments);
        let reply = (route.handler)(Call::new(platform, &parts.headers, path, query, body, real_time))?;
        if route.method != Method::GET {
            let path = parts.uri.path();
            platform.events.publish("change", |_| json!({ "change": format!("{} {path}", route.method) }));
        }
        Ok(reply)
    };
    let routes = find(segments);
    let mut wire = answer(routes).unwrap_or_else(|error| error).into_wire();
    if parts.method == Method::HEAD {
        wire = without_body(wire);
    }
    if let Some(headers) = headers_of(&mut wire) {
        guard::protect(headers);
        if !routes.is_empty() && is_other_method(&parts.method, routes) {
            headers.extend(HeaderValue::try_from(methods(routes)).ok().map(|value| (ALLOW, value)));
        }
    }
    wire
}

fn headers_of(wire: &mut Wire) -> Option<&mut HeaderMap> {
    match wire {
        Wire::Whole { response, .. } => Some(response.headers_mut()),
        Wire::Streamed { response, .. } => Some(response.headers_mut()),
        // A reply is nothing else.
        _ => None,
    }
}

/// The answer to `HEAD`: the headers of the answer to `GET`.
fn without_body(wire: Wire) -> Wire {
    match wire {
        Wire::Whole { response, delay } => {
            let length = response.body().len();
            let mut response = response.map(|_| Bytes::new());
            response.headers_mut().insert(CONTENT_LENGTH, length.into());
            Wire::Whole { response, delay }
        }
        Wire::Streamed { response, .. } => response.map(|()| Bytes::new()).into(),
        other => other,
    }
}

/// The routes of a path.
fn find(segments: &[String]) -> &'static [&'static Route] {
    let path: String = segments.iter().map(|segment| format!("/{segment}")).collect();
    ROUTER.at(&path).map(|found| found.value.as_slice()).unwrap_or_default()
}

/// The methods of a path, for `Allow`.
fn methods(routes: &[&Route]) -> String {
    let mut methods: Vec<&str> = routes.iter().map(|route| route.method.as_str()).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    methods.join(", ")
}

/// Whether no route has this method.
fn is_other_method(method: &Method, routes: &[&Route]) -> bool {
    !methods(routes).split(", ").any(|allowed| allowed == method.as_str())
}

fn not_there(method: &Method, routes: &[&Route]) -> Reply {
    if !routes.is_empty() {
        let message = format!("The method {method} is not known here; known are {}.", methods(routes));
        return Reply::error(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", &message);
    }
    let known: Vec<String> = ROUTES.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    Reply::not_found(&format!("unknown control request; known are {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_control_request_is_found_by_its_own_path() {
        for route in ROUTES {
            let segments: Vec<String> = route.path.split('/').skip(1).map(str::to_owned).collect();
            let found = find(&segments).iter().find(|found| found.method == route.method).unwrap();
            assert!(std::ptr::eq(*found, route), "{} was found as {}", route.path, found.path);
        }
    }

    #[test]
    fn every_control_request_has_a_summary_that_is_a_sentence() {
        for route in ROUTES {
            assert!(route.summary.ends_with('.') && route.summary.len() > 10, "{}", route.path);
        }
    }
}
