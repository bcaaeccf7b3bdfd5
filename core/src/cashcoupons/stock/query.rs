use serde::{Deserialize, Serialize};

use super::shared::stock_operation;
use crate::cashcoupons::{Stock, StockId};
use crate::types::Mchid;

/// 查询批次详情: everything about one stock.
///
/// `GET /v3/marketing/favor/stocks/{stock_id}` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012460564)
///
/// - Needs a stock; both its creator and those that may send its coupons can ask.
/// - Reads only. 1000 requests a second, 500 a second per IP. The answer is signed.
/// - Errors: [`ResourceNotExists`](crate::error::ErrorCode::ResourceNotExists) when there is no such stock.
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
    /// 批次号: the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: the merchant that created it.
    pub stock_creator_mchid: Mchid,
}

stock_operation!(
    QueryStock,
    "stock.query",
    GET "/v3/marketing/favor/stocks/{stock_id}",
    idempotent: true,
    Stock
);
