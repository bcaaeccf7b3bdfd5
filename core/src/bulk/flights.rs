use std::time::Duration;

/// How many requests may be in flight: as many as the pace needs at the time that answers take, and fewer when answers
/// stay out.
#[derive(Debug, Clone)]
pub(super) struct Flights {
    most: usize,
    limit: usize,
    /// How long an answer takes, as a moving average.
    latency: Duration,
    fell: Option<Duration>,
}

impl Flights {
    /// The limit at the start.
    const FIRST: usize = 8;

    pub(super) fn new(most: usize) -> Self {
        Self { most: most.max(1), limit: Self::FIRST.min(most.max(1)), latency: Duration::ZERO, fell: None }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// An answer came after `latency`, while the pace was `rate` requests a second.
    pub(super) fn answered(&mut self, latency: Duration, rate: u32) {
        self.latency = match self.latency {
            Duration::ZERO => latency,
            average => {
                let sum = average.saturating_mul(7).saturating_add(latency);
                sum.checked_div(8).unwrap_or(average)
            }
        };
        // Twice of what the pace needs, because some answers take longer than others.
        let needed = self.latency.saturating_mul(rate).as_secs().saturating_mul(2);
        let needed = usize::try_from(needed).unwrap_or(usize::MAX).max(Self::FIRST);
        self.limit = self.limit.saturating_add(1).min(needed).min(self.most);
    }

    /// No answer came, or one that proves nothing.
    pub(super) fn unanswered(&mut self, now: Duration) {
        if self.fell.is_none_or(|fell| now >= fell.saturating_add(Duration::from_secs(1))) {
            self.fell = Some(now);
            self.limit = (self.limit / 2).max(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_follows_rate_and_latency() {
        let mut flights = Flights::new(100);
        assert_eq!(flights.limit(), 8);
        for _ in 0..200 {
            flights.answered(Duration::from_millis(100), 400);
        }
        // 400 a second, 0.1 s each: 40 are in flight, and twice of that is the limit.
        assert_eq!(flights.limit(), 80);
        for _ in 0..200 {
            flights.answered(Duration::from_secs(2), 400);
        }
        assert_eq!(flights.limit(), 100);
        for second in 0..3 {
            flights.unanswered(Duration::from_secs(second));
            flights.unanswered(Duration::from_secs(second));
        }
        assert_eq!(flights.limit(), 12);
        for second in 3..20 {
            flights.unanswered(Duration::from_secs(second));
        }
        assert_eq!(flights.limit(), 1);
    }
}
