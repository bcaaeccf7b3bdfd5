//! Deadlines that say which timeout they are.

use std::fmt;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

/// The end of a timeout, with the name and the length of that timeout for errors.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    at: Instant,
    name: &'static str,
    length: Duration,
}

impl Limit {
    /// A timeout that begins now. `name` is a phrase such as `connect timeout`. Long timeouts are shortened to a year,
    /// which has no effect in practice.
    pub(crate) fn after(length: Duration, name: &'static str) -> Self {
        const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
        let now = Instant::now();
        // A clock is never within a year of its maximum. If it were, the timeout would expire immediately.
        let at = now.checked_add(length.min(FAR)).unwrap_or(now);
        Self { at, name, length }
    }

    pub(crate) fn or_earlier(self, other: Self) -> Self {
        if other.at < self.at { other } else { self }
    }

    /// Returns what is left of the timeout.
    pub(crate) fn left(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// Waits for a future, at most until the timeout is over. Then the future is dropped.
    pub(crate) async fn of<T>(self, future: impl Future<Output = T>) -> Result<T, TimedOut> {
        timeout_at(self.at, future).await.map_err(|_| self.over())
    }

    /// Returns the error of this timeout.
    pub(crate) fn over(self) -> TimedOut {
        TimedOut { name: self.name, length: self.length }
    }
}

/// A timeout is over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimedOut {
    name: &'static str,
    length: Duration,
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = Duration::from_millis(u64::try_from(self.length.as_millis()).unwrap_or(u64::MAX));
        write!(f, "the {} of {length:?} is over", self.name)
    }
}

impl std::error::Error for TimedOut {}
