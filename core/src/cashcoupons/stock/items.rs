use serde::{Deserialize, Serialize};

use super::shared::stock_list;
use crate::cashcoupons::StockId;
use crate::types::{Mchid, response};

/// 查询可核销商品编码: lists the goods for which a stock's coupons can be used.
///
/// `GET /v3/marketing/favor/stocks/{stock_id}/items` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012463442)
///
/// - Requires a stock that the caller created, or whose coupons the caller may send.
/// - Read-only. Rate limit: 1000 requests per minute, 200 per minute per IP. The response is signed.
/// - `offset` is the number of a page. Use `total_count` to find the last page: the response to a page past the end is
///   not documented.
/// - Errors: [`ParamError`](crate::error::ErrorCode::ParamError) when the page is too large;
///   [`ResourceNotExists`](crate::error::ErrorCode::ResourceNotExists) when the stock does not exist.
///
/// ```
/// use wechatpay_core::cashcoupons::ListAvailableSingleitems;
///
/// let operation = ListAvailableSingleitems::new("9865000".into(), "9865000".into()).page(10, 10);
/// ```
#[doc(alias = "ListAvailableSingleitemsRequest")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct ListAvailableSingleitems {
    /// 分页页码: number of the page, 0 to 500.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::up_to::<{ ListAvailableSingleitems::MAX_OFFSET }>))]
    pub offset: u32,
    /// 分页大小: goods per page, 1 to 100.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::up_to::<{ ListAvailableSingleitems::MAX_LIMIT }>))]
    pub limit: u32,
    /// 批次创建方商户号: merchant number of the stock's creator, at most 20 characters.
    pub stock_creator_mchid: Mchid,
    /// 批次号: ID of the stock, at most 20 characters.
    pub stock_id: StockId,
}

response! {
    /// Response to [`ListAvailableSingleitems`]: one page of goods.
    pub struct AvailableSingleitemCollection {
        /// 可用单品编码总数: total number of goods on all pages.
        pub total_count: Option<i64>,
        /// 可用单品编码: IDs of the goods on this page.
        pub data: Vec<String>,
        /// 分页页码: number of this page, from 0.
        pub offset: Option<i64>,
        /// 分页大小: goods per page.
        pub limit: Option<i64>,
        /// 批次号: ID of the stock.
        required pub stock_id: StockId,
    }
}

stock_list!(
    ListAvailableSingleitems,
    "stock.items",
    "/v3/marketing/favor/stocks/{stock_id}/items",
    limit: 100,
    offset: 500,
    AvailableSingleitemCollection of String
);
