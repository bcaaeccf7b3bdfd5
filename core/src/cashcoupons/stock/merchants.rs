use serde::{Deserialize, Serialize};

use super::shared::stock_list;
use crate::cashcoupons::StockId;
use crate::types::{Mchid, response};

/// 查询代金券可用商户: lists the merchants at which a stock's coupons can be used.
///
/// `GET /v3/marketing/favor/stocks/{stock_id}/merchants` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012463358)
///
/// - Requires a stock that the caller created, or whose coupons the caller may send.
/// - Read-only. Rate limit: 1000 requests per minute. The response is signed.
/// - `offset` is the number of a page. Use `total_count` to find the last page: the response to a page past the end is
///   not documented.
/// - Errors: [`ParamError`](crate::error::ErrorCode::ParamError) when the page is too large;
///   [`ResourceNotExists`](crate::error::ErrorCode::ResourceNotExists) when the stock does not exist.
///
/// ```
/// use wechatpay_core::cashcoupons::ListAvailableMerchants;
///
/// let operation = ListAvailableMerchants::new("9865000".into(), "9865000".into()).page(10, 10);
/// ```
#[doc(alias = "ListAvailableMerchantsRequest")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct ListAvailableMerchants {
    /// 分页页码: number of the page, 0 to 1000.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::up_to::<{ ListAvailableMerchants::MAX_OFFSET }>))]
    pub offset: u32,
    /// 分页大小: merchants per page, 1 to 50.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::up_to::<{ ListAvailableMerchants::MAX_LIMIT }>))]
    pub limit: u32,
    /// 批次创建方商户号: merchant number of the stock's creator, at most 20 characters.
    pub stock_creator_mchid: Mchid,
    /// 批次号: ID of the stock, at most 20 characters.
    pub stock_id: StockId,
}

response! {
    /// Response to [`ListAvailableMerchants`]: one page of merchants.
    pub struct AvailableMerchantCollection {
        /// 可用商户总数量: total number of merchants on all pages.
        pub total_count: Option<i64>,
        /// 可用商户列表: merchants on this page.
        pub data: Vec<Mchid>,
        /// 分页页码: number of this page, from 0.
        pub offset: Option<i64>,
        /// 分页大小: merchants per page.
        pub limit: Option<i64>,
        /// 批次号: ID of the stock.
        required pub stock_id: StockId,
    }
}

stock_list!(
    ListAvailableMerchants,
    "stock.merchants",
    "/v3/marketing/favor/stocks/{stock_id}/merchants",
    limit: 50,
    offset: 1000,
    AvailableMerchantCollection of Mchid
);
