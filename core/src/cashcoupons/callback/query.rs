use http::Method;
use serde::{Deserialize, Serialize};

use crate::cashcoupons::limits::MAX_ID;
use crate::operation::{Operation, field};
use crate::types::{InvalidField, Mchid};

/// 查询代金券消息通知地址: where the platform tells of uses.
///
/// `GET /v3/marketing/favor/callbacks` ·
/// [documentation](https://pay.weixin.qq.com/docs/merchant/apis/cash-coupons/call-back-url/query-callback.html)
///
/// - Needs the product's permission (营销事件推送).
/// - Reads only. 2000 requests a second. The answer is signed.
/// - Errors: [`ParamError`](crate::error::ErrorCode::ParamError) when the merchant number is missing,
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
    /// 商户号: the merchant, at most 20 characters.
    pub mchid: Mchid,
}

impl QueryCallback {
    /// Asks for the address of `mchid`.
    pub fn new(mchid: Mchid) -> Self {
        Self { mchid }
    }
}

/// Where the platform tells of uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct Callback {
    /// 通知地址: the address. Documented answers lack its scheme.
    pub notify_url: String,
    /// 商户号: the merchant.
    pub mchid: Mchid,
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
}
