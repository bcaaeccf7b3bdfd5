use std::time::Duration;

/// How a [`Sender`](super::Sender) works.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// The most requests that are started in any second. For coupons, WeChat Pay allows 500, and this cannot be raised.
    pub rate: u32,
    /// The most requests in flight. The driver's own limit must not be lower.
    pub max_in_flight: usize,
    /// For how long a request that may have taken effect is repeated. For how long WeChat Pay recognises a repeated
    /// `out_request_no` of a coupon is not documented.
    pub window: Duration,
    /// How many successes the campaign must have before more than one request is in flight.
    pub canary: u64,
    /// The most intents that are begun. `None` means all.
    pub limit: Option<u64>,
    /// Whether a doubtful intent is looked for with queries.
    pub search: bool,
    /// Whether a rejection of the identical request, six minutes after the last attempt that may have taken effect,
    /// proves that it did not. That holds only if the platform looks at the number of the request before its limits, which
    /// is not documented.
    pub settle_by_repeat: bool,
}

impl Default for Policy {
    /// 400 requests a second, 100 in flight, a window of 24 hours, one canary, no limit. Doubtful intents are looked for,
    /// and not settled by repetition.
    fn default() -> Self {
        Self {
            rate: 400,
            max_in_flight: 100,
            window: Duration::from_secs(24 * 60 * 60),
            canary: 1,
            limit: None,
            search: true,
            settle_by_repeat: false,
        }
    }
}

impl Policy {
    /// Sets the most requests that are started in any second. At least one.
    #[must_use]
    pub fn with_rate(mut self, rate: u32) -> Self {
        self.rate = rate.max(1);
        self
    }

    /// Sets the most requests in flight. At least one.
    #[must_use]
    pub fn with_max_in_flight(mut self, max_in_flight: usize) -> Self {
        self.max_in_flight = max_in_flight.max(1);
        self
    }

    /// Sets for how long a request that may have taken effect is repeated.
    #[must_use]
    pub fn with_window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// Sets how many successes the campaign must have before more than one request is in flight.
    #[must_use]
    pub fn with_canary(mut self, canary: u64) -> Self {
        self.canary = canary;
        self
    }

    /// Sets the most intents that are begun.
    #[must_use]
    pub fn with_limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Sets whether a doubtful intent is looked for with queries.
    #[must_use]
    pub fn with_search(mut self, search: bool) -> Self {
        self.search = search;
        self
    }

    /// Sets whether a late rejection of the identical request settles a doubtful intent. See
    /// [`settle_by_repeat`](Self::settle_by_repeat).
    #[must_use]
    pub fn with_settle_by_repeat(mut self, settle_by_repeat: bool) -> Self {
        self.settle_by_repeat = settle_by_repeat;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setter_sets_its_value_and_no_other() {
        let with = |change: fn(&mut Policy)| {
            let mut policy = Policy::default();
            change(&mut policy);
            policy
        };
        let policy = Policy::default;
        let minute = Duration::from_secs(60);
        for (set, expected) in [
            (policy().with_rate(7), with(|it| it.rate = 7)),
            (policy().with_rate(0), with(|it| it.rate = 1)),
            (policy().with_max_in_flight(7), with(|it| it.max_in_flight = 7)),
            (policy().with_max_in_flight(0), with(|it| it.max_in_flight = 1)),
            (policy().with_window(minute), with(|it| it.window = Duration::from_secs(60))),
            (policy().with_canary(7), with(|it| it.canary = 7)),
            (policy().with_limit(7), with(|it| it.limit = Some(7))),
            (policy().with_search(false), with(|it| it.search = false)),
            (policy().with_settle_by_repeat(true), with(|it| it.settle_by_repeat = true)),
        ] {
            assert_eq!(set, expected);
            assert_ne!(set, policy());
        }
    }
}
