use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// Users for whom a request may still be under way at the platform, because no answer came.
#[derive(Debug, Clone, Default)]
pub(super) struct Unanswered {
    since: HashMap<u64, Duration>,
    order: VecDeque<(Duration, u64)>,
}

impl Unanswered {
    /// For how long a request without an answer may still be under way.
    const LONGEST: Duration = Duration::from_secs(60);

    pub(super) fn add(&mut self, user: u64, now: Duration) {
        while let Some((since, old)) = self.order.front().copied()
            && since.saturating_add(Self::LONGEST) < now
        {
            self.order.pop_front();
            if self.since.get(&old) == Some(&since) {
                self.since.remove(&old);
            }
        }
        self.order.push_back((now, user));
        self.since.insert(user, now);
    }

    pub(super) fn contains(&self, user: u64, now: Duration) -> bool {
        self.since.get(&user).is_some_and(|since| since.saturating_add(Self::LONGEST) >= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_forgotten_a_minute_after_the_last_request() {
        let (mut unanswered, second) = (Unanswered::default(), Duration::from_secs(1));
        unanswered.add(1, second);
        unanswered.add(1, second * 30);
        assert!(unanswered.contains(1, second * 90) && !unanswered.contains(1, second * 91));
        unanswered.add(2, second * 62);
        assert!(unanswered.contains(1, second * 62));
        unanswered.add(2, second * 200);
        assert_eq!((unanswered.since.len(), unanswered.order.len()), (1, 1));
    }
}
