//! Stocks (批次): the seed's `StockApiService`.

mod check;
mod create;
mod create_model;
mod items;
mod list;
mod merchants;
mod model;
mod modify_budget;
mod modify_items;
mod modify_merchants;
mod pause;
mod query;
mod refund_flow;
mod refund_flow_by_day;
mod restart;
mod start;
mod stop;
mod use_flow;
mod use_flow_by_day;

pub use create::{CreateCouponStock, CreateCouponStockResponse, RequiredStockFields};
pub use create_model::{
    BackgroundColor, CardLimitation, CouponRule, FavorAvailableTime, FixedAvailableTime, JumpTarget,
    PatternInfo, StockRule,
};
pub use items::{AvailableSingleitemCollection, ListAvailableSingleitems};
pub use list::{ListStocks, StockCollection};
pub use merchants::{AvailableMerchantCollection, ListAvailableMerchants};
pub use model::{AvailableRegion, RegionType, Stock, StockStatus, StockUseRule};
pub use modify_budget::{ModifyStockBudget, ModifyStockBudgetResponse};
pub use modify_items::{ModifyAvailableSingleitemResponse, ModifyAvailableSingleitems};
pub use modify_merchants::{ModifyAvailableMerchantResponse, ModifyAvailableMerchants};
pub use pause::{PauseStock, PauseStockResponse};
pub use query::QueryStock;
pub use refund_flow::{RefundFlow, RefundFlowResponse};
pub use refund_flow_by_day::{RefundFlowByDay, RefundFlowByDayResponse};
pub use restart::{RestartStock, RestartStockResponse};
pub use start::{StartStock, StartStockResponse};
pub use stop::{StopStock, StopStockResponse};
pub use use_flow::{UseFlow, UseFlowResponse};
pub use use_flow_by_day::{UseFlowByDay, UseFlowByDayResponse};

use super::model::MAX_ID;
use crate::error::{ApiError, ErrorCode};
use crate::field::{self, InvalidField};
use crate::types::{Mchid, StockId, Timestamp};

/// The body of every operation that changes a stock's state.
#[derive(serde::Serialize)]
struct StockCreator<'a> {
    stock_creator_mchid: &'a Mchid,
}

fn validate_stock(stock_id: &StockId, stock_creator_mchid: &Mchid) -> Result<(), InvalidField> {
    field::text("stock_id", stock_id, MAX_ID)?;
    field::text("stock_creator_mchid", stock_creator_mchid, MAX_ID)
}

/// What the numbers mean by which alone the errors of a day's files are documented.
fn flow_by_day_hint(error: &ApiError) -> Option<&'static str> {
    match error.internal_code()? {
        "268586001" => Some("no coupon was used that day"),
        "268586003" => Some("no payment was refunded that day"),
        "268573590" => Some("the day must be past, within a year, and one of the stock's"),
        _ => None,
    }
}

/// What a change answers. Sources disagree about the name of its time, and an answer may have more than one.
#[derive(serde::Deserialize)]
struct Changed {
    #[serde(default)]
    effect_time: Option<Timestamp>,
    #[serde(default)]
    pause_time: Option<Timestamp>,
    #[serde(default)]
    restart_time: Option<Timestamp>,
    #[serde(default)]
    start_time: Option<Timestamp>,
    stock_id: StockId,
}

/// What the lack of a flow file means.
fn flow_hint(error: &ApiError) -> Option<&'static str> {
    (error.code() == Some(&ErrorCode::ResourceNotExists)).then_some(
        "the file is there from 10:00 on the day after the stock has ended, and only if there is anything in it",
    )
}
