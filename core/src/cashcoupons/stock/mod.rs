//! Stocks (批次): `StockApiService` of the official Go package.

mod check;
pub(super) mod create;
mod create_model;
pub(super) mod items;
pub(super) mod list;
pub(super) mod merchants;
mod model;
pub(super) mod modify_budget;
pub(super) mod modify_items;
pub(super) mod modify_merchants;
pub(super) mod pause;
pub(super) mod query;
pub(super) mod refund_flow;
pub(super) mod refund_flow_by_day;
pub(super) mod restart;
pub(super) mod shared;
pub(super) mod start;
pub(super) mod stop;
pub(super) mod use_flow;
pub(super) mod use_flow_by_day;

pub use create_model::{
    BackgroundColor, CardLimitation, CouponRule, FavorAvailableTime, FixedAvailableTime, JumpTarget,
    PatternInfo, StockRule,
};
pub use model::{AvailableRegion, RegionType, Stock, StockStatus, StockUseRule};
