use http::Method;
use serde::{Deserialize, Serialize};

use super::{Changed, StockCreator, validate_stock};
use crate::error::{BuildError, DecodeError, InvalidField};
use crate::operation::{Body, Operation, Path};
use crate::types::{Mchid, StockId, Timestamp};
use crate::verify::Verified;

/// 暂停批次: pauses a stock; from then on nobody can get a coupon of it by any way.
///
/// `POST /v3/marketing/favor/stocks/{stock_id}/pause` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012460305)
///
/// - Needs a stock that is running. Coupons already sent stay usable.
/// - Idempotent. 1000 requests a minute, 60 a minute per IP. The answer is signed.
/// - Errors: [`InvalidRequest`](crate::error::ErrorCode::InvalidRequest) when its state does not allow it.
///
/// ```
/// use wechatpay_core::cashcoupons::PauseStock;
///
/// let operation = PauseStock::new("9856000".into(), "8965000".into());
/// ```
#[doc(alias = "PauseStockRequest")]
#[doc(alias = "PauseStockBody")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct PauseStock {
    /// 批次号: the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: the merchant that created it.
    pub stock_creator_mchid: Mchid,
}

impl PauseStock {
    /// Pauses `stock_id`, which `stock_creator_mchid` created.
    pub fn new(stock_id: StockId, stock_creator_mchid: Mchid) -> Self {
        Self { stock_id, stock_creator_mchid }
    }
}

/// When a stock was paused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[serde(try_from = "Changed")]
#[non_exhaustive]
pub struct PauseStockResponse {
    /// 暂停时间: since when no coupons are sent. Some documented answers call it `start_time`.
    pub pause_time: Timestamp,
    /// 批次号: the stock.
    pub stock_id: StockId,
}

impl TryFrom<Changed> for PauseStockResponse {
    type Error = &'static str;

    fn try_from(changed: Changed) -> Result<Self, Self::Error> {
        let pause_time = changed.pause_time.or(changed.start_time).ok_or("missing field `pause_time`")?;
        Ok(Self { pause_time, stock_id: changed.stock_id })
    }
}

impl Operation for PauseStock {
    const NAME: &'static str = "stock.pause";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/marketing/favor/stocks/{stock_id}/pause";
    const IDEMPOTENT: bool = true;
    type Response = PauseStockResponse;

    fn validate(&self) -> Result<(), InvalidField> {
        validate_stock(&self.stock_id, &self.stock_creator_mchid)
    }

    fn path(&self) -> Path {
        Path::new(Self::PATH).with("stock_id", &self.stock_id)
    }

    fn body(&self) -> Result<Body, BuildError> {
        Body::json(&StockCreator { stock_creator_mchid: &self.stock_creator_mchid })
    }

    fn decode(answer: Verified<'_>) -> Result<PauseStockResponse, DecodeError> {
        answer.json()
    }
}
