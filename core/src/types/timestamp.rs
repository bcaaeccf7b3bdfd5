use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use jiff::SignedDuration;
use serde::Serialize;

use super::{FieldProblem, InvalidField, rfc3339};

/// Seconds since 1970-01-01T00:00:00Z, as used in signatures.
pub type UnixSeconds = u64;

/// Milliseconds since 1970-01-01 00:00:00 UTC.
pub type UnixMillis = u64;

/// The largest allowed difference between the time of a signature and the local time, in seconds, in either direction.
pub const MAX_CLOCK_DIFFERENCE: u64 = 300;

/// 0000-01-01T00:00:00+08:00
const FIRST: i64 = -62_167_248_000;
/// 9999-12-31T23:59:59+08:00
const LAST: i64 = 253_402_271_999;

/// A point in time as the protocol writes it: RFC 3339 text with an offset, such as `2015-05-20T13:29:35.120+08:00`.
///
/// The text is kept as received, so nothing the platform sends is lost. [`unix_seconds`](Self::unix_seconds) parses it.
/// Requests carry Beijing time, which [`from_unix`](Self::from_unix) and `From<SystemTime>` write.
///
/// Two timestamps are equal if their texts are. They are ordered by time, and by text if the times are the same; a text
/// that is not RFC 3339 comes first. `parse` accepts RFC 3339 only, with `T` and `Z` in upper case.
///
/// ```
/// # use wechatpay_core::types::Timestamp;
/// let time = Timestamp::from_unix(1_432_099_775).unwrap();
/// assert_eq!(time.as_str(), "2015-05-20T13:29:35+08:00");
/// assert_eq!(time.unix_seconds(), Some(1_432_099_775));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Timestamp(String);

super::text_value!(Timestamp);

impl Timestamp {
    /// Creates a timestamp from a text, unchecked. Operations check that it is RFC 3339 when their request is built.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Creates a timestamp in Beijing time (`+08:00`) with whole seconds. Returns `None` beyond the year 9999.
    pub fn from_unix(seconds: UnixSeconds) -> Option<Self> {
        i64::try_from(seconds).ok().filter(|seconds| *seconds <= LAST).map(Self::beijing)
    }

    /// Writes a time from [`FIRST`] to [`LAST`].
    fn beijing(unix_seconds: i64) -> Self {
        let local = SignedDuration::from_secs(unix_seconds).saturating_add(SignedDuration::from_hours(8));
        let local = rfc3339::EPOCH.saturating_add(local);
        Self(format!("{}+08:00", local.strftime("%Y-%m-%dT%H:%M:%S")))
    }

    /// Returns the text unchanged.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the Unix time in seconds, with fractions cut off. Returns `None` when the text is not RFC 3339 with an
    /// offset.
    pub fn unix_seconds(&self) -> Option<i64> {
        self.instant().map(|instant| instant.as_secs())
    }

    /// Returns the instant with nanosecond precision. Returns `None` when the text is not RFC 3339 with an offset, or
    /// is before 1970.
    pub fn to_system_time(&self) -> Option<SystemTime> {
        SystemTime::UNIX_EPOCH.checked_add(Duration::try_from(self.instant()?).ok()?)
    }

    /// The time since the beginning of 1970 in UTC.
    fn instant(&self) -> Option<SignedDuration> {
        rfc3339::parse(&self.0)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidField;

    fn from_str(text: &str) -> Result<Self, InvalidField> {
        let time = Self::from(text);
        match time.instant() {
            Some(_) => Ok(time),
            None => Err(InvalidField::new("timestamp", FieldProblem::Timestamp)),
        }
    }
}

/// Writes Beijing time with whole seconds; fractions are cut off. A time outside the years 0 to 9999 becomes the first or
/// last one.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let seconds = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(LAST),
            // A fraction before 1970 belongs to the second that began before it.
            Err(before) => i64::try_from(before.duration().as_nanos().div_ceil(1_000_000_000))
                .map_or(FIRST, i64::saturating_neg),
        };
        Self::beijing(seconds.clamp(FIRST, LAST))
    }
}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        self.instant().cmp(&other.instant()).then_with(|| self.0.cmp(&other.0))
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
        // `date -d '9999-12-31T23:59:59+08:00' +%s`
        let last = Timestamp::from("9999-12-31T23:59:59+08:00");
        assert_eq!(last.unix_seconds(), Some(253_402_271_999));
        let expected = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(253_402_271_999));
        assert!(expected.is_none() || last.to_system_time() == expected);
    }

    #[test]
    fn timestamps_are_ordered_by_time() {
        let sorted = [
            "2015",
            "yesterday",
            "2015-05-20T05:29:35Z",
            "2015-05-20T13:29:35+08:00",
            "2015-05-20T13:29:35.120+08:00",
            "2015-05-20T05:29:36Z",
            "9999-12-31T23:59:59+08:00",
        ]
        .map(Timestamp::from);
        let mut shuffled = sorted.clone();
        shuffled.reverse();
        shuffled.sort();
        assert_eq!(shuffled, sorted);
        assert!(sorted[2] == "2015-05-20T05:29:35Z" && sorted[2] != sorted[3]);
    }

    #[test]
    fn parsing_checks_the_format() {
        assert_eq!("2015-05-20T13:29:35+08:00".parse(), Ok(Timestamp::from_unix(1_432_099_775).unwrap()));
        let error = "2015-05-20T13:29:35+0800".parse::<Timestamp>().unwrap_err().to_string();
        let expected = "timestamp is not an RFC 3339 time with an offset, such as 2015-05-20T13:29:35+08:00";
        assert_eq!(error, expected);
    }

    #[test]
    fn a_system_time_is_written_in_beijing_time() {
        let at = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let fraction = at(1_432_099_775) + Duration::from_nanos(999_999_999);
        assert_eq!(Timestamp::from(fraction), "2015-05-20T13:29:35+08:00");
        let before = SystemTime::UNIX_EPOCH - Duration::from_nanos(1);
        assert_eq!(Timestamp::from(before), "1970-01-01T07:59:59+08:00");
        // A whole number of seconds: `date -d '0001-01-01T00:00:00+08:00' +%s`
        let year_1 = SystemTime::UNIX_EPOCH - Duration::from_secs(62_135_625_600);
        assert_eq!(Timestamp::from(year_1), "0001-01-01T00:00:00+08:00");
        let year_minus_1 = SystemTime::UNIX_EPOCH - Duration::from_secs(62_198_784_000);
        assert_eq!(Timestamp::from(year_minus_1), "0000-01-01T00:00:00+08:00");
        let far = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1 << 40)).unwrap();
        assert_eq!(Timestamp::from(far), "9999-12-31T23:59:59+08:00");
        assert!(Timestamp::from(far).unix_seconds().is_some());
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
        // `date -d 9999-12-31T23:59:59+08:00 +%s`
        assert_eq!(Timestamp::from_unix(253_402_271_999).unwrap().as_str(), "9999-12-31T23:59:59+08:00");
        assert_eq!(Timestamp::from_unix(253_402_272_000), None);
        assert_eq!(Timestamp::from_unix(u64::MAX), None);
    }
}
