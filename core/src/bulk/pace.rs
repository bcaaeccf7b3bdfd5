use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The longest wait for which anybody asks.
pub(super) const LONGEST: Duration = Duration::from_secs(600);
const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// When requests may start. In no second, wherever it begins, more than `rate` requests start.
///
/// This is the generic cell rate algorithm. A little less than the rate is emitted evenly, so that a small burst fits
/// into every second as well: see [`Pace::interval`]. The pace starts low, rises with each second in which requests
/// succeed, and falls by half if the platform says that they are too many.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Pace {
    most: u32,
    rate: u32,
    /// The theoretical arrival time of the next request.
    next: Duration,
    /// Nothing starts before this time.
    not_before: Duration,
    rose: Duration,
    fell: Option<Duration>,
}

impl Pace {
    /// The shortest time between two changes.
    const STEP: Duration = Duration::from_secs(1);

    pub(super) fn new(most: u32, now: Duration) -> Self {
        let most = most.max(1);
        Self { most, rate: step(most), next: now, not_before: now, rose: now, fell: None }
    }

    /// Returns the requests per second at the moment.
    pub(super) fn rate(&self) -> u32 {
        self.rate
    }

    /// Starts a request now, or returns when the next one may start.
    pub(super) fn start(&mut self, now: Duration) -> Result<(), Duration> {
        let allowed = self.next();
        if now < allowed {
            return Err(allowed);
        }
        self.next = self.next.max(now).saturating_add(self.interval());
        Ok(())
    }

    /// Reserves the next start, evenly and without a burst, or returns when it would be, if that is after `last`.
    pub(super) fn reserve(
        &mut self,
        now: Duration,
        last: Duration,
        uncertainty: Duration,
    ) -> Result<Duration, Duration> {
        let at = self.next.max(self.not_before).max(now);
        if at > last {
            return Err(at);
        }
        let interval = self.interval();
        self.next = at.saturating_add(interval).saturating_add(interval.mul_f64(uncertainty.as_secs_f64()));
        Ok(at)
    }

    /// Returns the highest pace.
    pub(super) fn most(&self) -> u32 {
        self.most
    }

    /// Sets the highest pace.
    pub(super) fn allow(&mut self, most: u32) {
        self.most = most;
        self.rate = self.rate.min(most);
    }

    /// Starts low again.
    pub(super) fn restart(&mut self, most: u32) {
        (self.most, self.rate) = (most, step(most));
    }

    /// Corrects times that cannot be, because the clock went back.
    pub(super) fn set_back_to(&mut self, now: Duration, ahead: Duration) {
        if self.next > now.saturating_add(ahead).saturating_add(self.interval().saturating_mul(2)) {
            self.next = now.saturating_add(ahead);
        }
        self.not_before = self.not_before.min(now.saturating_add(LONGEST));
        self.rose = self.rose.min(now);
        self.fell = self.fell.map(|fell| fell.min(now));
    }

    /// Returns when the next request may start.
    pub(super) fn next(&self) -> Duration {
        self.next.saturating_sub(self.tolerance()).max(self.not_before)
    }

    /// A request has succeeded.
    pub(super) fn succeeded(&mut self, now: Duration) {
        if now >= self.rose.saturating_add(Self::STEP) && now >= self.not_before {
            self.rose = now;
            self.rate = self.rate.saturating_add(step(self.most)).min(self.most);
        }
    }

    /// The platform received too many requests, and asks to wait.
    pub(super) fn limited(&mut self, now: Duration, wait: Duration) {
        self.wait(now.saturating_add(wait.max(Self::STEP)));
        if self.fell.is_none_or(|fell| now >= fell.saturating_add(Self::STEP)) {
            (self.fell, self.rose) = (Some(now), now);
            self.rate = (self.rate / 2).max(1);
        }
    }

    /// Starts nothing before this time.
    pub(super) fn wait(&mut self, until: Duration) {
        self.not_before = self.not_before.max(until);
    }

    /// The time between two requests: 98 % of the rate. So a second has room for a burst of 1 % of it, counted from any
    /// moment: `0.98 rate + 0.01 rate` and one for rounding are no more than the rate.
    fn interval(&self) -> Duration {
        let nanos = NANOS_PER_SECOND.saturating_mul(100).checked_div(u64::from(self.rate).saturating_mul(98));
        // Rounded up: never too fast.
        Duration::from_nanos(nanos.unwrap_or(NANOS_PER_SECOND).saturating_add(1))
    }

    /// How much earlier than evenly a request may start: a burst of a hundredth of the rate, and at least one request.
    fn tolerance(&self) -> Duration {
        self.interval().saturating_mul((self.rate / 100).saturating_sub(1))
    }
}

/// By how much the pace rises in a second, and where it starts: a tenth of the most.
fn step(most: u32) -> u32 {
    (most / 10).max(1)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "tests")]
mod tests {
    use super::*;

    /// Takes every start as early as it may be taken, with pauses in between, and counts each sliding second.
    fn most_in_a_second(most: u32, pauses: &[u64]) -> usize {
        let mut pace = Pace::new(most, Duration::ZERO);
        pace.rate = most;
        let (mut now, mut starts) = (Duration::ZERO, Vec::new());
        for pause in pauses.iter().cycle().take(pauses.len()) {
            for _ in 0..most {
                if let Err(at) = pace.start(now) {
                    now = at;
                    pace.start(now).unwrap();
                }
                starts.push(now);
            }
            now += Duration::from_millis(*pause);
        }
        let within = |from: usize| {
            let until = starts[from] + Duration::from_secs(1);
            starts.partition_point(|at| *at < until) - from
        };
        (0..starts.len()).map(within).max().unwrap()
    }

    #[test]
    fn no_second_has_more_starts_than_the_rate() {
        for most in [1, 2, 3, 7, 10, 49, 50, 99, 100, 101, 250, 500] {
            let seen = most_in_a_second(most, &[0, 3, 0, 17, 400, 0, 1100]);
            assert!(seen <= most as usize, "{seen} of {most}");
            // And the rate is used.
            assert!(seen * 100 >= most as usize * 97, "{seen} of {most}");
        }
    }

    #[test]
    fn the_pace_falls_once_a_second_and_rises_again() {
        let (mut pace, second) = (Pace::new(400, Duration::ZERO), Duration::from_secs(1));
        assert_eq!(pace.rate(), 40);
        for seconds in 1..=9 {
            pace.succeeded(second * seconds);
            pace.succeeded(second * seconds);
            assert_eq!(pace.rate(), 40 * (seconds + 1));
        }
        pace.succeeded(second * 10);
        assert_eq!(pace.rate(), 400);
        for _ in 0..5 {
            pace.limited(second * 11, Duration::ZERO);
        }
        assert_eq!(pace.rate(), 200);
        assert_eq!(pace.start(second * 11), Err(second * 12));
        pace.limited(second * 12, Duration::from_secs(30));
        assert_eq!((pace.rate(), pace.start(second * 12)), (100, Err(second * 42)));
        for seconds in 13..200 {
            pace.limited(second * seconds, Duration::ZERO);
        }
        assert_eq!(pace.rate(), 1);
    }
}
