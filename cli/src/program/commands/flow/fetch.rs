//! Asking WeChat Pay for a flow file.

use std::fs::File;

use wechatpay_cli::ledger::FlowKind;
use wechatpay_hyper::core::Error;
use wechatpay_hyper::core::cashcoupons::{
    BillDate, RefundFlow, RefundFlowByDay, StockId, UseFlow, UseFlowByDay,
};
use wechatpay_hyper::core::download::CheckedFile;
use wechatpay_hyper::core::error::{ApiError, ErrorCode};
use wechatpay_hyper::core::types::Timestamp;

use crate::program::clock::unix_seconds;
use crate::program::commands::stock::find;
use crate::program::connection::Connection;
use crate::program::failure::Failure;
use crate::program::texts::text;

const DAY: i64 = 24 * 60 * 60;
/// From midnight to 10:00 in Beijing, which is eight hours ahead of UTC.
const TEN_OCLOCK: i64 = (10 - 8) * 60 * 60;
const BEIJING: i64 = 8 * 60 * 60;

/// Downloads the file. `None`: WeChat Pay says that there was nothing.
///
/// # Errors
/// A [`Failure`] if there is no file, or not yet, or if it could not be downloaded.
pub(super) async fn fetch(
    connection: &Connection,
    kind: FlowKind,
    stock_id: &StockId,
    date: Option<BillDate>,
    to: File,
) -> Result<Option<CheckedFile<File>>, Failure> {
    let (client, id) = (connection.client(), stock_id.clone());
    let file = match (kind, date) {
        (FlowKind::Refund, None) => client.download(&RefundFlow::new(id), to).await,
        (FlowKind::Refund, Some(date)) => client.download(&RefundFlowByDay::new(id, date), to).await,
        (_, None) => client.download(&UseFlow::new(id), to).await,
        (_, Some(date)) => client.download(&UseFlowByDay::new(id, date), to).await,
    };
    match (file, date) {
        (Ok(file), _) => Ok(Some(file)),
        (Err(error), Some(date)) => of_day(error, date),
        (Err(error), None) => whole(connection, stock_id, error).await,
    }
}

fn of_day(error: Error, date: BillDate) -> Result<Option<CheckedFile<File>>, Failure> {
    match error.api().and_then(ApiError::internal_code) {
        Some("268586001" | "268586003") => Ok(None),
        Some("268573590") => Err(Failure::reading(error).advice(text!(
            "{date} must be before today in Beijing, within the last year, and within the time of the stock",
            date = date
        ))),
        _ => Err(Failure::reading(error)),
    }
}

/// Of the whole stock, WeChat Pay says the same if there was nothing and if the file is not there yet.
async fn whole(
    connection: &Connection,
    stock_id: &StockId,
    error: Error,
) -> Result<Option<CheckedFile<File>>, Failure> {
    if error.code() != Some(&ErrorCode::ResourceNotExists) {
        return Err(Failure::reading(error));
    }
    let failure = Failure::reading(error);
    let Ok(stock) = find(connection, stock_id.as_str(), None).await else { return Err(failure) };
    let Some(end) = stock.available_end_time.as_ref() else { return Err(failure) };
    let Some(due) = end.unix_seconds().map(due) else { return Err(failure) };
    if i64::try_from(unix_seconds()).is_ok_and(|now| now >= due) {
        return Ok(None);
    }
    let from = u64::try_from(due).ok().and_then(Timestamp::from_unix);
    let from = from.map(|from| from.as_str().to_owned()).unwrap_or_default();
    Err(failure.advice(text!(
        "the stock ends at {end}, and the file of the whole stock is there from {from} on; until then, --date DATE gets the file of a day",
        end = end.as_str(),
        from = from
    )))
}

/// 10:00 in Beijing on the day after.
fn due(end: i64) -> i64 {
    let day = end.saturating_add(BEIJING).div_euclid(DAY);
    day.saturating_add(1).saturating_mul(DAY).saturating_add(TEN_OCLOCK)
}
