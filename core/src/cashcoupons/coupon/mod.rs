//! Coupons (代金券): `CouponApiService` of the official Go package.

mod bulk;
pub(super) mod list;
mod model;
pub(super) mod query;
pub(super) mod send;

pub use model::{ConsumeInformation, Coupon, CouponStatus, DiscountMsg, GoodsDetail};
