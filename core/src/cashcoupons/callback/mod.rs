//! Callbacks: the seed's `CallBackUrlApiService`, and the event it brings.

mod used;

pub use used::{CouponUsed, DiscountTo, SingleitemDiscountOff};
