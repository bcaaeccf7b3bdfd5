//! The callback URL (消息通知地址) and its events: `CallBackUrlApiService` of the official Go package.

pub(super) mod query;
pub(super) mod set;
mod used;

pub use used::{CouponUsed, DiscountTo, SingleitemDiscountOff};
