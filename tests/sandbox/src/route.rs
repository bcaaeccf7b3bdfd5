//! Which paths and methods there are.

use http::Method;

use crate::favor::flow_file::Flow;

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
}
