use http::Method;
use serde::{Deserialize, Serialize};

use crate::cashcoupons::limits::MAX_ID;
use crate::operation::{Operation, field, repeated};
use crate::types::{InvalidField, Mchid, response};

/// 查询代金券消息通知地址: queries the URL to which the platform sends callbacks.
///
/// `GET /v3/marketing/favor/callbacks` ·
/// [documentation](https://pay.weixin.qq.com/docs/merchant/apis/cash-coupons/call-back-url/query-callback.html)
///
/// - Requires the product's permission (营销事件推送).
/// - Read-only. Rate limit: 2000 requests per second. The response is signed.
/// - Errors: [`ParamError`](crate::error::ErrorCode::ParamError) when the merchant number is missing;
///   [`NoAuth`](crate::error::ErrorCode::NoAuth) without the permission.
///
/// ```
/// use wechatpay_core::cashcoupons::QueryCallback;
///
/// let operation = QueryCallback::new("9856888".into());
/// ```
#[doc(alias = "QueryCallbackRequest")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct QueryCallback {
    /// 商户号: merchant number, at most 20 characters.
    pub mchid: Mchid,
}

impl QueryCallback {
    /// Queries the callback URL of merchant `mchid`.
    pub fn new(mchid: Mchid) -> Self {
        Self { mchid }
    }
}

response! {
    /// Response to [`QueryCallback`]: the callback URL of a merchant.
    pub struct Callback {
        /// 通知地址: the callback URL. Without its scheme in the documented responses.
        required pub notify_url: String,
        /// 商户号: merchant number.
        pub mchid: Option<Mchid>,
    }
}

impl Operation for QueryCallback {
    const NAME: &'static str = "callback.query";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/marketing/favor/callbacks";
    const IDEMPOTENT: bool = true;
    type Response = Callback;

    fn validate(&self) -> Result<(), InvalidField> {
        field::text("mchid", &self.mchid, MAX_ID)
    }

    fn answers(&self, callback: &Callback) -> Result<(), &'static str> {
        repeated::same("mchid", &self.mchid, callback.mchid.as_ref())
    }
}
