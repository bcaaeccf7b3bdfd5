use std::time::Duration;

/// How long all requests wait while none of them leaves this machine.
#[derive(Debug, Clone, Default)]
pub(super) struct Unreachable {
    until: Duration,
    waits: u32,
}

impl Unreachable {
    /// From how many requests in a row that were not sent all wait.
    const IN_A_ROW: u32 = 5;
    /// The wait doubles from a second to this many.
    const LONGEST: u64 = 60;

    /// Takes the end of a request that was started at this time, after so many in a row were not sent. Returns until when
    /// all wait. Requests that were in flight together fail together, and make the wait longer once.
    pub(super) fn note(&mut self, not_sent: u32, started: Duration, now: Duration) -> Option<Duration> {
        if not_sent == 0 {
            self.waits = 0;
        }
        if not_sent < Self::IN_A_ROW || started < self.until {
            return None;
        }
        let seconds = 1_u64.checked_shl(self.waits).unwrap_or(Self::LONGEST).min(Self::LONGEST);
        self.waits = self.waits.saturating_add(1).min(6);
        self.until = now.saturating_add(Duration::from_secs(seconds));
        Some(self.until)
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_from_a_second_to_a_minute() {
        let (mut unreachable, mut now) = (Unreachable::default(), Duration::ZERO);
        let mut wait = |not_sent: u32| {
            let until = unreachable.note(not_sent, now, now);
            let wait = until.map(|until| until.saturating_sub(now).as_secs());
            now = until.unwrap_or(now);
            wait
        };
        assert_eq!([1, 2, 3, 4].map(&mut wait), [None; 4]);
        let waits = [5, 6, 7, 8, 9, 10, 11, 12].map(&mut wait);
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60].map(Some));
        assert_eq!([0, 1, 5].map(&mut wait), [None, None, Some(1)]);
    }

    #[test]
    fn requests_that_fail_together_count_once() {
        let (mut unreachable, second) = (Unreachable::default(), Duration::from_secs(1));
        assert_eq!(unreachable.note(5, Duration::ZERO, second), Some(second * 2));
        assert_eq!(unreachable.note(6, Duration::ZERO, second), None);
        assert_eq!(unreachable.note(7, second * 2, second * 3), Some(second * 5));
    }
}
