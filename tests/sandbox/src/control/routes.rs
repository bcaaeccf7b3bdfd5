//! The table of control requests, and the lookup of their handlers.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bytes::Bytes;
use http::{Method, request};
use matchit::Router;
use wechatpay_core::types::UnixSeconds;

use super::call::{Call, Handler};
use super::{certificates, clock, compare, coupons, diagnose, faults, merchant, notifications, state};
use crate::context::PathParameters;
use crate::platform::Platform;
use crate::protocol::query::QueryString;
use crate::protocol::reply::{Handled, Reply};

/// All control requests: method, path, handler.
static ROUTES: &[Route] = &[
    Route(Method::GET, "/_sandbox/state", state::read),
    Route(Method::POST, "/_sandbox/clock", clock::advance),
    Route(Method::POST, "/_sandbox/coupons/{coupon_id}/redeem", coupons::redeem),
    Route(Method::POST, "/_sandbox/coupons/{coupon_id}/refund", coupons::refund),
    Route(Method::POST, "/_sandbox/notifications", notifications::set_signing_key),
    Route(Method::POST, "/_sandbox/certificates/rotate", certificates::rotate),
    Route(Method::POST, "/_sandbox/certificates/mode", certificates::set_mode),
    Route(Method::POST, "/_sandbox/merchant/certificate", merchant::set_certificate),
    Route(Method::POST, "/_sandbox/diagnose", diagnose::describe),
    Route(Method::POST, "/_sandbox/requests/{id}/compare", compare::compare),
    Route(Method::GET, "/_sandbox/faults", faults::list),
    Route(Method::POST, "/_sandbox/faults", faults::add),
    Route(Method::DELETE, "/_sandbox/faults", faults::clear),
];

struct Route(Method, &'static str, Handler);

/// Maps each path to its routes.
static ROUTER: LazyLock<Router<Vec<&'static Route>>> = LazyLock::new(|| {
    let mut by_path: BTreeMap<&str, Vec<&Route>> = BTreeMap::new();
    for route in ROUTES {
        by_path.entry(route.1).or_default().push(route);
    }
    let mut router = Router::new();
    for (path, routes) in by_path {
        // A unit test below checks that no paths conflict.
        let _ = router.insert(path, routes);
    }
    router
});

/// Handles a control request. `segments` are those of its path, decoded.
pub(crate) fn control(
    platform: &Platform,
    parts: &request::Parts,
    segments: &[String],
    body: &Bytes,
    real_time: UnixSeconds,
) -> Handled {
    let Route(_, path, handler) = find(&parts.method, segments).ok_or_else(unknown)?;
    let query = QueryString::parse(parts.uri.query().unwrap_or_default())?;
    let path = PathParameters::new(path, segments);
    handler(Call::new(platform, &parts.headers, path, query, body, real_time))
}

fn find(method: &Method, segments: &[String]) -> Option<&'static Route> {
    let path: String = segments.iter().map(|segment| format!("/{segment}")).collect();
    let routes = ROUTER.at(&path).ok()?.value;
    routes.iter().copied().find(|route| route.0 == *method)
}

fn unknown() -> Reply {
    let known: Vec<String> = ROUTES.iter().map(|Route(method, path, _)| format!("{method} {path}")).collect();
    Reply::not_found(&format!("unknown control request; known are {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_control_request_is_found_by_its_own_path() {
        for route in ROUTES {
            let segments: Vec<String> = route.1.split('/').skip(1).map(str::to_owned).collect();
            let found = find(&route.0, &segments).unwrap();
            assert!(std::ptr::eq(found, route), "{} was found as {}", route.1, found.1);
        }
    }
}
