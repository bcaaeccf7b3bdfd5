use http::Method;
use serde::{Deserialize, Serialize};

use crate::cashcoupons::advice;
use crate::cashcoupons::limits::{MAX_ID, out_request_no};
use crate::cashcoupons::setters::setters;
use crate::cashcoupons::{CouponId, StockId};
use crate::error::{Advice, ApiError};
use crate::operation::{Operation, field};
use crate::types::{Appid, Fen, InvalidField, Mchid, Openid, OutRequestNo, response};

/// 发放代金券: sends one coupon of a stock to a user.
///
/// `POST /v3/marketing/favor/users/{openid}/coupons` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012463767)
///
/// - Requires a running stock. By default only the stock's creator can send its coupons.
/// - **Idempotent by `out_request_no`**: retrying the identical request returns the same coupon. A new number can
///   send a second coupon. Rate limit: 500 requests per second. A request takes about 100 ms. The response is signed.
/// - The response repeats nothing of the request, so a signed response to *another* request cannot be told from the
///   right one. [`QueryCoupon`](crate::cashcoupons::QueryCoupon) shows the stock of the coupon, and mostly its
///   `out_request_no`.
/// - Errors: [`RuleLimit`](crate::error::ErrorCode::RuleLimit) when the user has reached the limit per user;
///   [`NotEnough`](crate::error::ErrorCode::NotEnough) when the budget is exhausted: increase it and retry the
///   request; [`RequestBlocked`](crate::error::ErrorCode::RequestBlocked) when the stock is not running, or the user
///   or the caller is blocked; [`AppidMchidNotMatch`](crate::error::ErrorCode::AppidMchidNotMatch);
///   [`UserAccountAbnormal`](crate::error::ErrorCode::UserAccountAbnormal). If the outcome is
///   [`Unknown`](crate::Outcome::Unknown) after the client's own retries, send the identical request again later.
///
/// ```
/// use wechatpay_core::cashcoupons::{RequiredCouponFields, SendCoupon};
///
/// let operation = SendCoupon::new(RequiredCouponFields {
///     openid: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into(),
///     appid: "wxd678efh567hg6787".into(),
///     stock_id: "9865000".into(),
///     stock_creator_mchid: "1900007291".into(),
///     out_request_no: "19000072912026112300001".into(),
/// });
/// ```
#[doc(alias = "SendCouponRequest")]
#[doc(alias = "SendCouponBody")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct SendCoupon {
    /// 用户标识: openid of the user, at most 128 characters.
    pub openid: Openid,
    /// 批次号: ID of the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 商户单据号: the merchant's request number, which makes the request idempotent. 1 to 128 characters: ASCII letters,
    /// digits and `|`, `_`, `*`, `-`. Choose one per coupon, store it before sending, and reuse it for every retry.
    pub out_request_no: OutRequestNo,
    /// 公众账号 ID: the sender's app, to which `openid` belongs, bound to the calling merchant. At most 128 characters.
    pub appid: Appid,
    /// 创建批次的商户号: merchant number of the stock's creator, at most 20 characters.
    pub stock_creator_mchid: Mchid,
    /// 指定面额发券面额: discount amount, for stocks that do not fix it. Not available yet (暂未开放): do not set it.
    pub coupon_value: Option<Fen>,
    /// 指定面额发券门槛: threshold, for stocks that do not fix it. Not available yet (暂未开放): do not set it.
    pub coupon_minimum: Option<Fen>,
}

/// The required fields of [`SendCoupon`], which documents each field in detail.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct RequiredCouponFields {
    /// 用户标识: openid of the user.
    pub openid: Openid,
    /// 公众账号 ID: the app to which `openid` belongs.
    pub appid: Appid,
    /// 批次号: ID of the stock.
    pub stock_id: StockId,
    /// 创建批次的商户号: merchant number of the stock's creator.
    pub stock_creator_mchid: Mchid,
    /// 商户单据号: the merchant's request number, which makes the request idempotent.
    pub out_request_no: OutRequestNo,
}

impl SendCoupon {
    /// Sends a user one coupon of a stock.
    pub fn new(required: RequiredCouponFields) -> Self {
        let RequiredCouponFields { openid, appid, stock_id, stock_creator_mchid, out_request_no } = required;
        Self {
            openid,
            stock_id,
            out_request_no,
            appid,
            stock_creator_mchid,
            coupon_value: None,
            coupon_minimum: None,
        }
    }

    setters! {
        /// Sets discount amount and threshold, for stocks that do not fix them. Not available yet (暂未开放).
        coupon_value(coupon_value: Fen, coupon_minimum: Fen) {
            coupon_value = Some(coupon_value),
            coupon_minimum = Some(coupon_minimum)
        }
    }
}

response! {
    /// Response to [`SendCoupon`].
    pub struct SendCouponResponse {
        /// 代金券 id: ID of the coupon, at most 20 characters.
        required pub coupon_id: CouponId,
    }
}

impl Operation for SendCoupon {
    const NAME: &'static str = "coupon.send";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/marketing/favor/users/{openid}/coupons";
    const IDEMPOTENT: bool = true;
    type Response = SendCouponResponse;

    fn validate(&self) -> Result<(), InvalidField> {
        field::text("openid", &self.openid, 128)?;
        field::text("stock_id", &self.stock_id, MAX_ID)?;
        out_request_no(&self.out_request_no)?;
        field::text("appid", &self.appid, 128)?;
        field::text("stock_creator_mchid", &self.stock_creator_mchid, MAX_ID)?;
        for (name, amount) in [("coupon_value", self.coupon_value), ("coupon_minimum", self.coupon_minimum)] {
            amount.map_or(Ok(()), |amount| field::at_least(name, amount.get(), 1))?;
        }
        Ok(())
    }

    fn advice(error: &ApiError) -> Option<Advice> {
        advice::on_sending(error)
    }
}
