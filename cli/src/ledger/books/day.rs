//! Times in milliseconds, days in Beijing, and when the files of days are complete.

use wechatpay_core::cashcoupons::BillDate;
use wechatpay_core::types::Timestamp;

const HOUR: i64 = 60 * 60 * 1000;
const DAY: i64 = 24 * HOUR;
/// Beijing is eight hours ahead of UTC.
const BEIJING: i64 = 8 * HOUR;
/// The file of a day is complete at this time of the day after.
const COMPLETE: i64 = 10 * HOUR;

/// Returns a time in milliseconds since 1970. `None` if it cannot be read.
pub(in crate::ledger) fn millis(time: &Timestamp) -> Option<i64> {
    time.unix_seconds()?.checked_mul(1000)
}

/// Returns the day in Beijing of a time in milliseconds, in days since 1970.
pub(in crate::ledger) fn day_of(at: i64) -> i64 {
    at.saturating_add(BEIJING).div_euclid(DAY)
}

/// Returns the same for a date.
pub(in crate::ledger) fn day_of_date(date: BillDate) -> Option<i64> {
    millis(&Timestamp::new(format!("{date}T00:00:00+08:00"))).map(day_of)
}

/// Whether the file of a day may lack rows (inferred): it was fetched between midnight and 10:00 in Beijing on the next day.
///
/// WeChat Pay has no file of a day that is not over. One that was fetched earlier, by this clock, is from a platform whose clock
/// is ahead, such as a sandbox, so it counts.
pub(in crate::ledger) fn is_early(day: i64, fetched_at: i64) -> bool {
    let over = day.saturating_add(1).saturating_mul(DAY).saturating_sub(BEIJING);
    (over..over.saturating_add(COMPLETE)).contains(&fetched_at)
}
