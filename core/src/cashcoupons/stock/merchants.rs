use http::Method;
use serde::{Deserialize, Serialize};

use super::validate_stock;
use crate::error::{DecodeError, InvalidField};
use crate::field;
use crate::operation::{Operation, Path, Query};
use crate::pages::paged;
use crate::types::{Mchid, StockId, lenient};
use crate::verify::Verified;

/// 查询代金券可用商户: a page of the merchants at which a stock's coupons can be used.
///
/// `GET /v3/marketing/favor/stocks/{stock_id}/merchants` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012463358)
///
/// - Needs a stock that the caller created or may send.
/// - Reads only. 1000 requests a minute. The answer is signed.
/// - `offset` is the number of a page. Stop by `total_count`: what a page past the end gives is not documented.
/// - Errors: [`ParamError`](crate::error::ErrorCode::ParamError) when the page is too large,
///   [`ResourceNotExists`](crate::error::ErrorCode::ResourceNotExists) when there is no such stock.
///
/// ```
/// use wechatpay_core::cashcoupons::ListAvailableMerchants;
///
/// let operation = ListAvailableMerchants::new("9865000".into(), "9865000".into()).page(10, 10);
/// ```
#[doc(alias = "ListAvailableMerchantsRequest")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct ListAvailableMerchants {
    /// 分页页码: the number of the page, 0 to 1000.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::testing::generate::up_to::<{ ListAvailableMerchants::MAX_OFFSET }>))]
    pub offset: u32,
    /// 分页大小: merchants a page, 1 to 50.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::testing::generate::up_to::<{ ListAvailableMerchants::MAX_LIMIT }>))]
    pub limit: u32,
    /// 批次创建方商户号: the merchant that created the stock, at most 20 characters.
    pub stock_creator_mchid: Mchid,
    /// 批次号: the stock, at most 20 characters.
    pub stock_id: StockId,
}

impl ListAvailableMerchants {
    /// The largest `limit` there is.
    pub const MAX_LIMIT: u32 = 50;
    /// The number of the last page that can be asked for.
    pub const MAX_OFFSET: u32 = 1000;

    /// The first 50 merchants of `stock_id`, which `stock_creator_mchid` created.
    pub fn new(stock_id: StockId, stock_creator_mchid: Mchid) -> Self {
        Self { offset: 0, limit: Self::MAX_LIMIT, stock_creator_mchid, stock_id }
    }

    /// Asks for page `offset`, counted from 0, of `limit` merchants.
    #[must_use]
    pub fn page(mut self, offset: u32, limit: u32) -> Self {
        (self.offset, self.limit) = (offset, limit);
        self
    }
}

/// A page of merchants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct AvailableMerchantCollection {
    /// 可用商户总数量: how many merchants there are on all pages.
    #[serde(deserialize_with = "lenient::int")]
    pub total_count: i64,
    /// 可用商户列表: the merchants on this page.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub data: Vec<Mchid>,
    /// 分页页码: the number of this page, from 0.
    #[serde(deserialize_with = "lenient::int")]
    pub offset: i64,
    /// 分页大小: merchants a page.
    #[serde(deserialize_with = "lenient::int")]
    pub limit: i64,
    /// 批次号: the stock.
    pub stock_id: StockId,
}

impl Operation for ListAvailableMerchants {
    const NAME: &'static str = "stock.merchants";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/marketing/favor/stocks/{stock_id}/merchants";
    const IDEMPOTENT: bool = true;
    type Response = AvailableMerchantCollection;

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

    fn decode(answer: Verified<'_>) -> Result<AvailableMerchantCollection, DecodeError> {
        answer.json()
    }
}

paged!(ListAvailableMerchants, AvailableMerchantCollection, Mchid);
