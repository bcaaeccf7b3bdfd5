//! Which operations there are, and which of them a request is for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use http::{HeaderMap, Method};
use matchit::Router;
use percent_encoding::percent_decode_str;
use wechatpay_core::{Operation, cashcoupons};

use crate::context::Handler;
use crate::favor::flow_file::Flow;
use crate::favor::{available, callbacks, coupons, flow, media, modify, platform_favor, stocks};
use crate::protocol::{certificates, echo};
use crate::state::links;

/// Everything that can be called. An operation is one line: its type in the core, which knows name, method and path,
/// and its handler here.
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
    operation::<cashcoupons::UploadMarketingImage>(media::upload).signed_in_part(media::signed_part),
    operation::<cashcoupons::platform_favor::CreatePlatformFavor>(platform_favor::create),
    operation::<cashcoupons::platform_favor::QueryPlatformFavor>(platform_favor::query),
    operation::<wechatpay_core::DownloadCertificates>(certificates::list),
    operation::<wechatpay_core::SecurityEcho>(echo::echo),
];

pub(crate) struct Endpoint {
    /// For faults and for the count of requests.
    pub(crate) name: &'static str,
    method: Method,
    pub(crate) path: &'static str,
    pub(crate) handler: Handler,
    /// What of the body the signature of a request covers.
    pub(crate) signed_body: SignedBody,
    /// Whether it is the file behind a link. The link is compared as it was given out, so that nothing of its query
    /// is read, and nothing of the reply is signed.
    pub(crate) is_file: bool,
}

type SignedBody = for<'a> fn(&HeaderMap, &'a [u8]) -> &'a [u8];

const fn operation<O: Operation>(handler: Handler) -> Endpoint {
    Endpoint { name: O::NAME, method: O::METHOD, path: O::PATH, handler, signed_body: whole, is_file: false }
}

/// The file behind a link, for which the core has no operation.
const fn file(path: &'static str, handler: Handler) -> Endpoint {
    Endpoint { name: "flow.download", method: Method::GET, path, handler, signed_body: whole, is_file: true }
}

fn whole<'a>(_: &HeaderMap, body: &'a [u8]) -> &'a [u8] {
    body
}

impl Endpoint {
    const fn signed_in_part(mut self, signed_body: SignedBody) -> Self {
        self.signed_body = signed_body;
        self
    }
}

/// The name of every operation, each once.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = ENDPOINTS.iter().map(|endpoint| endpoint.name).collect();
    names.dedup();
    names
}

/// What a request is for.
pub(crate) enum Target {
    /// With the segments of its path, each decoded once.
    Endpoint(&'static Endpoint, Vec<String>),
    /// What a test tells the sandbox; with the segments behind `/_sandbox`.
    Control(Vec<String>),
    /// A known path, which has these methods only, as `Allow` lists them.
    OtherMethods(String),
    Unknown,
}

/// The endpoints of each path.
static ROUTER: LazyLock<Router<Vec<&'static Endpoint>>> = LazyLock::new(|| {
    let mut by_path: BTreeMap<&str, Vec<&Endpoint>> = BTreeMap::new();
    for endpoint in ENDPOINTS {
        by_path.entry(endpoint.path).or_default().push(endpoint);
    }
    let mut router = Router::new();
    for (path, endpoints) in by_path {
        // That no path is in conflict with another is tested below.
        let _ = router.insert(path, endpoints);
    }
    router
});

impl Target {
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        let Some(mut segments) = segments(path) else { return Self::Unknown };
        if segments.first().is_some_and(|first| first == "_sandbox") {
            return Self::Control(segments.split_off(1));
        }
        let Ok(endpoints) = ROUTER.at(&matched(&segments)).map(|found| found.value) else {
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

/// Path segments, each decoded once. `None` when one is not UTF-8.
fn segments(path: &str) -> Option<Vec<String>> {
    let decode = |segment| Some(percent_decode_str(segment).decode_utf8().ok()?.into_owned());
    path.strip_prefix('/')?.split('/').map(decode).collect()
}

/// The path that the router sees. An empty segment is a parameter that a client filled in with nothing, and one with a
/// slash in it is still one segment; to the router, something that no path has stands for both.
fn matched(segments: &[String]) -> String {
    let seen = |segment: &String| match segment.is_empty() || segment.contains('/') {
        true => "/\0".to_owned(),
        false => format!("/{segment}"),
    };
    segments.iter().map(seen).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_is_found_by_its_own_path() {
        for endpoint in ENDPOINTS {
            let Target::Endpoint(found, _) = Target::of(&endpoint.method, endpoint.path) else {
                panic!("{} is not found", endpoint.path)
            };
            assert!(std::ptr::eq(found, endpoint), "{} is found as {}", endpoint.name, found.name);
        }
    }
}
