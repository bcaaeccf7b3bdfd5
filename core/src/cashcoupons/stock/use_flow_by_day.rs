use http::Method;
use serde::{Deserialize, Serialize};

use super::{MAX_ID, flow_by_day_hint};
use crate::download::FileLink;
use crate::error::{ApiError, DecodeError, InvalidField};
use crate::field;
use crate::operation::{Operation, Path, Query};
use crate::types::{BillDate, DownloadUrl, StockId, lenient};
use crate::verify::Verified;

/// 获取批次核销明细下载链接: where to fetch the list of one day's uses of a stock's coupons.
///
/// `GET /v3/marketing/favor/stocks/{stock_id}/use-flow-by-day`
///
/// - Documented since September 2025; the official SDKs lack it.
/// - `bill_date` must be before today, within the last year and within the stock's validity. Only the stock's
///   creator can ask.
/// - Reads only. The rate is not documented. The answer is signed; the file is not, and it is on another host than
///   the operation: nothing but `stock_useflow_hash` protects it.
/// - Errors are documented by number only, which [`ApiError::internal_code`] gives: 268586001 when there was no use that
///   day, 268573590 when the date is out of range.
///
/// ```
/// use wechatpay_core::cashcoupons::UseFlowByDay;
/// use wechatpay_core::types::BillDate;
///
/// let operation = UseFlowByDay::new("12356458".into(), BillDate::new(2025, 8, 9)?);
/// # Ok::<(), wechatpay_core::field::InvalidField>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct UseFlowByDay {
    /// 批次号: the stock, at most 20 characters.
    pub stock_id: StockId,
    /// 账单日期: which day.
    pub bill_date: BillDate,
}

impl UseFlowByDay {
    /// Asks for the uses of `stock_id` on `bill_date`.
    pub fn new(stock_id: StockId, bill_date: BillDate) -> Self {
        Self { stock_id, bill_date }
    }
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

impl Operation for UseFlowByDay {
    const NAME: &'static str = "stock.use_flow_by_day";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/marketing/favor/stocks/{stock_id}/use-flow-by-day";
    const IDEMPOTENT: bool = true;
    type Response = UseFlowByDayResponse;

    fn validate(&self) -> Result<(), InvalidField> {
        field::text("stock_id", &self.stock_id, MAX_ID)
    }

    fn path(&self) -> Path {
        Path::new(Self::PATH).with("stock_id", &self.stock_id)
    }

    fn query(&self, query: &mut Query) {
        query.push("bill_date", &self.bill_date);
    }

    fn hint(error: &ApiError) -> Option<&'static str> {
        flow_by_day_hint(error)
    }

    fn decode(answer: Verified<'_>) -> Result<UseFlowByDayResponse, DecodeError> {
        answer.json()
    }
}

impl FileLink for UseFlowByDayResponse {
    fn url(&self) -> &str {
        self.url.as_str()
    }

    fn hash_value(&self) -> &str {
        &self.stock_useflow_hash
    }

    fn rows(&self) -> Option<i64> {
        Some(self.stock_useflow_count)
    }
}
