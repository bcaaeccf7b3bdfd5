use http::Method;
use serde::{Deserialize, Serialize};

use crate::cashcoupons::{Coupon, CouponId, User};
use crate::operation::{Operation, field, repeated};
use crate::types::{Appid, InvalidField, Openid};

/// 查询代金券详情: queries one coupon of a user.
///
/// `GET /v3/marketing/favor/users/{openid}/coupons/{coupon_id}` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012486942)
///
/// - Requires a coupon that was sent. The stock's creator and the sender can query it.
/// - Read-only. Rate limit: 500 requests per second. The response is signed.
/// - Errors: [`ResourceNotExists`](crate::error::ErrorCode::ResourceNotExists) when the coupon does not exist.
///
/// ```
/// use wechatpay_core::cashcoupons::{QueryCoupon, User};
///
/// let user = User { openid: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into(), appid: "wxd678efh567hg6787".into() };
/// let operation = QueryCoupon::new(user, "9856888".into());
/// ```
#[doc(alias = "QueryCouponRequest")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct QueryCoupon {
    /// 用户标识: openid of the user, at most 128 characters.
    pub openid: Openid,
    /// 代金券 id: ID of the coupon.
    pub coupon_id: CouponId,
    /// 公众账号 ID: the app to which `openid` belongs, bound to the calling merchant. At most 128 characters.
    pub appid: Appid,
}

impl QueryCoupon {
    /// Queries coupon `coupon_id` of a user.
    pub fn new(user: User, coupon_id: CouponId) -> Self {
        let User { openid, appid } = user;
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

    fn answers(&self, coupon: &Coupon) -> Result<(), &'static str> {
        repeated::same("coupon_id", &self.coupon_id, &coupon.coupon_id)
    }
}
