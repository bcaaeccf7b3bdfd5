//! Platform favors (立减金): **withdrawn from the official Go SDK**. Requires the feature `unpublished`.
//!
//! One version of the official Go SDK contained these two operations; they were removed on the day it was published.
//! Of their types, the SDK still contains only [`PlatformFavorStockStatus`](super::PlatformFavorStockStatus) and
//! [`DeductBalanceMethod`](super::DeductBalanceMethod). No public page and no other SDK describes the operations, and
//! no response of the platform is known. The platform may reject them.

mod create;
mod entity;
mod model;
mod query;

pub use create::CreatePlatformFavor;
pub use entity::{
    PlatformFavorAvailableTimeEntity, PlatformFavorSendRuleEntity, PlatformFavorStatistics,
    PlatformFavorStockEntity, PlatformFavorUseRuleEntity,
};
pub use model::{
    PlatformFavorAvailableTime, PlatformFavorDisplayPattern, PlatformFavorSendRule, PlatformFavorUseRule,
};
pub use query::QueryPlatformFavor;
