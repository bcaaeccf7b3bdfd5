use serde::{Deserialize, Serialize};

use super::shared::stock_operation;
use crate::cashcoupons::StockId;
use crate::types::{Mchid, Timestamp, response};

/// 终止批次: permanently ends a stock that was **never activated**.
///
/// `POST /v3/marketing/favor/stocks/{stock_id}/stop` · known from the official Go and Java SDKs; there is no public
/// page.
///
/// - Requires a stock that was not activated.
/// - Whether it is idempotent is not documented, so it is treated as **not idempotent**: a request that may have
///   reached the platform is never retried. If the outcome is unknown, use
///   [`QueryStock`](crate::cashcoupons::QueryStock).
/// - Rate limit: not documented. The response is signed.
///
/// ```
/// use wechatpay_core::cashcoupons::StopStock;
///
/// let operation = StopStock::new("8695000".into(), "9865000".into());
/// ```
#[doc(alias = "StopStockRequest")]
#[doc(alias = "StopStockBody")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct StopStock {
    /// 批次号: ID of the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: merchant number of the stock's creator.
    pub stock_creator_mchid: Mchid,
}

response! {
    /// Response to [`StopStock`].
    pub struct StopStockResponse {
        /// 终止时间: time at which the stock ended.
        pub stop_time: Option<Timestamp>,
        /// 批次号: ID of the stock.
        required pub stock_id: StockId,
    }
}

stock_operation!(
    StopStock,
    "stock.stop",
    POST "/v3/marketing/favor/stocks/{stock_id}/stop",
    idempotent: false,
    StopStockResponse
);
