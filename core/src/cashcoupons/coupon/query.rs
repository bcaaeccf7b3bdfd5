use http::Method;
use serde::{Deserialize, Serialize};

use crate::cashcoupons::{Coupon, CouponId};
use crate::operation::{Operation, field};
use crate::types::{Appid, InvalidField, Openid};

/// 查询代金券详情: everything about one coupon of a user.
///
/// `GET /v3/marketing/favor/users/{openid}/coupons/{coupon_id}` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012486942)
///
/// - Needs a coupon that was sent; both the stock's creator and the sender can ask.
/// - Reads only. 500 requests a second. The answer is signed.
/// - Errors: [`ResourceNotExists`](crate::error::ErrorCode::ResourceNotExists) when there is no such coupon.
///
/// ```
/// use wechatpay_core::cashcoupons::QueryCoupon;
///
/// let operation = QueryCoupon::new(
///     "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into(),
///     "9856888".into(),
///     "wxd678efh567hg6787".into(),
/// );
/// ```
#[doc(alias = "QueryCouponRequest")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct QueryCoupon {
    /// 用户标识: who has it, at most 128 characters.
    pub openid: Openid,
    /// 代金券 id: which coupon.
    pub coupon_id: CouponId,
    /// 公众账号 ID: the app in which `openid` is known, bound to the calling merchant. At most 128 characters.
    pub appid: Appid,
}

impl QueryCoupon {
    /// Asks for the coupon `coupon_id` of `openid`.
    pub fn new(openid: Openid, coupon_id: CouponId, appid: Appid) -> Self {
        Self { openid, coupon_id, appid }
    }
}

impl Operation for QueryCoupon {
    const NAME: &'static str = "coupon.query";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/marketing/favor/users/{openid}/coupons/{coupon_id}";
    const IDEMPOTENT: bool = true;
    type Response = Coupon;

    fn validate(&self) -> Result<(), InvalidField> {
        field::text("openid", &self.openid, 128)?;
        field::text("coupon_id", &self.coupon_id, usize::MAX)?;
        field::text("appid", &self.appid, 128)
    }
}
