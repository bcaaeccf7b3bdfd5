//! The callback URL (消息通知地址) of a merchant: `CallBackUrlApiService` of the official Go package.

pub(super) mod query;
pub(super) mod set;
