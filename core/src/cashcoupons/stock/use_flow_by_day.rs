use serde::{Deserialize, Serialize};

use super::shared::flow_link_by_day;
use crate::cashcoupons::{BillDate, StockId};
use crate::types::{DownloadUrl, lenient};

/// 获取批次核销明细下载链接: where to fetch the list of one day's uses of a stock's coupons.
///
/// `GET /v3/marketing/favor/stocks/{stock_id}/use-flow-by-day`
///
/// - Documented since September 2025; the official SDKs lack it.
/// - `bill_date` must be before today, within the last year and within the stock's validity. Only the stock's
///   creator can ask.
/// - Reads only. The rate is not documented. The answer is signed; the file is not, and it is on another host than
///   the operation: nothing but `stock_useflow_hash` protects it.
/// - Errors are documented by number only, which
///   [`ApiError::internal_code`](crate::error::ApiError::internal_code) gives: 268586001 when there was no use that day,
///   268573590 when the date is out of range.
///
/// ```
/// use wechatpay_core::cashcoupons::UseFlowByDay;
/// use wechatpay_core::cashcoupons::BillDate;
///
/// let operation = UseFlowByDay::new("12356458".into(), BillDate::new(2025, 8, 9)?);
/// # Ok::<(), wechatpay_core::error::InvalidField>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct UseFlowByDay {
    /// 批次号: the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 账单日期: which day.
    pub bill_date: BillDate,
}

/// Where the uses of a day are, and how to know that the file is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct UseFlowByDayResponse {
    /// 下载链接: where the file can be fetched, for 30 seconds.
    pub url: DownloadUrl,
    /// 账单文件摘要: the SHA-1 of the file in hexadecimal digits. Compare it.
    pub stock_useflow_hash: String,
    /// 账单记录总条数: how many uses the file has.
    #[serde(deserialize_with = "lenient::int")]
    pub stock_useflow_count: i64,
}

flow_link_by_day!(
    UseFlowByDay,
    "stock.use_flow_by_day",
    "/v3/marketing/favor/stocks/{stock_id}/use-flow-by-day",
    UseFlowByDayResponse,
    stock_useflow_hash,
    stock_useflow_count
);
