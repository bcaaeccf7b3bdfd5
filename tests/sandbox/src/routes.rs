//! Which paths and methods there are.

use http::{Method, Request};
use wechatpay_core::cashcoupons::{
    CreateCouponStock, ListAvailableMerchants, ListAvailableSingleitems, ListCouponsByFilter, ListStocks,
    ModifyAvailableMerchants, ModifyAvailableSingleitems, ModifyStockBudget, PauseStock, QueryCallback,
    QueryCoupon, QueryStock, RefundFlow, RefundFlowByDay, RestartStock, SendCoupon, SetCallback, StartStock,
    StopStock, UploadMarketingImage, UseFlow, UseFlowByDay,
};
use wechatpay_core::{DownloadCertificates, Operation, SecurityEcho};

use crate::favor::flow_file::Flow;
use crate::protocol::input;

/// The file behind a link, for which there is no operation.
const DOWNLOAD_FLOW: &str = "flow.download";
// The core has these two only on request.
const CREATE_PLATFORM_FAVOR: &str = "platform_favor.create";
const QUERY_PLATFORM_FAVOR: &str = "platform_favor.query";

/// The name of every operation there is.
pub(crate) const OPERATIONS: [&str; 27] = [
    CreateCouponStock::NAME,
    StartStock::NAME,
    PauseStock::NAME,
    RestartStock::NAME,
    StopStock::NAME,
    QueryStock::NAME,
    ListStocks::NAME,
    ListAvailableMerchants::NAME,
    ListAvailableSingleitems::NAME,
    ModifyAvailableMerchants::NAME,
    ModifyAvailableSingleitems::NAME,
    ModifyStockBudget::NAME,
    UseFlow::NAME,
    RefundFlow::NAME,
    UseFlowByDay::NAME,
    RefundFlowByDay::NAME,
    DOWNLOAD_FLOW,
    SendCoupon::NAME,
    QueryCoupon::NAME,
    ListCouponsByFilter::NAME,
    SetCallback::NAME,
    QueryCallback::NAME,
    UploadMarketingImage::NAME,
    CREATE_PLATFORM_FAVOR,
    QUERY_PLATFORM_FAVOR,
    DownloadCertificates::NAME,
    SecurityEcho::NAME,
];

/// The name of the operation that a request is for, whoever it is from.
pub(crate) fn operation<B>(request: &Request<B>) -> Option<&'static str> {
    let segments = input::segments(request.uri().path())?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    Route::find(request.method(), &segments).ok().map(|route| route.operation())
}

/// What a request asks for.
pub(crate) enum Route<'a> {
    Certificates,
    CreateStock,
    ListStocks,
    QueryStock { id: &'a str },
    ChangeStock { id: &'a str, action: &'a str },
    ListMerchants { id: &'a str },
    ListItems { id: &'a str },
    ModifyMerchants { id: &'a str },
    ModifyItems { id: &'a str },
    ModifyBudget { id: &'a str },
    Flow { id: &'a str, flow: Flow },
    FlowByDay { id: &'a str, flow: Flow },
    DownloadFlow,
    SendCoupon { openid: &'a str },
    ListCoupons { openid: &'a str },
    QueryCoupon { openid: &'a str, id: &'a str },
    UploadImage,
    SetCallback,
    QueryCallback,
    CreatePlatformFavor,
    QueryPlatformFavor { id: &'a str },
    Echo,
}

impl<'a> Route<'a> {
    /// Fails with the methods there are, if the path is known.
    pub(crate) fn find(method: &Method, segments: &[&'a str]) -> Result<Self, Option<&'static str>> {
        let only = |allowed: &'static str, route: Self| {
            if method.as_str() == allowed { Ok(route) } else { Err(Some(allowed)) }
        };
        if let ["v3", "billdownload", "file"] | ["mkt", "storage", "bill", "download"] = segments {
            return only("GET", Self::DownloadFlow);
        }
        let ["v3", rest @ ..] = segments else { return Err(None) };
        if let ["certificates"] = rest {
            return only("GET", Self::Certificates);
        }
        if let ["security", "echo"] = rest {
            return only("POST", Self::Echo);
        }
        let ["marketing", "favor", rest @ ..] = rest else { return Err(None) };
        match *rest {
            ["coupon-stocks"] => only("POST", Self::CreateStock),
            ["stocks"] => only("GET", Self::ListStocks),
            ["stocks", id] => only("GET", Self::QueryStock { id }),
            ["stocks", id, action @ ("start" | "pause" | "restart" | "stop")] => {
                only("POST", Self::ChangeStock { id, action })
            }
            ["stocks", id, "merchants"] => only("GET", Self::ListMerchants { id }),
            ["stocks", id, "items"] => only("GET", Self::ListItems { id }),
            ["stocks", id, "modify-merchants"] => only("POST", Self::ModifyMerchants { id }),
            ["stocks", id, "modify-goods-id"] => only("POST", Self::ModifyItems { id }),
            ["stocks", id, "max-amount-modify"] => only("POST", Self::ModifyBudget { id }),
            ["stocks", id, "use-flow"] => only("GET", Self::Flow { id, flow: Flow::Use }),
            ["stocks", id, "refund-flow"] => only("GET", Self::Flow { id, flow: Flow::Refund }),
            ["stocks", id, "use-flow-by-day"] => only("GET", Self::FlowByDay { id, flow: Flow::Use }),
            ["stocks", id, "refund-flow-by-day"] => only("GET", Self::FlowByDay { id, flow: Flow::Refund }),
            ["users", openid, "coupons"] if method == Method::POST => Ok(Self::SendCoupon { openid }),
            ["users", openid, "coupons"] if method == Method::GET => Ok(Self::ListCoupons { openid }),
            ["users", _, "coupons"] => Err(Some("GET, POST")),
            ["users", openid, "coupons", id] => only("GET", Self::QueryCoupon { openid, id }),
            ["media", "image-upload"] => only("POST", Self::UploadImage),
            ["callbacks"] if method == Method::POST => Ok(Self::SetCallback),
            ["callbacks"] if method == Method::GET => Ok(Self::QueryCallback),
            ["callbacks"] => Err(Some("GET, POST")),
            ["platform-favor"] => only("POST", Self::CreatePlatformFavor),
            ["platform-favor", id] => only("GET", Self::QueryPlatformFavor { id }),
            _ => Err(None),
        }
    }

    fn operation(&self) -> &'static str {
        match self {
            Self::Certificates => DownloadCertificates::NAME,
            Self::CreateStock => CreateCouponStock::NAME,
            Self::ListStocks => ListStocks::NAME,
            Self::QueryStock { .. } => QueryStock::NAME,
            Self::ChangeStock { action: "start", .. } => StartStock::NAME,
            Self::ChangeStock { action: "pause", .. } => PauseStock::NAME,
            Self::ChangeStock { action: "restart", .. } => RestartStock::NAME,
            Self::ChangeStock { .. } => StopStock::NAME,
            Self::ListMerchants { .. } => ListAvailableMerchants::NAME,
            Self::ListItems { .. } => ListAvailableSingleitems::NAME,
            Self::ModifyMerchants { .. } => ModifyAvailableMerchants::NAME,
            Self::ModifyItems { .. } => ModifyAvailableSingleitems::NAME,
            Self::ModifyBudget { .. } => ModifyStockBudget::NAME,
            Self::Flow { flow: Flow::Use, .. } => UseFlow::NAME,
            Self::Flow { flow: Flow::Refund, .. } => RefundFlow::NAME,
            Self::FlowByDay { flow: Flow::Use, .. } => UseFlowByDay::NAME,
            Self::FlowByDay { flow: Flow::Refund, .. } => RefundFlowByDay::NAME,
            Self::DownloadFlow => DOWNLOAD_FLOW,
            Self::SendCoupon { .. } => SendCoupon::NAME,
            Self::ListCoupons { .. } => ListCouponsByFilter::NAME,
            Self::QueryCoupon { .. } => QueryCoupon::NAME,
            Self::UploadImage => UploadMarketingImage::NAME,
            Self::SetCallback => SetCallback::NAME,
            Self::QueryCallback => QueryCallback::NAME,
            Self::CreatePlatformFavor => CREATE_PLATFORM_FAVOR,
            Self::QueryPlatformFavor { .. } => QUERY_PLATFORM_FAVOR,
            Self::Echo => SecurityEcho::NAME,
        }
    }
}
