use serde::{Deserialize, Serialize};

use super::shared::flow_link;
use crate::cashcoupons::{HashType, StockId};
use crate::types::{DownloadUrl, response};

/// 下载批次退款明细: returns the download URL of the file with all refunds of payments with a stock's coupons.
///
/// `GET /v3/marketing/favor/stocks/{stock_id}/refund-flow` ·
/// [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012463523)
///
/// - Requires a stock that has ended. The file is available from 10:00 on the day after the stock ends. Only the
///   stock's creator can request it.
/// - Read-only. Rate limit: 1000 requests per minute, **5 per minute per IP**.
/// - Sources disagree on whether the response is signed: the official SDK says that it is not, newer pages say so of
///   the file only, and other clients verify the response. A signature is therefore optional, but must be valid if
///   present; [`Answer::is_verified`](crate::Answer::is_verified) returns whether the response was signed. The file is
///   never signed: only `hash_value` protects it.
/// - Errors: [`ResourceNotExists`](crate::error::ErrorCode::ResourceNotExists) when there is no file, or no file yet;
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
    /// 批次号: ID of the stock, at most 20 characters.
    pub stock_id: StockId,
}

response! {
    /// Response to [`RefundFlow`]: URL and hash of the file.
    pub struct RefundFlowResponse {
        /// 流水文件下载链接: download URL of the file, valid for 30 seconds and only for the requesting merchant. At most 2048
        /// characters.
        required pub url: DownloadUrl,
        /// 哈希值: hash of the file in hexadecimal. Compare it with the hash of the downloaded file.
        pub hash_value: String,
        /// 哈希算法类型: hash algorithm. SHA-1 if absent.
        pub hash_type: Option<HashType>,
    }
}

flow_link!(
    RefundFlow,
    "stock.refund_flow",
    "/v3/marketing/favor/stocks/{stock_id}/refund-flow",
    RefundFlowResponse
);
