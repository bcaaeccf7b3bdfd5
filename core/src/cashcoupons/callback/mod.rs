//! The address for callbacks (消息通知地址) and what is sent there: the official package's `CallBackUrlApiService`.

pub(super) mod query;
pub(super) mod set;
mod used;

pub use used::{CouponUsed, DiscountTo, SingleitemDiscountOff};
