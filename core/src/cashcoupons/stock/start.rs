use http::Method;
use serde::{Deserialize, Serialize};

use super::{StockCreator, validate_stock};
use crate::error::{BuildError, DecodeError, InvalidField};
use crate::operation::{Body, Operation, Path};
use crate::types::{Mchid, StockId, Timestamp};
use crate::verify::Verified;

/// 激活开启批次: activates a stock, from when coupons can be sent.
///
/// `POST /v3/marketing/favor/stocks/{stock_id}/start` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012460137)
///
/// - Needs a stock that was created; leave a minute between creating and activating.
/// - **Moves money** for a prefunded stock (`no_cash = false`): its `max_amount` is debited from the creator's
///   balance.
/// - Idempotent. 1000 requests a minute, 60 a minute per IP. The answer is signed.
/// - Errors: [`InvalidRequest`](crate::error::ErrorCode::InvalidRequest) when its state does not allow it,
///   [`NotEnough`](crate::error::ErrorCode::NotEnough) when the balance does not suffice.
///
/// ```
/// use wechatpay_core::cashcoupons::StartStock;
///
/// let operation = StartStock::new("9856000".into(), "8956000".into());
/// ```
#[doc(alias = "StartStockRequest")]
#[doc(alias = "StartStockBody")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct StartStock {
    /// 批次号: the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 批次创建方商户号: the merchant that created it.
    pub stock_creator_mchid: Mchid,
}

impl StartStock {
    /// Activates `stock_id`, which `stock_creator_mchid` created.
    pub fn new(stock_id: StockId, stock_creator_mchid: Mchid) -> Self {
        Self { stock_id, stock_creator_mchid }
    }
}

/// When a stock was activated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct StartStockResponse {
    /// 生效时间: since when coupons can be sent.
    pub start_time: Timestamp,
    /// 批次号: the stock.
    pub stock_id: StockId,
}

impl Operation for StartStock {
    const NAME: &'static str = "stock.start";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/marketing/favor/stocks/{stock_id}/start";
    const IDEMPOTENT: bool = true;
    type Response = StartStockResponse;

    fn validate(&self) -> Result<(), InvalidField> {
        validate_stock(&self.stock_id, &self.stock_creator_mchid)
    }

    fn path(&self) -> Path {
        Path::new(Self::PATH).with("stock_id", &self.stock_id)
    }

    fn body(&self) -> Result<Body, BuildError> {
        Body::json(&StockCreator { stock_creator_mchid: &self.stock_creator_mchid })
    }

    fn decode(answer: Verified<'_>) -> Result<StartStockResponse, DecodeError> {
        answer.json()
    }
}
