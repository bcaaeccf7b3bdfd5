use http::Method;
use serde::{Deserialize, Serialize};

use super::{Changed, StockCreator, validate_stock};
use crate::error::{BuildError, DecodeError, InvalidField};
use crate::operation::{Body, Operation, Path};
use crate::types::{Mchid, StockId, Timestamp};
use crate::verify::Verified;

/// 重启批次: takes up a paused stock again.
///
/// `POST /v3/marketing/favor/stocks/{stock_id}/restart` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012460411)
///
/// - Needs a stock that is paused.
/// - Idempotent. 1000 requests a minute, 60 a minute per IP. The answer is signed.
/// - Errors: [`InvalidRequest`](crate::error::ErrorCode::InvalidRequest) when its state does not allow it.
///
/// ```
/// use wechatpay_core::cashcoupons::RestartStock;
///
/// let operation = RestartStock::new("8965000".into(), "9865000".into());
/// ```
#[doc(alias = "RestartStockRequest")]
#[doc(alias = "RestartStockBody")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct RestartStock {
    /// 批次号: the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: the merchant that created it.
    pub stock_creator_mchid: Mchid,
}

impl RestartStock {
    /// Restarts `stock_id`, which `stock_creator_mchid` created.
    pub fn new(stock_id: StockId, stock_creator_mchid: Mchid) -> Self {
        Self { stock_id, stock_creator_mchid }
    }
}

/// When a stock was taken up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[serde(try_from = "Changed")]
#[non_exhaustive]
pub struct RestartStockResponse {
    /// 生效时间: since when coupons are sent again. Some documented answers call it `start_time` or `pause_time`.
    pub restart_time: Timestamp,
    /// 批次号: the stock.
    pub stock_id: StockId,
}

impl TryFrom<Changed> for RestartStockResponse {
    type Error = &'static str;

    fn try_from(changed: Changed) -> Result<Self, Self::Error> {
        let restart_time = changed
            .restart_time
            .or(changed.start_time)
            .or(changed.pause_time)
            .ok_or("missing field `restart_time`")?;
        Ok(Self { restart_time, stock_id: changed.stock_id })
    }
}

impl Operation for RestartStock {
    const NAME: &'static str = "stock.restart";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/marketing/favor/stocks/{stock_id}/restart";
    const IDEMPOTENT: bool = true;
    type Response = RestartStockResponse;

    fn validate(&self) -> Result<(), InvalidField> {
        validate_stock(&self.stock_id, &self.stock_creator_mchid)
    }

    fn path(&self) -> Path {
        Path::new(Self::PATH).with("stock_id", &self.stock_id)
    }

    fn body(&self) -> Result<Body, BuildError> {
        Body::json(&StockCreator { stock_creator_mchid: &self.stock_creator_mchid })
    }

    fn decode(answer: Verified<'_>) -> Result<RestartStockResponse, DecodeError> {
        answer.json()
    }
}
