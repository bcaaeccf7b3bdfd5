//! Platform favors (立减金): **withdrawn by their author**.
//!
//! One generation of the official Go SDK had these two operations and lost them on the day it was published; of
//! all they were made of, only [`PlatformFavorStockStatus`](super::PlatformFavorStockStatus) and
//! [`DeductBalanceMethod`](super::DeductBalanceMethod) are still there. There is no public page, no other SDK and
//! no known answer of the platform, which may refuse them. Behind the feature `unpublished`.

mod create;
mod model;
mod query;

pub use create::CreatePlatformFavor;
pub use model::{
    PlatformFavorAvailableTime, PlatformFavorDisplayPattern, PlatformFavorSendRule, PlatformFavorStatistics,
    PlatformFavorStockEntity, PlatformFavorUseRule,
};
pub use query::QueryPlatformFavor;
