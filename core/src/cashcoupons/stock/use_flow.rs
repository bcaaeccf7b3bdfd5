use http::Method;
use serde::{Deserialize, Serialize};

use super::{MAX_ID, flow_hint};
use crate::cashcoupons::HashType;
use crate::download::FileLink;
use crate::error::{ApiError, DecodeError, InvalidField};
use crate::field;
use crate::operation::{Operation, Path, ResponseSignature};
use crate::types::{DownloadUrl, StockId};
use crate::verify::Verified;

/// 下载批次核销明细: where to fetch the list of all uses of a stock's coupons.
///
/// `GET /v3/marketing/favor/stocks/{stock_id}/use-flow` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012463585)
///
/// - Needs a stock that has ended, from 10:00 of the next day. Only its creator can ask.
/// - Reads only. 1000 requests a minute, **5 a minute per IP**.
/// - The official SDK says that this answer carries no signature; newer pages say so of the file only, and other
///   clients verify the answer. So a signature that is there must be right, and
///   [`Answer::is_verified`](crate::Answer::is_verified) tells whether one was. The file is never signed: nothing
///   but `hash_value` protects it.
/// - Errors: [`ResourceNotExists`](crate::error::ErrorCode::ResourceNotExists) when there is no file, or none yet;
///   [`FrequencyLimitExceed`](crate::error::ErrorCode::FrequencyLimitExceed).
///
/// ```
/// use wechatpay_core::cashcoupons::UseFlow;
///
/// let operation = UseFlow::new("9865000".into());
/// ```
#[doc(alias = "UseFlowRequest")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct UseFlow {
    /// 批次号: the stock, at most 20 characters.
    pub stock_id: StockId,
}

impl UseFlow {
    /// Asks for the uses of `stock_id`.
    pub fn new(stock_id: StockId) -> Self {
        Self { stock_id }
    }
}

/// Where the uses are, and how to know that the file is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct UseFlowResponse {
    /// 流水文件下载链接: where the file can be fetched, for 30 seconds, by the merchant that asked. At most 2048
    /// characters.
    pub url: DownloadUrl,
    /// 哈希值: the hash of the file in hexadecimal digits. Compare it.
    pub hash_value: String,
    /// 哈希算法类型: how the hash is computed.
    pub hash_type: HashType,
}

impl Operation for UseFlow {
    const NAME: &'static str = "stock.use_flow";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/marketing/favor/stocks/{stock_id}/use-flow";
    const IDEMPOTENT: bool = true;
    const RESPONSE_SIGNATURE: ResponseSignature = ResponseSignature::WhenPresent;
    type Response = UseFlowResponse;

    fn validate(&self) -> Result<(), InvalidField> {
        field::text("stock_id", &self.stock_id, MAX_ID)
    }

    fn path(&self) -> Path {
        Path::new(Self::PATH).with("stock_id", &self.stock_id)
    }

    fn hint(error: &ApiError) -> Option<&'static str> {
        flow_hint(error)
    }

    fn decode(answer: Verified<'_>) -> Result<UseFlowResponse, DecodeError> {
        answer.json()
    }
}

impl FileLink for UseFlowResponse {
    fn url(&self) -> &str {
        self.url.as_str()
    }

    fn hash_type(&self) -> &str {
        self.hash_type.as_str()
    }

    fn hash_value(&self) -> &str {
        &self.hash_value
    }
}
