//! Stocks (批次): the seed's `StockApiService`.

mod check;
mod create;
mod create_model;
mod list;
mod model;
mod pause;
mod query;
mod restart;
mod start;
mod stop;

pub use create::{CreateCouponStock, CreateCouponStockResponse, RequiredStockFields};
pub use create_model::{
    BackgroundColor, CardLimitation, CouponRule, FavorAvailableTime, FixedAvailableTime, JumpTarget,
    PatternInfo, StockRule,
};
pub use list::{ListStocks, StockCollection};
pub use model::{AvailableRegion, RegionType, Stock, StockStatus, StockUseRule};
pub use pause::{PauseStock, PauseStockResponse};
pub use query::QueryStock;
pub use restart::{RestartStock, RestartStockResponse};
pub use start::{StartStock, StartStockResponse};
pub use stop::{StopStock, StopStockResponse};

use crate::field::{self, InvalidField};
use crate::types::{Mchid, StockId};

/// The longest stock id and merchant number that are documented.
const MAX_ID: usize = 20;

/// The body of every operation that changes a stock's state.
#[derive(serde::Serialize)]
struct StockCreator<'a> {
    stock_creator_mchid: &'a Mchid,
}

fn validate_stock(stock_id: &StockId, stock_creator_mchid: &Mchid) -> Result<(), InvalidField> {
    field::text("stock_id", stock_id, MAX_ID)?;
    field::text("stock_creator_mchid", stock_creator_mchid, MAX_ID)
}
