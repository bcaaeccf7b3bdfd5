use serde::{Deserialize, Serialize};

use super::PlatformFavorStockEntity;
use crate::cashcoupons::StockId;
use crate::cashcoupons::stock::shared::stock_operation;
use crate::types::Mchid;

/// 查询立减金批次: queries one stock of platform favors. Withdrawn from the official Go SDK.
///
/// `GET /v3/marketing/favor/platform-favor/{stock_id}`
///
/// - Read-only. Rate limit: 500 requests per second. The response is assumed to be signed like all others (inferred).
///
/// ```
/// use wechatpay_core::cashcoupons::platform_favor::QueryPlatformFavor;
///
/// let operation = QueryPlatformFavor::new("9856888".into(), "123456".into());
/// ```
#[doc(alias = "GetPlatformFavor")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct QueryPlatformFavor {
    /// 批次号: ID of the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: merchant number of the stock's creator.
    pub stock_creator_mchid: Mchid,
}

stock_operation!(
    QueryPlatformFavor,
    "platform_favor.query",
    GET "/v3/marketing/favor/platform-favor/{stock_id}",
    idempotent: true,
    PlatformFavorStockEntity
);
