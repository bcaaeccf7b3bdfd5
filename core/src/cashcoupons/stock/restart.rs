use serde::{Deserialize, Serialize};

use super::shared::{Changed, from_changed, stock_operation};
use crate::cashcoupons::StockId;
use crate::types::{Mchid, Timestamp, response};

/// 重启批次: restarts a paused stock.
///
/// `POST /v3/marketing/favor/stocks/{stock_id}/restart` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012460411)
///
/// - Requires a paused stock.
/// - Idempotent. Rate limit: 1000 requests per minute, 60 per minute per IP. The response is signed.
/// - Errors: [`InvalidRequest`](crate::error::ErrorCode::InvalidRequest) when the stock's status does not allow it.
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
    /// 批次号: ID of the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: merchant number of the stock's creator.
    pub stock_creator_mchid: Mchid,
}

response! {
    /// Response to [`RestartStock`].
    #[serde(from = "Changed")]
    pub struct RestartStockResponse {
        /// 生效时间: time from which coupons can be sent again. Named `start_time` or `pause_time` in some documented
        /// responses.
        pub restart_time: Option<Timestamp>,
        /// 批次号: ID of the stock.
        required pub stock_id: StockId,
    }
}

stock_operation!(
    RestartStock,
    "stock.restart",
    POST "/v3/marketing/favor/stocks/{stock_id}/restart",
    idempotent: true,
    RestartStockResponse
);

from_changed!(RestartStockResponse { restart_time, or start_time, or pause_time });
