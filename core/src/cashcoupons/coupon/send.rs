use http::Method;
use serde::{Deserialize, Serialize};

use crate::cashcoupons::limits::{MAX_ID, out_request_no};
use crate::cashcoupons::setters::setters;
use crate::cashcoupons::{CouponId, StockId};
use crate::operation::{Operation, field};
use crate::types::{Appid, Fen, InvalidField, Mchid, Openid, OutRequestNo};

/// 发放代金券: gives one coupon of a stock to a user.
///
/// `POST /v3/marketing/favor/users/{openid}/coupons` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012463767)
///
/// - Needs a stock that is running. By default only its creator can send its coupons.
/// - **Idempotent by `out_request_no`**: repeating the identical request gives the same coupon. A new number can
///   give a second one. 500 requests a second; takes about 100 ms. The answer is signed.
/// - Errors: [`RuleLimit`](crate::error::ErrorCode::RuleLimit) the user has as many as allowed;
///   [`NotEnough`](crate::error::ErrorCode::NotEnough) the budget is used up: top it up and repeat;
///   [`RequestBlocked`](crate::error::ErrorCode::RequestBlocked) the stock is not running, or the user or caller is
///   blocked; [`AppidMchidNotMatch`](crate::error::ErrorCode::AppidMchidNotMatch);
///   [`UserAccountAbnormal`](crate::error::ErrorCode::UserAccountAbnormal). On a timeout, 429 or 5xx repeat the
///   identical request.
///
/// ```
/// use wechatpay_core::cashcoupons::SendCoupon;
///
/// let operation = SendCoupon::new(
///     "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into(),
///     "9865000".into(),
///     "19000072912026112300001".into(),
///     "wxd678efh567hg6787".into(),
///     "1900007291".into(),
/// );
/// ```
#[doc(alias = "SendCouponRequest")]
#[doc(alias = "SendCouponBody")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct SendCoupon {
    /// 用户标识: who gets it, at most 128 characters.
    pub openid: Openid,
    /// 批次号: of which stock, at most 20 characters.
    pub stock_id: StockId,
    /// 商户单据号: the key to idempotency.
    pub out_request_no: OutRequestNo,
    /// 公众账号 ID: the sender's app, bound to the calling merchant, in which `openid` is known. At most 128
    /// characters.
    pub appid: Appid,
    /// 创建批次的商户号: the merchant that created the stock, at most 20 characters.
    pub stock_creator_mchid: Mchid,
    /// 指定面额发券面额: the amount, for stocks that leave it open. Not open yet (暂未开放): do not send it.
    pub coupon_value: Option<Fen>,
    /// 指定面额发券门槛: the threshold, for stocks that leave it open. Not open yet (暂未开放): do not send it.
    pub coupon_minimum: Option<Fen>,
}

impl SendCoupon {
    /// Gives `openid` a coupon of `stock_id`.
    pub fn new(
        openid: Openid,
        stock_id: StockId,
        out_request_no: OutRequestNo,
        appid: Appid,
        stock_creator_mchid: Mchid,
    ) -> Self {
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
        /// Sets amount and threshold, for stocks that leave them open.
        coupon_value(coupon_value: Fen, coupon_minimum: Fen) {
            coupon_value = Some(coupon_value),
            coupon_minimum = Some(coupon_minimum)
        }
    }
}

/// A coupon that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct SendCouponResponse {
    /// 代金券 id: at most 20 characters.
    pub coupon_id: CouponId,
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
        field::text("stock_creator_mchid", &self.stock_creator_mchid, MAX_ID)
    }
}
