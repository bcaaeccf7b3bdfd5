use http::Method;
use serde::{Deserialize, Serialize};

use crate::cashcoupons::limits::MAX_ID;
use crate::cashcoupons::setters::setters;
use crate::operation::{Operation, field, repeated};
use crate::types::{InvalidField, Mchid, Timestamp, response};

/// 设置代金券消息通知地址: sets the URL to which the platform sends a callback for every redemption of a coupon.
///
/// `POST /v3/marketing/favor/callbacks` ·
/// [documentation](https://pay.weixin.qq.com/docs/merchant/apis/cash-coupons/call-back-url/set-callback.html)
///
/// - Requires the product's permission (营销事件推送) and an APIv3 key. Applies to stocks that `mchid` created. Each
///   merchant has one callback URL.
/// - Idempotent (inferred): a retry sets the same URL again. Rate limit: 1000 requests per minute, 5 per
///   minute per IP. The response is signed.
/// - Errors: [`ParamError`](crate::error::ErrorCode::ParamError) when a field is missing;
///   [`NoAuth`](crate::error::ErrorCode::NoAuth) without the permission.
///
/// ```
/// use wechatpay_core::cashcoupons::SetCallback;
///
/// let operation = SetCallback::new("9856888".into(), "https://pay.weixin.qq.com").switch(true);
/// ```
#[doc(alias = "SetCallbackRequest")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct SetCallback {
    /// 商户号: merchant number, at most 20 characters.
    pub mchid: Mchid,
    /// 通知地址: the callback URL, a public URL that starts with `https://` and has no query; at most 256 characters.
    /// Plain http is accepted for loopback addresses only, for the sandbox.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::notify_url))]
    pub notify_url: String,
    /// 回调开关: whether callbacks are enabled. The public page does not document `false`.
    pub switch: Option<bool>,
}

impl SetCallback {
    /// Sets `notify_url` as the callback URL of merchant `mchid`.
    pub fn new(mchid: Mchid, notify_url: impl Into<String>) -> Self {
        Self { mchid, notify_url: notify_url.into(), switch: None }
    }

    setters! {
        /// Enables or disables callbacks.
        switch(on: bool) { switch = Some(on) }
    }
}

response! {
    /// Response to [`SetCallback`].
    pub struct SetCallbackResponse {
        /// 修改时间: time of the change.
        pub update_time: Option<Timestamp>,
        /// 通知地址: the callback URL. Without its scheme in the documented responses, and empty if it is absent.
        pub notify_url: String,
    }
}

impl Operation for SetCallback {
    const NAME: &'static str = "callback.set";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/marketing/favor/callbacks";
    // Inferred: setting the same URL again has no further effect.
    const IDEMPOTENT: bool = true;
    type Response = SetCallbackResponse;

    fn validate(&self) -> Result<(), InvalidField> {
        field::text("mchid", &self.mchid, MAX_ID)?;
        field::callback_url("notify_url", &self.notify_url, 256)
    }

    fn answers(&self, response: &SetCallbackResponse) -> Result<(), &'static str> {
        repeated::same_url("notify_url", &self.notify_url, &response.notify_url)
    }
}
