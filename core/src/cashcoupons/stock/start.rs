use serde::{Deserialize, Serialize};

use super::shared::stock_operation;
use crate::cashcoupons::StockId;
use crate::types::{Mchid, Timestamp};

/// 激活开启批次: activates a stock, from when coupons can be sent.
///
/// `POST /v3/marketing/favor/stocks/{stock_id}/start` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012460137)
///
/// - Needs a stock that was created; leave a minute between creating and activating.
/// - **Moves money** for a prefunded stock (`no_cash = false`): its `max_amount` is debited from the creator's
///   balance.
/// - Idempotent. 1000 requests a minute, 60 a minute per IP. The answer is signed.
/// - Errors: [`InvalidRequest`](crate::error::ErrorCode::InvalidRequest) when its state does not allow it,
///   [`NotEnough`](crate::error::ErrorCode::NotEnough) when the balance does not suffice.
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
    /// 批次号: the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: the merchant that created it.
    pub stock_creator_mchid: Mchid,
}

/// When a stock was activated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct StartStockResponse {
    /// 生效时间: since when coupons can be sent.
    pub start_time: Timestamp,
    /// 批次号: the stock.
    pub stock_id: StockId,
}

stock_operation!(
    StartStock,
    "stock.start",
    POST "/v3/marketing/favor/stocks/{stock_id}/start",
    idempotent: true,
    StartStockResponse
);
