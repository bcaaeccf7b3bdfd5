//! Where the platform tells of uses (消息通知地址): the Go package's `CallBackUrlApiService`.

mod query;
mod set;

pub use query::{Callback, QueryCallback};
pub use set::{SetCallback, SetCallbackResponse};

use super::model::MAX_ID;
