use std::fmt;
use std::time::{Duration, SystemTime};

use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01T00:00:00Z, as used in signatures.
pub type UnixSeconds = u64;

/// The largest allowed difference between the time of a signature and the local time, in seconds, in either direction.
pub const MAX_CLOCK_DIFFERENCE: u64 = 300;

/// A point in time as the protocol writes it: RFC 3339 text with an offset, such as `2015-05-20T13:29:35.120+08:00`.
///
/// The text is kept as received, so nothing the platform sends is lost. [`unix_seconds`](Self::unix_seconds) parses it.
/// Requests carry Beijing time, which [`from_unix`](Self::from_unix) writes.
///
/// ```
/// # use wechatpay_core::types::Timestamp;
/// let time = Timestamp::from_unix(1_432_099_775).unwrap();
/// assert_eq!(time.as_str(), "2015-05-20T13:29:35+08:00");
/// assert_eq!(time.unix_seconds(), Some(1_432_099_775));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// Creates a timestamp from a text, unchecked. Operations check that it is RFC 3339 when their request is built.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Creates a timestamp in Beijing time (`+08:00`) with whole seconds. Returns `None` beyond the year 9999.
    pub fn from_unix(seconds: UnixSeconds) -> Option<Self> {
        let instant = jiff::Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
        let beijing = Offset::constant(8).to_datetime(instant);
        Some(Self(format!("{}+08:00", beijing.strftime("%Y-%m-%dT%H:%M:%S"))))
    }

    /// Returns the text unchanged.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the Unix time in seconds, with fractions cut off. Returns `None` when the text is not RFC 3339 with an
    /// offset.
    pub fn unix_seconds(&self) -> Option<i64> {
        self.instant().map(|instant| instant.as_second())
    }

    /// Returns the instant with nanosecond precision. Returns `None` when the text is not RFC 3339 with an offset, or
    /// is before 1970.
    pub fn to_system_time(&self) -> Option<SystemTime> {
        let nanoseconds = u64::try_from(self.instant()?.as_nanosecond()).ok()?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(nanoseconds))
    }

    fn instant(&self) -> Option<jiff::Timestamp> {
        static PARSER: DateTimeParser = DateTimeParser::new();
        // The parser also accepts other separators and a bracketed time zone, which are not RFC 3339.
        let rfc3339 = self.0.as_bytes().get(10) == Some(&b'T') && !self.0.contains('[');
        rfc3339.then(|| PARSER.parse_timestamp(&self.0).ok()).flatten()
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Timestamp {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Timestamp").field(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_formats_are_parsed() {
        // Expected value from `date -d 2015-05-20T13:29:35+08:00 +%s`.
        for text in ["2015-05-20T13:29:35+08:00", "2015-05-20T13:29:35.120+08:00", "2015-05-20T05:29:35Z"] {
            assert_eq!(Timestamp::from(text).unix_seconds(), Some(1_432_099_775), "{text}");
        }
        let millis = Timestamp::from("2015-05-20T13:29:35.120+08:00").to_system_time().unwrap();
        assert_eq!(millis, SystemTime::UNIX_EPOCH + Duration::from_millis(1_432_099_775_120));
    }

    #[test]
    fn text_in_another_format_is_kept() {
        for text in [
            "",
            "2015-05-20",
            "2015-05-20T13:29:35",
            "2015-05-20 13:29:35+08:00",
            "2015-05-20T13:29:35+08:00[Asia/Shanghai]",
            "2015-13-20T13:29:35+08:00",
            "昨天",
        ] {
            let time = Timestamp::from(text);
            assert_eq!(time.unix_seconds(), None, "{text}");
            assert_eq!((time.as_str(), time.to_string().as_str()), (text, text));
            assert_eq!(format!("{time:?}"), format!("Timestamp({text:?})"));
            assert_eq!(time.to_system_time(), None);
        }
    }

    #[test]
    fn unix_seconds_are_formatted_in_beijing_time() {
        assert_eq!(Timestamp::from_unix(0).unwrap().as_str(), "1970-01-01T08:00:00+08:00");
        assert_eq!(Timestamp::from_unix(u64::MAX), None);
    }
}
