//! Days and times in Beijing, the platform's time zone, and dates of certificates.

use wechatpay_core::types::{Timestamp, UnixSeconds};

/// Offset of Beijing from UTC, in seconds.
pub(crate) const BEIJING: u64 = 8 * 60 * 60;
pub(crate) const DAY: u64 = 24 * 60 * 60;

/// Returns the number of days since 1970-01-01 in Beijing.
pub(crate) fn beijing_day(unix: UnixSeconds) -> u64 {
    unix.saturating_add(BEIJING) / DAY
}

/// Whether two times are in the same month in Beijing.
pub(crate) fn same_beijing_month(one: UnixSeconds, other: UnixSeconds) -> bool {
    let (one, other) = (rfc3339(one), rfc3339(other));
    // Year and month, such as 2015-05.
    one.get(..7) == other.get(..7)
}

/// Formats a time as RFC 3339 in Beijing time.
pub(crate) fn rfc3339(unix: UnixSeconds) -> String {
    Timestamp::from_unix(unix).map(|time| time.as_str().to_owned()).unwrap_or_default()
}

/// The date for a certificate. Those after the year 9999 cannot be expressed.
pub(crate) fn certificate_date(unix: UnixSeconds) -> time::OffsetDateTime {
    /// 9999-12-31T23:59:59Z, the last time in X.509.
    const LAST: UnixSeconds = 253_402_300_799;
    let unix = i64::try_from(unix.min(LAST)).unwrap_or_default();
    time::OffsetDateTime::from_unix_timestamp(unix).unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
}
