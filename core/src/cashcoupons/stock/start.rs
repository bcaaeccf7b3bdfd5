use serde::{Deserialize, Serialize};

use super::shared::stock_operation;
use crate::cashcoupons::StockId;
use crate::types::{Mchid, Timestamp, response};

/// 激活开启批次: activates a stock, so that its coupons can be sent.
///
/// `POST /v3/marketing/favor/stocks/{stock_id}/start` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012460137)
///
/// - Requires a stock that was created. Wait one minute between creating and activating it.
/// - **Moves money** for a prefunded stock (`no_cash = false`): its `max_amount` is debited from the creator's
///   balance.
/// - Idempotent. Rate limit: 1000 requests per minute, 60 per minute per IP. The response is signed.
/// - Errors: [`InvalidRequest`](crate::error::ErrorCode::InvalidRequest) when the stock's status does not allow it;
///   [`NotEnough`](crate::error::ErrorCode::NotEnough) when the balance is insufficient.
///
/// ```
/// use wechatpay_core::cashcoupons::StartStock;
///
/// let operation = StartStock::new("9856000".into(), "8956000".into());
/// ```
#[doc(alias = "StartStockRequest")]
#[doc(alias = "StartStockBody")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct StartStock {
    /// 批次号: ID of the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: merchant number of the stock's creator.
    pub stock_creator_mchid: Mchid,
}

response! {
    /// Response to [`StartStock`].
    pub struct StartStockResponse {
        /// 生效时间: time from which coupons can be sent.
        pub start_time: Option<Timestamp>,
        /// 批次号: ID of the stock.
        required pub stock_id: StockId,
    }
}

stock_operation!(
    StartStock,
    "stock.start",
    POST "/v3/marketing/favor/stocks/{stock_id}/start",
    idempotent: true,
    StartStockResponse
);
