use serde::{Deserialize, Serialize};

use super::shared::{Changed, from_changed, stock_operation};
use crate::cashcoupons::StockId;
use crate::types::{Mchid, Timestamp};

/// 重启批次: takes up a paused stock again.
///
/// `POST /v3/marketing/favor/stocks/{stock_id}/restart` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012460411)
///
/// - Needs a stock that is paused.
/// - Idempotent. 1000 requests a minute, 60 a minute per IP. The answer is signed.
/// - Errors: [`InvalidRequest`](crate::error::ErrorCode::InvalidRequest) when its state does not allow it.
///
/// ```
/// use wechatpay_core::cashcoupons::RestartStock;
///
/// let operation = RestartStock::new("8965000".into(), "9865000".into());
/// ```
#[doc(alias = "RestartStockRequest")]
#[doc(alias = "RestartStockBody")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct RestartStock {
    /// 批次号: the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: the merchant that created it.
    pub stock_creator_mchid: Mchid,
}

/// When a stock was taken up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[serde(try_from = "Changed")]
#[non_exhaustive]
pub struct RestartStockResponse {
    /// 生效时间: since when coupons are sent again. Some documented answers call it `start_time` or `pause_time`.
    pub restart_time: Timestamp,
    /// 批次号: the stock.
    pub stock_id: StockId,
}

stock_operation!(
    RestartStock,
    "stock.restart",
    POST "/v3/marketing/favor/stocks/{stock_id}/restart",
    idempotent: true,
    RestartStockResponse
);

from_changed!(RestartStockResponse { restart_time, or start_time, or pause_time });
