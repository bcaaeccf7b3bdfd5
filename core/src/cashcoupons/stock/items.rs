use http::Method;
use serde::{Deserialize, Serialize};

use super::validate_stock;
use crate::error::{DecodeError, InvalidField};
use crate::field;
use crate::operation::{Operation, Path, Query};
use crate::pages::paged;
use crate::types::{Mchid, StockId, lenient};
use crate::verify::Verified;

/// 查询可核销商品编码: a page of the goods for which a stock's coupons can be used.
///
/// `GET /v3/marketing/favor/stocks/{stock_id}/items` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012463442)
///
/// - Needs a stock that the caller created or may send.
/// - Reads only. 1000 requests a minute, 200 a minute per IP. The answer is signed.
/// - `offset` is the number of a page. Stop by `total_count`: what a page past the end gives is not documented.
/// - Errors: [`ParamError`](crate::error::ErrorCode::ParamError) when the page is too large,
///   [`ResourceNotExists`](crate::error::ErrorCode::ResourceNotExists) when there is no such stock.
///
/// ```
/// use wechatpay_core::cashcoupons::ListAvailableSingleitems;
///
/// let operation = ListAvailableSingleitems::new("9865000".into(), "9865000".into()).page(10, 10);
/// ```
#[doc(alias = "ListAvailableSingleitemsRequest")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct ListAvailableSingleitems {
    /// 分页页码: the number of the page, 0 to 500.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::testing::generate::up_to::<{ ListAvailableSingleitems::MAX_OFFSET }>))]
    pub offset: u32,
    /// 分页大小: goods a page, 1 to 100.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::testing::generate::up_to::<{ ListAvailableSingleitems::MAX_LIMIT }>))]
    pub limit: u32,
    /// 批次创建方商户号: the merchant that created the stock, at most 20 characters.
    pub stock_creator_mchid: Mchid,
    /// 批次号: the stock, at most 20 characters.
    pub stock_id: StockId,
}

impl ListAvailableSingleitems {
    /// The largest `limit` there is.
    pub const MAX_LIMIT: u32 = 100;
    /// The number of the last page that can be asked for.
    pub const MAX_OFFSET: u32 = 500;

    /// The first 100 goods of `stock_id`, which `stock_creator_mchid` created.
    pub fn new(stock_id: StockId, stock_creator_mchid: Mchid) -> Self {
        Self { offset: 0, limit: Self::MAX_LIMIT, stock_creator_mchid, stock_id }
    }

    /// Asks for page `offset`, counted from 0, of `limit` goods.
    #[must_use]
    pub fn page(mut self, offset: u32, limit: u32) -> Self {
        (self.offset, self.limit) = (offset, limit);
        self
    }
}

/// A page of goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct AvailableSingleitemCollection {
    /// 可用单品编码总数: how many goods there are on all pages.
    #[serde(deserialize_with = "lenient::int")]
    pub total_count: i64,
    /// 可用单品编码: the goods on this page.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub data: Vec<String>,
    /// 分页页码: the number of this page, from 0.
    #[serde(deserialize_with = "lenient::int")]
    pub offset: i64,
    /// 分页大小: goods a page.
    #[serde(deserialize_with = "lenient::int")]
    pub limit: i64,
    /// 批次号: the stock.
    pub stock_id: StockId,
}

impl Operation for ListAvailableSingleitems {
    const NAME: &'static str = "stock.items";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/marketing/favor/stocks/{stock_id}/items";
    const IDEMPOTENT: bool = true;
    type Response = AvailableSingleitemCollection;

    fn validate(&self) -> Result<(), InvalidField> {
        field::number("offset", self.offset.into(), 0..=Self::MAX_OFFSET.into())?;
        field::number("limit", self.limit.into(), 1..=Self::MAX_LIMIT.into())?;
        validate_stock(&self.stock_id, &self.stock_creator_mchid)
    }

    fn path(&self) -> Path {
        Path::new(Self::PATH).with("stock_id", &self.stock_id)
    }

    fn query(&self, query: &mut Query) {
        query.push("offset", &self.offset);
        query.push("limit", &self.limit);
        query.push("stock_creator_mchid", &self.stock_creator_mchid);
    }

    fn decode(answer: Verified<'_>) -> Result<AvailableSingleitemCollection, DecodeError> {
        answer.json()
    }
}

paged!(ListAvailableSingleitems, AvailableSingleitemCollection, String);
