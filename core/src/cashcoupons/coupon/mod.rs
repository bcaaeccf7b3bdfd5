//! Coupons (代金券): the seed's `CouponApiService`.

mod list;
mod model;
mod query;
mod send;

pub use list::{CouponCollection, ListCouponsByFilter};
pub use model::{ConsumeInformation, Coupon, CouponStatus, DiscountMsg, GoodsDetail};
pub use query::QueryCoupon;
pub use send::{SendCoupon, SendCouponResponse};

use super::model::MAX_ID;

/// The longest openid and appid that are documented.
const MAX_OPENID: usize = 128;
const MAX_APPID: usize = 128;
