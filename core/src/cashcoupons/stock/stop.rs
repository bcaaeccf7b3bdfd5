use serde::{Deserialize, Serialize};

use super::shared::stock_operation;
use crate::cashcoupons::StockId;
use crate::types::{Mchid, Timestamp};

/// 终止批次: ends a stock that was **never activated**, for good.
///
/// `POST /v3/marketing/favor/stocks/{stock_id}/stop` · known from the official Go and Java SDKs; it has no public
/// page.
///
/// - Needs a stock that was not activated.
/// - Whether it may be repeated is documented nowhere, so it is treated as **not idempotent**: it is never sent
///   again once it may have arrived. When the outcome is unknown, look at [`QueryStock`](crate::cashcoupons::QueryStock). Its
///   rate limit is not documented. The answer is signed.
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
    /// 批次号: the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: the merchant that created it.
    pub stock_creator_mchid: Mchid,
}

/// When a stock was ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct StopStockResponse {
    /// 终止时间: when it ended.
    pub stop_time: Timestamp,
    /// 批次号: the stock.
    pub stock_id: StockId,
}

stock_operation!(
    StopStock,
    "stock.stop",
    POST "/v3/marketing/favor/stocks/{stock_id}/stop",
    idempotent: false,
    StopStockResponse
);
