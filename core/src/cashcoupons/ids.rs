use crate::types::id;

id! {
    /// ID of a stock, that is, of a batch of coupons (批次号).
    StockId
}

id! {
    /// ID of one coupon of one user (代金券 id).
    CouponId
}

#[cfg(feature = "arbitrary")]
crate::types::generators::impl_arbitrary! {
    StockId = |u| crate::types::generators::text(u).map(Self::new);
    CouponId = |u| crate::types::generators::text(u).map(Self::new);
}
