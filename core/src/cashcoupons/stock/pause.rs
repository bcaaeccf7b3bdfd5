use serde::{Deserialize, Serialize};

use super::shared::{Changed, from_changed, stock_operation};
use crate::cashcoupons::StockId;
use crate::types::{Mchid, Timestamp, response};

/// 暂停批次: pauses a stock. Its coupons can no longer be obtained in any way.
///
/// `POST /v3/marketing/favor/stocks/{stock_id}/pause` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012460305)
///
/// - Requires a running stock. Coupons that were already sent remain usable.
/// - Idempotent. Rate limit: 1000 requests per minute, 60 per minute per IP. The response is signed.
/// - Errors: [`InvalidRequest`](crate::error::ErrorCode::InvalidRequest) when the stock's status does not allow it.
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
    /// 批次号: ID of the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: merchant number of the stock's creator.
    pub stock_creator_mchid: Mchid,
}

response! {
    /// Response to [`PauseStock`].
    #[serde(from = "Changed")]
    pub struct PauseStockResponse {
        /// 暂停时间: time at which the stock was paused. Named `start_time` in some documented responses.
        pub pause_time: Option<Timestamp>,
        /// 批次号: ID of the stock.
        required pub stock_id: StockId,
    }
}

stock_operation!(
    PauseStock,
    "stock.pause",
    POST "/v3/marketing/favor/stocks/{stock_id}/pause",
    idempotent: true,
    PauseStockResponse
);

from_changed!(PauseStockResponse { pause_time, or start_time });
