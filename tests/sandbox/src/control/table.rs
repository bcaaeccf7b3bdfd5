//! The table of control requests, and the lookup of their handlers.

use std::sync::LazyLock;

use http::Method;
use matchit::Router;

use super::call::{Handler, Route};
use super::query::WINDOW;
use super::{
    certificates, clock, compare, connect, coupons, diagnose, events, faults, health, images, import, limits,
    merchant, notifications, openapi, requests, reset, start, state, stocks,
};
use crate::console;
use crate::protocol::reply::{Handled, Reply};
use crate::routes::by_path;

/// All control requests: method, path, handler, what it does.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::GET, "/", start::read, "The console, for people.")
        .content_type(console::HTML)
        .view(console::start),
    asset("/_sandbox/console.css", |_| asset_reply("text/css; charset=utf-8", console::CSS))
        .content_type("text/css"),
    asset("/_sandbox/console.js", |_| asset_reply("text/javascript; charset=utf-8", console::SCRIPT))
        .content_type("text/javascript"),
    asset("/_sandbox/icon.svg", |_| asset_reply("image/svg+xml", console::ICON))
        .content_type("image/svg+xml"),
    // Browsers ask for it when they show JSON, which names no icon.
    asset("/favicon.ico", |_| asset_reply("image/svg+xml", console::ICON)).content_type("image/svg+xml"),
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
        .query(requests::FILTERS)
        .view(console::requests),
    Route::new(Method::DELETE, "/_sandbox/requests", requests::clear, "Forgets the requests that arrived."),
    Route::new(Method::GET, "/_sandbox/requests/{id}", requests::read, "Everything about one request.")
        .view(console::request),
    Route::new(
        Method::POST,
        "/_sandbox/requests/{id}/compare",
        compare::compare,
        "Compares what the client signed with what it had to sign.",
    )
    .view(console::compare),
    Route::new(
        Method::POST,
        "/_sandbox/diagnose",
        diagnose::describe,
        "Says which mistake a request has, without making it.",
    ),
    Route::new(Method::GET, "/_sandbox/stocks", stocks::list, "The stocks, oldest first.")
        .query(WINDOW)
        .view(console::stocks),
    Route::new(Method::GET, "/_sandbox/stocks/{stock_id}", stocks::read, "Everything about one stock.")
        .view(console::stock),
    Route::new(Method::GET, "/_sandbox/coupons", coupons::list, "The sent coupons, oldest first.")
        .query(coupons::FILTERS)
        .view(console::coupons),
    Route::new(Method::GET, "/_sandbox/coupons/{coupon_id}", coupons::read, "Everything about one coupon.")
        .view(console::coupon),
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
    Route::new(Method::GET, "/_sandbox/connect", connect::read, "What a client is configured with.")
        .view(console::connect),
    Route::new(Method::GET, "/_sandbox/state", state::read, "Counts, clock and keys.").view(console::state),
    Route::new(
        Method::PUT,
        "/_sandbox/state",
        import::replace,
        "Replaces everything but the keys by what an export has.",
    ),
    Route::new(Method::GET, "/_sandbox/state/export", state::export, "The whole state."),
    Route::new(Method::POST, "/_sandbox/state/save", state::save, "Replaces the snapshot of the state file."),
    Route::new(Method::POST, "/_sandbox/reset", reset::reset, "Forgets everything but the keys."),
    Route::new(Method::GET, "/_sandbox/clock", clock::read, "The platform's time and the real time.")
        .view(console::clock),
    Route::new(Method::POST, "/_sandbox/clock", clock::advance, "Advances or sets the platform's time."),
    Route::new(Method::GET, "/_sandbox/notifications", notifications::list, "The callbacks, newest last.")
        .query(WINDOW)
        .view(console::notifications),
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
    )
    .view(console::notification),
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
    Route::new(Method::GET, "/_sandbox/faults", faults::list, "The pending faults.").view(console::faults),
    Route::new(Method::POST, "/_sandbox/faults", faults::add, "Adds a fault."),
    Route::new(Method::DELETE, "/_sandbox/faults", faults::clear, "Removes the pending faults."),
    Route::new(Method::GET, "/_sandbox/faults/{id}", faults::read, "A pending fault."),
    Route::new(Method::DELETE, "/_sandbox/faults/{id}", faults::remove, "Removes a pending fault."),
    Route::new(Method::GET, "/_sandbox/limits", limits::read, "The limits in force.").view(console::limits),
    Route::new(Method::POST, "/_sandbox/limits", limits::set, "Sets the limits, instead of those in force."),
    Route::new(Method::DELETE, "/_sandbox/limits", limits::clear, "Removes the limits."),
];

/// A file of the console.
const fn asset(path: &'static str, handler: Handler) -> Route {
    Route::new(Method::GET, path, handler, "A file of the console.")
}

fn asset_reply(content_type: &'static str, content: &'static str) -> Handled {
    Ok(Reply::text(content_type, content))
}

/// Maps each path to its routes.
static ROUTER: LazyLock<Router<Vec<&'static Route>>> =
    LazyLock::new(|| by_path(ROUTES.iter().map(|route| (route.path, route))));

/// The routes of a path.
pub(crate) fn find(segments: &[String]) -> &'static [&'static Route] {
    let path: String = segments.iter().map(|segment| format!("/{segment}")).collect();
    ROUTER.at(&path).map(|found| found.value.as_slice()).unwrap_or_default()
}

/// The methods of a path, for `Allow`.
pub(crate) fn methods(routes: &[&Route]) -> String {
    let mut methods: Vec<&str> = routes.iter().map(|route| route.method.as_str()).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    methods.join(", ")
}

/// Whether no route has this method.
pub(crate) fn is_other_method(method: &Method, routes: &[&Route]) -> bool {
    !methods(routes).split(", ").any(|allowed| allowed == method.as_str())
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

    /// What one does not need in a browser, or reaches by a link to a file.
    const NO_PAGE: [&str; 14] = [
        "GET /_sandbox/console.css",
        "GET /_sandbox/console.js",
        "GET /_sandbox/icon.svg",
        "GET /favicon.ico",
        "GET /_sandbox/livez",
        "GET /_sandbox/readyz",
        "GET /_sandbox/version",
        "GET /_sandbox/ca.pem",
        "GET /_sandbox/openapi.json",
        "GET /_sandbox/events",
        "GET /_sandbox/faults/{id}",
        "GET /_sandbox/images",
        "GET /_sandbox/state/export",
        "POST /_sandbox/diagnose",
    ];

    #[test]
    fn every_control_request_has_a_page_or_a_form_or_is_left_out_on_purpose() {
        for route in ROUTES {
            let name = format!("{} {}", route.method, route.path);
            let has_page = route.method == Method::GET && route.view.is_some();
            let has_form =
                console::FORMS.iter().any(|form| form.method == route.method && form.path == route.path);
            let left_out = NO_PAGE.contains(&name.as_str());
            assert_eq!(has_page || has_form, !left_out, "{name}");
        }
    }

    #[test]
    fn every_form_has_its_control_request_and_leads_back_to_a_page() {
        for form in console::FORMS {
            let route = |method: &Method, path: &str| {
                ROUTES.iter().find(|route| route.method == *method && route.path == path)
            };
            assert!(route(&form.method, form.path).is_some(), "{}", form.name);
            assert!(
                route(&Method::GET, form.back).is_some_and(|route| route.view.is_some()),
                "{}",
                form.name
            );
        }
    }
}
