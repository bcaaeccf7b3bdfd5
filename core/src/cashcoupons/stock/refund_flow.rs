use serde::{Deserialize, Serialize};

use super::shared::flow_link;
use crate::cashcoupons::{HashType, StockId};
use crate::types::DownloadUrl;

/// 下载批次退款明细: where to fetch the list of all refunds of payments with a stock's coupons.
///
/// `GET /v3/marketing/favor/stocks/{stock_id}/refund-flow` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012463523)
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
/// use wechatpay_core::cashcoupons::RefundFlow;
///
/// let operation = RefundFlow::new("9865000".into());
/// ```
#[doc(alias = "RefundFlowRequest")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct RefundFlow {
    /// 批次号: the stock, at most 20 characters.
    pub stock_id: StockId,
}

/// Where the refunds are, and how to know that the file is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct RefundFlowResponse {
    /// 流水文件下载链接: where the file can be fetched, for 30 seconds, by the merchant that asked. At most 2048
    /// characters.
    pub url: DownloadUrl,
    /// 哈希值: the hash of the file in hexadecimal digits. Compare it.
    pub hash_value: String,
    /// 哈希算法类型: how the hash is computed.
    pub hash_type: HashType,
}

flow_link!(
    RefundFlow,
    "stock.refund_flow",
    "/v3/marketing/favor/stocks/{stock_id}/refund-flow",
    RefundFlowResponse
);
