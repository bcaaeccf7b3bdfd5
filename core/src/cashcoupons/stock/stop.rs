use http::Method;
use serde::{Deserialize, Serialize};

use super::{StockCreator, validate_stock};
use crate::error::{BuildError, DecodeError, InvalidField};
use crate::operation::{Body, Operation, Path};
use crate::types::{Mchid, StockId, Timestamp};
use crate::verify::Verified;

/// 终止批次: ends a stock that was **never activated**, for good.
///
/// `POST /v3/marketing/favor/stocks/{stock_id}/stop` · known from the official Go and Java SDKs; it has no public
/// page.
///
/// - Needs a stock that was not activated.
/// - Whether it may be repeated is documented nowhere, so it is treated as **not idempotent**: it is never sent
///   again once it may have arrived. When the outcome is unknown, look at [`QueryStock`](super::QueryStock). Its
///   rate limit is not documented. The answer is signed.
///
/// ```
/// use wechatpay_core::cashcoupons::StopStock;
///
/// let operation = StopStock::new("8695000".into(), "9865000".into());
/// ```
#[doc(alias = "StopStockRequest")]
#[doc(alias = "StopStockBody")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct StopStock {
    /// 批次号: the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: the merchant that created it.
    pub stock_creator_mchid: Mchid,
}

impl StopStock {
    /// Ends `stock_id`, which `stock_creator_mchid` created.
    pub fn new(stock_id: StockId, stock_creator_mchid: Mchid) -> Self {
        Self { stock_id, stock_creator_mchid }
    }
}

/// When a stock was ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct StopStockResponse {
    /// 终止时间: when it ended.
    pub stop_time: Timestamp,
    /// 批次号: the stock.
    pub stock_id: StockId,
}

impl Operation for StopStock {
    const NAME: &'static str = "stock.stop";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/marketing/favor/stocks/{stock_id}/stop";
    const IDEMPOTENT: bool = false;
    type Response = StopStockResponse;

    fn validate(&self) -> Result<(), InvalidField> {
        validate_stock(&self.stock_id, &self.stock_creator_mchid)
    }

    fn path(&self) -> Path {
        Path::new(Self::PATH).with("stock_id", &self.stock_id)
    }

    fn body(&self) -> Result<Body, BuildError> {
        Body::json(&StockCreator { stock_creator_mchid: &self.stock_creator_mchid })
    }

    fn decode(answer: Verified<'_>) -> Result<StopStockResponse, DecodeError> {
        answer.json()
    }
}
