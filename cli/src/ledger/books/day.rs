//! Days in Beijing, and when their files are complete.

use wechatpay_core::cashcoupons::BillDate;
use wechatpay_core::types::Timestamp;

const HOUR: i64 = 60 * 60 * 1000;
const DAY: i64 = 24 * HOUR;
/// Beijing is eight hours ahead of UTC.
const BEIJING: i64 = 8 * HOUR;
/// The file of a day is complete at this time of the day after.
const COMPLETE: i64 = 10 * HOUR;

/// Returns the day in Beijing of a time in milliseconds, in days since 1970.
pub(in crate::ledger) fn day_of(at: i64) -> i64 {
    at.saturating_add(BEIJING).div_euclid(DAY)
}

/// Returns the same for a date.
pub(in crate::ledger) fn day_of_date(date: BillDate) -> Option<i64> {
    let midnight = Timestamp::new(format!("{date}T00:00:00+08:00")).unix_seconds()?;
    midnight.checked_mul(1000).map(day_of)
}

/// Whether the file of a day may lack rows (inferred): WeChat Pay gives it when the day is over, and it was fetched some hours
/// after that. Before that there is none; then the clocks differ, as those of a sandbox may.
pub(in crate::ledger) fn is_early(day: i64, fetched_at: i64) -> bool {
    let over = day.saturating_add(1).saturating_mul(DAY).saturating_sub(BEIJING);
    (over..over.saturating_add(COMPLETE)).contains(&fetched_at)
}
