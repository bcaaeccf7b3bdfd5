use http::Method;
use serde::{Deserialize, Serialize};

use crate::cashcoupons::limits::MAX_ID;
use crate::cashcoupons::setters::setters;
use crate::operation::{Operation, field};
use crate::types::{InvalidField, Mchid, Timestamp};

/// 设置代金券消息通知地址: sets where the platform tells of every use of a coupon.
///
/// `POST /v3/marketing/favor/callbacks` ·
/// [documentation](https://pay.weixin.qq.com/docs/merchant/apis/cash-coupons/call-back-url/set-callback.html)
///
/// - Needs the product's permission (营销事件推送) and an APIv3 key. Works for stocks that `mchid` created; there is
///   one address a merchant.
/// - Repeating it sets the same address again. 1000 requests a minute, 5 a minute per IP. The answer is signed.
/// - Errors: [`ParamError`](crate::error::ErrorCode::ParamError) when a field is missing,
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
    /// 商户号: the merchant, at most 20 characters.
    pub mchid: Mchid,
    /// 通知地址: where, a public address that begins with `https://` and has no query; at most 256 characters. Plain
    /// http is taken for loopback addresses only, for the sandbox.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::made_up::notify_url))]
    pub notify_url: String,
    /// 回调开关: on or off. The public page does not know `false`.
    pub switch: Option<bool>,
}

impl SetCallback {
    /// Tells of the coupons of `mchid` at `notify_url`.
    pub fn new(mchid: Mchid, notify_url: impl Into<String>) -> Self {
        Self { mchid, notify_url: notify_url.into(), switch: None }
    }

    setters! {
        /// Turns it on or off.
        switch(on: bool) { switch = Some(on) }
    }
}

/// An address that was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct SetCallbackResponse {
    /// 修改时间: when it was set.
    pub update_time: Timestamp,
    /// 通知地址: the address. Documented answers lack its scheme.
    pub notify_url: String,
}

impl Operation for SetCallback {
    const NAME: &'static str = "callback.set";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/marketing/favor/callbacks";
    // Inferred: the address is the same however often it is set.
    const IDEMPOTENT: bool = true;
    type Response = SetCallbackResponse;

    fn validate(&self) -> Result<(), InvalidField> {
        field::text("mchid", &self.mchid, MAX_ID)?;
        field::callback_url("notify_url", &self.notify_url, 256)
    }
}
