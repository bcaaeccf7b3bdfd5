//! Days and times in Beijing, by which the platform reckons.

use wechatpay_core::types::{Timestamp, UnixSeconds};

/// How far Beijing is ahead of UTC, in seconds.
pub(crate) const BEIJING: u64 = 8 * 60 * 60;
pub(crate) const DAY: u64 = 24 * 60 * 60;

/// The number of a day in Beijing.
pub(crate) fn beijing_day(unix: UnixSeconds) -> u64 {
    unix.saturating_add(BEIJING) / DAY
}

/// RFC 3339 in Beijing time.
pub(crate) fn rfc3339(unix: UnixSeconds) -> String {
    Timestamp::from_unix(unix).map(|time| time.as_str().to_owned()).unwrap_or_default()
}
