use std::time::Duration;

use super::Now;
use super::health::next_midnight;

/// The waits before the probes of a hold. The last one stays.
const PROBES: [u64; 3] = [5, 30, 120];

/// All requests wait, because the platform said that the budget does not suffice. It says so even if it suffices again a
/// few seconds later, so now and then one request is sent as a probe.
#[derive(Debug, Clone)]
pub(super) struct Hold {
    /// When it began.
    since: Duration,
    /// How many probes were refused.
    refused: usize,
    /// When the next probe is due.
    probe: Duration,
    /// Whether the query of what requests draw on is to be made, or under way.
    pub(super) check: Check,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    Due,
    UnderWay,
    Done,
}

impl Hold {
    pub(super) fn new(now: Now) -> Self {
        let mut hold = Self { since: now.elapsed, refused: 0, probe: now.elapsed, check: Check::Due };
        hold.put_off(now);
        hold
    }

    /// Whether a request that was started at this time is a probe. Those that were in flight when the hold began are not.
    pub(super) fn is_probe(&self, started: Duration) -> bool {
        started > self.since
    }

    /// A request that was started at this time was refused as well.
    pub(super) fn refused(&mut self, now: Now, started: Duration) {
        if self.is_probe(started) {
            self.refused = self.refused.saturating_add(1);
            self.check = Check::Due;
            self.put_off(now);
        }
    }

    /// The budget of the day is used up.
    pub(super) fn until_midnight(&mut self, now: Now) {
        let wait = Duration::from_millis(next_midnight(now.unix).saturating_sub(now.unix));
        self.probe = self.probe.max(now.elapsed.saturating_add(wait));
    }

    /// Returns when the next probe is due.
    pub(super) fn probe(&self) -> Duration {
        self.probe
    }

    fn put_off(&mut self, now: Now) {
        let wait = PROBES.get(self.refused).or(PROBES.last()).copied().unwrap_or_default();
        self.probe = now.elapsed.saturating_add(Duration::from_secs(wait));
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "tests")]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Now {
        // 2026-11-28T23:59:00+08:00, and as much later.
        Now { elapsed: Duration::from_secs(seconds), unix: (1_795_881_540 + seconds) * 1000 }
    }

    #[test]
    fn probes_come_after_5_s_30_s_and_then_every_2_minutes() {
        let mut hold = Hold::new(at(0));
        for probe in [5, 35, 155, 275] {
            // An answer to what was sent before the hold.
            hold.refused(at(probe + 1), Duration::ZERO);
            assert_eq!(hold.probe(), Duration::from_secs(probe));
            hold.refused(at(probe), Duration::from_secs(probe));
        }
    }

    #[test]
    fn the_budget_of_the_next_day_is_there_at_midnight_in_beijing() {
        let mut hold = Hold::new(at(0));
        hold.until_midnight(at(0));
        assert_eq!(hold.probe(), Duration::from_secs(60));
    }
}
