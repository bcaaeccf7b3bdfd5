//! The table of operations, and the lookup of a request's target.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use http::{HeaderMap, Method};
use matchit::Router;
use percent_encoding::percent_decode_str;
use wechatpay_core::{Operation, cashcoupons};

use crate::context::Handler;
use crate::favor::flow_file::Flow;
use crate::favor::{available, callbacks, coupons, flow, media, modify, platform_favor, stocks};
use crate::protocol::multipart::SignedPart;
use crate::protocol::{certificates, echo};
use crate::respond::{Canned, Responses};
use crate::state::links;

/// All endpoints. An operation is one line: its type in the core, which has the name, method and path, and its handler.
static ENDPOINTS: &[Endpoint] = &[
    operation::<cashcoupons::CreateCouponStock>(stocks::create),
    operation::<cashcoupons::StartStock>(stocks::start),
    operation::<cashcoupons::PauseStock>(stocks::pause),
    operation::<cashcoupons::RestartStock>(stocks::restart),
    operation::<cashcoupons::StopStock>(stocks::stop),
    operation::<cashcoupons::QueryStock>(stocks::query),
    operation::<cashcoupons::ListStocks>(stocks::list),
    operation::<cashcoupons::ListAvailableMerchants>(available::merchants),
    operation::<cashcoupons::ListAvailableSingleitems>(available::items),
    operation::<cashcoupons::ModifyAvailableMerchants>(modify::merchants),
    operation::<cashcoupons::ModifyAvailableSingleitems>(modify::items),
    operation::<cashcoupons::ModifyStockBudget>(modify::budget),
    operation::<cashcoupons::UseFlow>(|context| flow::whole(context, Flow::Use)),
    operation::<cashcoupons::RefundFlow>(|context| flow::whole(context, Flow::Refund)),
    operation::<cashcoupons::UseFlowByDay>(|context| flow::by_day(context, Flow::Use)),
    operation::<cashcoupons::RefundFlowByDay>(|context| flow::by_day(context, Flow::Refund)),
    file(links::WHOLE_PATH, flow::download),
    file(links::DAY_PATH, flow::download),
    operation::<cashcoupons::SendCoupon>(coupons::send),
    operation::<cashcoupons::QueryCoupon>(coupons::query),
    operation::<cashcoupons::ListCouponsByFilter>(coupons::list),
    operation::<cashcoupons::SetCallback>(callbacks::set),
    operation::<cashcoupons::QueryCallback>(callbacks::query),
    operation::<cashcoupons::UploadMarketingImage>(media::upload).with_signed_part(media::signed_part),
    operation::<cashcoupons::platform_favor::CreatePlatformFavor>(platform_favor::create),
    operation::<cashcoupons::platform_favor::QueryPlatformFavor>(platform_favor::query),
    operation::<wechatpay_core::DownloadCertificates>(certificates::list),
    operation::<wechatpay_core::SecurityEcho>(echo::echo),
];

pub(crate) struct Endpoint {
    /// Used by faults and request counts.
    pub(crate) name: &'static str,
    method: Method,
    pub(crate) path: &'static str,
    pub(crate) handler: Handler,
    /// Selects the part of the body that the request's signature covers.
    pub(crate) signed_body: SignedBody,
    /// Whether this is the download of a flow file. Its query is not parsed, because the link is compared as a whole,
    /// and its reply is not signed.
    pub(crate) is_file: bool,
}

type SignedBody = for<'a> fn(&HeaderMap, &'a [u8]) -> SignedPart<'a>;

const fn operation<O: Operation>(handler: Handler) -> Endpoint {
    Endpoint {
        name: O::NAME,
        method: O::METHOD,
        path: O::PATH,
        handler,
        signed_body: whole_body,
        is_file: false,
    }
}

/// The download of a flow file, for which the core has no operation.
const fn file(path: &'static str, handler: Handler) -> Endpoint {
    Endpoint {
        name: "flow.download",
        method: Method::GET,
        path,
        handler,
        signed_body: whole_body,
        is_file: true,
    }
}

fn whole_body<'a>(_: &HeaderMap, body: &'a [u8]) -> SignedPart<'a> {
    SignedPart::new(body)
}

impl Endpoint {
    const fn with_signed_part(mut self, signed_body: SignedBody) -> Self {
        self.signed_body = signed_body;
        self
    }
}

/// Returns the name of every operation once.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = ENDPOINTS.iter().map(|endpoint| endpoint.name).collect();
    names.dedup();
    names
}

/// The target of a request.
pub(crate) enum Target {
    /// An operation, and the decoded segments of the path.
    Endpoint(&'static Endpoint, Vec<String>),
    /// An operation that the sandbox does not know, and its response.
    Responded(Arc<Canned>),
    /// The control interface, and the decoded segments of the path.
    Control(Vec<String>),
    /// A known path with another method. Holds the value of `Allow`.
    OtherMethods(String),
    Unknown,
}

/// Maps each path to its endpoints.
static ROUTER: LazyLock<Router<Vec<&'static Endpoint>>> =
    LazyLock::new(|| by_path(ENDPOINTS.iter().map(|endpoint| (endpoint.path, endpoint))));

/// Makes a router of a table. A unit test of each table checks that no paths conflict.
pub(crate) fn by_path<T>(table: impl Iterator<Item = (&'static str, T)>) -> Router<Vec<T>> {
    let mut by_path: BTreeMap<&str, Vec<T>> = BTreeMap::new();
    for (path, entry) in table {
        by_path.entry(path).or_default().push(entry);
    }
    let mut router = Router::new();
    for (path, entries) in by_path {
        let _ = router.insert(path, entries);
    }
    router
}

impl Target {
    /// The name of the operation, if the request is for one.
    pub(crate) fn operation(&self) -> Option<&str> {
        match self {
            Self::Endpoint(endpoint, _) => Some(endpoint.name),
            Self::Responded(canned) => canned.operation.as_deref(),
            _ => None,
        }
    }

    /// Whether a path is one of the control interface.
    pub(crate) fn is_control(path: &str) -> bool {
        control_segments(path).is_some()
    }

    /// Whether the request is for an operation.
    pub(crate) fn is_operation(&self) -> bool {
        matches!(self, Self::Endpoint(..) | Self::Responded(_))
    }

    /// Finds the target of a request. `responses` are those for unknown operations.
    pub(crate) fn of(method: &Method, path: &str, responses: &Responses) -> Self {
        let known = Self::known(method, path);
        if !matches!(known, Self::Unknown | Self::OtherMethods(_)) {
            return known;
        }
        let canned = segments(path).and_then(|segments| responses.find(method, &segments));
        canned.map_or(known, Self::Responded)
    }

    /// Finds the target of a request among what the sandbox itself knows.
    pub(crate) fn known(method: &Method, path: &str) -> Self {
        if let Some(segments) = control_segments(path) {
            return Self::Control(segments);
        }
        let Some(segments) = segments(path) else { return Self::Unknown };
        let Ok(endpoints) = ROUTER.at(&router_path(&segments)).map(|found| found.value) else {
            return Self::Unknown;
        };
        if let Some(endpoint) = endpoints.iter().find(|endpoint| endpoint.method == *method) {
            return Self::Endpoint(endpoint, segments);
        }
        let mut methods: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.method.as_str()).collect();
        methods.sort_unstable();
        Self::OtherMethods(methods.join(", "))
    }
}

/// Returns the segments of a path of the control interface. Those that are not UTF-8 match nothing there.
fn control_segments(path: &str) -> Option<Vec<String>> {
    let decode = |segment| percent_decode_str(segment).decode_utf8_lossy().into_owned();
    let segments: Vec<String> = path.strip_prefix('/')?.split('/').map(decode).collect();
    let is_control = match segments.as_slice() {
        // The page, and the icon for which browsers ask by themselves.
        [only] => only.is_empty() || only == "favicon.ico" || only == "_sandbox",
        [first, ..] => first == "_sandbox",
        [] => false,
    };
    is_control.then_some(segments)
}

/// Splits a path and decodes each segment once. Returns `None` if a segment is not UTF-8.
fn segments(path: &str) -> Option<Vec<String>> {
    let decode = |segment| Some(percent_decode_str(segment).decode_utf8().ok()?.into_owned());
    path.strip_prefix('/')?.split('/').map(decode).collect()
}

/// Returns the path to look up in the router. A segment that is empty or contains a slash is replaced by a placeholder,
/// so that it still matches one parameter. An empty segment is a parameter that the client left empty.
fn router_path(segments: &[String]) -> String {
    let router_segment = |segment: &String| match segment.is_empty() || segment.contains('/') {
        true => "/\0".to_owned(),
        false => format!("/{segment}"),
    };
    segments.iter().map(router_segment).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_is_found_by_its_own_path() {
        for endpoint in ENDPOINTS {
            let Target::Endpoint(found, _) = Target::known(&endpoint.method, endpoint.path) else {
                panic!("{} was not found", endpoint.path)
            };
            assert!(std::ptr::eq(found, endpoint), "{} was found as {}", endpoint.name, found.name);
        }
    }
}
