use http::Method;

use super::{MAX_ID, PlatformFavorStockEntity};
use crate::error::{DecodeError, InvalidField};
use crate::field;
use crate::operation::{Operation, Path, Query};
use crate::types::{Mchid, StockId};
use crate::verify::Verified;

/// 查询立减金批次: everything about one stock of platform favors. Withdrawn by its author.
///
/// `GET /v3/marketing/favor/platform-favor/{stock_id}`
///
/// - Reads only. 500 requests a second. The answer is taken to be signed like all others (inferred).
///
/// ```
/// use wechatpay_core::cashcoupons::platform_favor::QueryPlatformFavor;
///
/// let operation = QueryPlatformFavor::new("9856888".into(), "123456".into());
/// ```
#[doc(alias = "GetPlatformFavor")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct QueryPlatformFavor {
    /// 批次号: the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: the merchant that created it.
    pub stock_creator_mchid: Mchid,
}

impl QueryPlatformFavor {
    /// Asks for `stock_id`, which `stock_creator_mchid` created.
    pub fn new(stock_id: StockId, stock_creator_mchid: Mchid) -> Self {
        Self { stock_id, stock_creator_mchid }
    }
}

impl Operation for QueryPlatformFavor {
    const NAME: &'static str = "platform_favor.query";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/marketing/favor/platform-favor/{stock_id}";
    const IDEMPOTENT: bool = true;
    type Response = PlatformFavorStockEntity;

    fn validate(&self) -> Result<(), InvalidField> {
        field::text("stock_id", &self.stock_id, MAX_ID)?;
        field::text("stock_creator_mchid", &self.stock_creator_mchid, MAX_ID)
    }

    fn path(&self) -> Path {
        Path::new(Self::PATH).with("stock_id", &self.stock_id)
    }

    fn query(&self, query: &mut Query) {
        query.push("stock_creator_mchid", &self.stock_creator_mchid);
    }

    fn decode(answer: Verified<'_>) -> Result<PlatformFavorStockEntity, DecodeError> {
        answer.json()
    }
}
