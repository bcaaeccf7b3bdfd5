use serde::{Deserialize, Serialize};

use super::shared::{Changed, from_changed, stock_operation};
use crate::cashcoupons::StockId;
use crate::types::{Mchid, Timestamp};

/// 暂停批次: pauses a stock; from then on nobody can get a coupon of it by any way.
///
/// `POST /v3/marketing/favor/stocks/{stock_id}/pause` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012460305)
///
/// - Needs a stock that is running. Coupons already sent stay usable.
/// - Idempotent. 1000 requests a minute, 60 a minute per IP. The answer is signed.
/// - Errors: [`InvalidRequest`](crate::error::ErrorCode::InvalidRequest) when its state does not allow it.
///
/// ```
/// use wechatpay_core::cashcoupons::PauseStock;
///
/// let operation = PauseStock::new("9856000".into(), "8965000".into());
/// ```
#[doc(alias = "PauseStockRequest")]
#[doc(alias = "PauseStockBody")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct PauseStock {
    /// 批次号: the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: the merchant that created it.
    pub stock_creator_mchid: Mchid,
}

/// When a stock was paused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[serde(try_from = "Changed")]
#[non_exhaustive]
pub struct PauseStockResponse {
    /// 暂停时间: since when no coupons are sent. Some documented answers call it `start_time`.
    pub pause_time: Timestamp,
    /// 批次号: the stock.
    pub stock_id: StockId,
}

stock_operation!(
    PauseStock,
    "stock.pause",
    POST "/v3/marketing/favor/stocks/{stock_id}/pause",
    idempotent: true,
    PauseStockResponse
);

from_changed!(PauseStockResponse { pause_time, or start_time });
