use crate::types::{Appid, Openid, id};

id! {
    /// ID of a stock, that is, of a batch of coupons (批次号).
    StockId
}

id! {
    /// ID of one coupon of one user (代金券 id).
    CouponId
}

/// A user of WeChat, as one app knows the user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct User {
    /// 用户标识: openid of the user.
    pub openid: Openid,
    /// 公众账号 ID: the app to which `openid` belongs, bound to the calling merchant.
    pub appid: Appid,
}

#[cfg(feature = "arbitrary")]
crate::types::generators::impl_arbitrary! {
    StockId = |u| crate::types::generators::text(u).map(Self::new);
    CouponId = |u| crate::types::generators::text(u).map(Self::new);
}
