use crate::types::id;

id! {
    /// A batch of coupons (批次号).
    StockId
}

id! {
    /// One coupon of one user (代金券 id).
    CouponId
}

#[cfg(feature = "arbitrary")]
crate::types::made_up::generated! {
    StockId = |u| crate::types::made_up::text(u).map(Self::new);
    CouponId = |u| crate::types::made_up::text(u).map(Self::new);
}
