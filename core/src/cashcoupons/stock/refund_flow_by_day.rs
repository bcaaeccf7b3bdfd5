use serde::{Deserialize, Serialize};

use super::shared::flow_link_by_day;
use crate::cashcoupons::{BillDate, StockId};
use crate::types::{DownloadUrl, response};

/// 获取批次退款明细下载链接: returns the download URL of the file with one day's refunds of payments with a stock's
/// coupons.
///
/// `GET /v3/marketing/favor/stocks/{stock_id}/refund-flow-by-day`
///
/// - Documented since September 2025. The official SDKs lack it.
/// - `bill_date` must be before today, within the last year and within the stock's validity. Only the stock's creator
///   can request the file.
/// - Read-only. Rate limit: not documented. The response is signed. The file is not signed and is on another host than
///   the operation: only `stock_refundflow_hash` protects it.
/// - Errors are documented by number only. [`ApiError::internal_code`](crate::error::ApiError::internal_code) returns
///   the number: 268586003 when there was no refund on that day, 268573590 when the date is out of range.
///
/// ```
/// use wechatpay_core::cashcoupons::RefundFlowByDay;
/// use wechatpay_core::cashcoupons::BillDate;
///
/// let operation = RefundFlowByDay::new("12356458".into(), BillDate::new(2025, 8, 9)?);
/// # Ok::<(), wechatpay_core::error::InvalidField>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct RefundFlowByDay {
    /// 批次号: ID of the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 账单日期: the day of the redemptions or refunds.
    pub bill_date: BillDate,
}

response! {
    /// Response to [`RefundFlowByDay`]: URL, hash and row count of the file.
    pub struct RefundFlowByDayResponse {
        /// 下载链接: download URL of the file, valid for 30 seconds.
        required pub url: DownloadUrl,
        /// 账单文件摘要: SHA-1 hash of the file in hexadecimal. Compare it with the hash of the downloaded file.
        pub stock_refundflow_hash: String,
        /// 账单记录总条数: number of refunds in the file.
        pub stock_refundflow_count: Option<i64>,
    }
}

flow_link_by_day!(
    RefundFlowByDay,
    "stock.refund_flow_by_day",
    "/v3/marketing/favor/stocks/{stock_id}/refund-flow-by-day",
    RefundFlowByDayResponse,
    stock_refundflow_hash,
    stock_refundflow_count
);
