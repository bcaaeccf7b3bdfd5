use serde::{Deserialize, Serialize};

use super::shared::stock_operation;
use crate::cashcoupons::{Stock, StockId};
use crate::types::Mchid;

/// 查询批次详情: queries one stock.
///
/// `GET /v3/marketing/favor/stocks/{stock_id}` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012460564)
///
/// - Requires an existing stock. Its creator and merchants that may send its coupons can query it.
/// - Read-only. Rate limit: 1000 requests per second, 500 per second per IP. The response is signed.
/// - Errors: [`ResourceNotExists`](crate::error::ErrorCode::ResourceNotExists) when the stock does not exist.
///
/// ```
/// use wechatpay_core::cashcoupons::QueryStock;
///
/// let operation = QueryStock::new("9856888".into(), "123456".into());
/// ```
#[doc(alias = "QueryStockRequest")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct QueryStock {
    /// 批次号: ID of the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: merchant number of the stock's creator.
    pub stock_creator_mchid: Mchid,
}

stock_operation!(
    QueryStock,
    "stock.query",
    GET "/v3/marketing/favor/stocks/{stock_id}",
    idempotent: true,
    Stock,
    also: stock_creator_mchid
);
