//! Where the platform tells of uses (消息通知地址), and what it tells: the Go package's `CallBackUrlApiService`.

mod query;
mod set;
mod used;

pub use query::{Callback, QueryCallback};
pub use set::{SetCallback, SetCallbackResponse};
pub use used::{CouponUsed, DiscountTo, SingleitemDiscountOff};

use super::model::MAX_ID;
