use http::Method;

use super::{Stock, validate_stock};
use crate::error::{DecodeError, InvalidField};
use crate::operation::{Operation, Path, Query};
use crate::types::{Mchid, StockId};
use crate::verify::Verified;

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
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct QueryStock {
    /// 批次号: the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: the merchant that created it.
    pub stock_creator_mchid: Mchid,
}

impl QueryStock {
    /// Asks for `stock_id`, which `stock_creator_mchid` created.
    pub fn new(stock_id: StockId, stock_creator_mchid: Mchid) -> Self {
        Self { stock_id, stock_creator_mchid }
    }
}

impl Operation for QueryStock {
    const NAME: &'static str = "stock.query";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/marketing/favor/stocks/{stock_id}";
    const IDEMPOTENT: bool = true;
    type Response = Stock;

    fn validate(&self) -> Result<(), InvalidField> {
        validate_stock(&self.stock_id, &self.stock_creator_mchid)
    }

    fn path(&self) -> Path {
        Path::new(Self::PATH).with("stock_id", &self.stock_id)
    }

    fn query(&self, query: &mut Query) {
        query.push("stock_creator_mchid", &self.stock_creator_mchid);
    }

    fn decode(answer: Verified<'_>) -> Result<Stock, DecodeError> {
        answer.json()
    }
}
