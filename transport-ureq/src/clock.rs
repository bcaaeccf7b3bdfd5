//! The driver's one place that reads clocks.

use std::time::{Duration, Instant, SystemTime};

use wechatpay_core::types::{UnixMillis, UnixSeconds};

/// Upper bound of timeouts, long enough to have no effect in practice. Callers may use the largest values to mean "no
/// limit", and an instant that far away does not overflow.
pub(crate) const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

pub(crate) fn unix_seconds() -> UnixSeconds {
    since_1970().as_secs()
}

pub(crate) fn unix_millis() -> UnixMillis {
    u64::try_from(since_1970().as_millis()).unwrap_or(UnixMillis::MAX)
}

#[expect(clippy::disallowed_methods, reason = "the driver's one wall clock")]
fn since_1970() -> Duration {
    // A clock before 1970 yields 0, a time that the platform rejects.
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "the driver's one monotonic clock")]
pub(crate) fn instant() -> Instant {
    Instant::now()
}

/// The instant at which a timeout is over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// The instant `timeout` from now.
    pub(crate) fn after(timeout: Duration) -> Self {
        Self::of(instant(), timeout)
    }

    /// The instant `timeout` from `start`.
    pub(crate) fn of(start: Instant, timeout: Duration) -> Self {
        // A clock is never within a year of its maximum. If it were, the timeout would be over at once.
        Self(start.checked_add(timeout.min(FAR)).unwrap_or(start))
    }

    /// Returns the time that is left, or `None` when it is over.
    pub(crate) fn left(self) -> Option<Duration> {
        self.0.checked_duration_since(instant()).filter(|left| !left.is_zero())
    }
}
