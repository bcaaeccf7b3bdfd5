use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::pace::Pace;

/// How far ahead starts are given.
const AHEAD: Duration = Duration::from_secs(1);
/// After this time without a reservation, the pace starts low again, and a lower rate is forgotten.
const IDLE: Duration = Duration::from_secs(30);

/// The pace of several senders of one merchant, as their store keeps it. In no second, wherever it begins, more requests
/// start than the lowest of their rates allows.
///
/// A store keeps it in one place, changes it under a lock, and writes it back: see [`Store::reserve`](super::Store::reserve).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SharedPace(Option<Kept>);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    pace: Pace,
    /// When a sender last asked with the lowest rate.
    lowest: Duration,
    last: Duration,
}

/// What a sender asks of a pace that it shares.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reservation {
    /// How many requests it wants to start, at least one.
    pub starts: u32,
    /// The [rate](super::Policy::rate) of its policy.
    pub rate: u32,
    /// Since its last reservation, the platform said that there were too many requests, and asked to wait so long.
    pub limited: Option<Duration>,
    /// Since its last reservation, a request succeeded.
    pub succeeded: bool,
}

impl Reservation {
    /// Asks for a number of starts.
    pub fn new(starts: u32, rate: u32) -> Self {
        Self { starts: starts.max(1), rate: rate.max(1), limited: None, succeeded: false }
    }
}

/// When requests may start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Starts {
    /// How long after this was returned each of them may start; ascending. May be fewer than were asked for, or none.
    /// Each must be used within 30 ms, or not at all.
    pub after: Vec<Duration>,
    /// After what time it is worth to ask again, if there are none.
    pub again: Duration,
    /// The pace, in requests per second.
    pub rate: u32,
}

impl SharedPace {
    /// Reserves starts. `now` is the time by the one clock of the store, since any moment that stays the same, such as
    /// 1970.
    ///
    /// `uncertainty` says how far off the starts can be when they are used, because the sender hears of them late, or its
    /// clock is not the store's. The pace is lower by this part of a second, so that the rate is kept all the same.
    pub fn reserve(&mut self, now: Duration, uncertainty: Duration, asked: &Reservation) -> Starts {
        let asked_rate = asked.rate.max(1);
        let new = || Kept { pace: Pace::new(asked_rate, now), lowest: now, last: now };
        let kept = self.0.get_or_insert_with(new);
        kept.pace.set_back_to(now, AHEAD.saturating_mul(2));
        kept.lowest = kept.lowest.min(now);
        kept.last = kept.last.min(now);
        if now > kept.last.saturating_add(IDLE) {
            kept.pace.restart(asked_rate);
            kept.lowest = now;
        }
        kept.last = now;
        if asked_rate <= kept.pace.most() || now > kept.lowest.saturating_add(IDLE) {
            kept.pace.allow(asked_rate);
            kept.lowest = now;
        }
        if let Some(wait) = asked.limited {
            kept.pace.limited(now, wait);
        } else if asked.succeeded {
            kept.pace.succeeded(now);
        }
        let mut starts = Starts { rate: kept.pace.rate(), ..Starts::default() };
        for _ in 0..asked.starts {
            match kept.pace.reserve(now, now.saturating_add(AHEAD), uncertainty) {
                Ok(at) => starts.after.push(at.saturating_sub(now)),
                Err(at) => {
                    starts.again = at.saturating_sub(now).saturating_sub(AHEAD);
                    break;
                }
            }
        }
        starts
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "tests")]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn starts_are_even_and_shared() {
        let (mut pace, mut now) = (SharedPace::default(), Duration::from_secs(1_000_000));
        let mut starts = Vec::new();
        // Two senders ask by turns, a hundred times a second, for ten seconds.
        for _ in 0..1000 {
            let mut asked = Reservation::new(3, 200);
            asked.succeeded = true;
            starts.extend(pace.reserve(now, Duration::ZERO, &asked).after.iter().map(|after| now + *after));
            now += 10 * MS;
        }
        assert!(starts.is_sorted());
        let in_second = |from: Duration| {
            starts.iter().filter(|at| **at >= from && **at < from + Duration::from_secs(1)).count()
        };
        assert!(starts.iter().map(|at| in_second(*at)).max() <= Some(200));
        assert!(starts.iter().map(|at| in_second(*at)).max() >= Some(194));
        // It starts with a tenth, and rises by a tenth each second.
        assert!(in_second(Duration::from_secs(1_000_000)) <= 40);
    }

    #[test]
    fn the_lowest_rate_of_those_who_ask_counts() {
        let (mut pace, mut now) = (SharedPace::default(), Duration::from_secs(100));
        let mut ask = |now, rate| pace.reserve(now, Duration::ZERO, &Reservation::new(1, rate)).rate;
        assert_eq!(ask(now, 500), 50);
        assert_eq!(ask(now, 10), 10);
        for _ in 0..29 {
            now += Duration::from_secs(1);
            assert_eq!(ask(now, 500), 10);
        }
        now += Duration::from_secs(2);
        assert_eq!(ask(now, 500), 10);
        let mut asked = Reservation::new(1, 500);
        asked.succeeded = true;
        assert_eq!(pace.reserve(now + Duration::from_secs(1), Duration::ZERO, &asked).rate, 60);
    }

    #[test]
    fn one_sender_that_is_limited_slows_all_of_them() {
        let (mut pace, now) = (SharedPace::default(), Duration::from_secs(100));
        let mut asked = Reservation::new(1, 500);
        assert_eq!(pace.reserve(now, Duration::ZERO, &asked).rate, 50);
        asked.limited = Some(Duration::from_secs(20));
        let starts = pace.reserve(now, Duration::ZERO, &asked);
        assert_eq!((starts.rate, starts.after.len()), (25, 0));
        assert_eq!(starts.again, Duration::from_secs(19));
        let other = pace.reserve(now + Duration::from_secs(10), Duration::ZERO, &Reservation::new(1, 500));
        assert_eq!((other.rate, other.after.len()), (25, 0));
        let later = pace.reserve(now + Duration::from_secs(20), Duration::ZERO, &Reservation::new(1, 500));
        assert_eq!((later.rate, later.after.len()), (25, 1));
    }

    #[test]
    fn a_clock_that_goes_back_does_not_stop_the_pace() {
        let mut pace = SharedPace::default();
        let mut asked = Reservation::new(1, 500);
        asked.limited = Some(Duration::from_secs(600));
        pace.reserve(Duration::from_secs(1_000_000), Duration::ZERO, &asked);
        let now = Duration::from_secs(500_000);
        let starts = pace.reserve(now, Duration::ZERO, &Reservation::new(1, 500));
        assert!(starts.again <= Duration::from_secs(600), "{starts:?}");
        let starts = pace.reserve(now + Duration::from_secs(600), Duration::ZERO, &Reservation::new(1, 500));
        assert_eq!(starts.after.len(), 1);
    }

    #[test]
    fn uncertainty_makes_the_pace_lower() {
        let (mut pace, now) = (SharedPace::default(), Duration::from_secs(100));
        let asked = Reservation::new(3, 10);
        let sure = pace.reserve(now, Duration::ZERO, &asked).after;
        let mut pace = SharedPace::default();
        let unsure = pace.reserve(now, 250 * MS, &asked).after;
        assert_eq!(sure.len(), 1);
        assert_eq!(unsure.len(), 1);
        let next = |uncertainty| {
            let mut pace = SharedPace::default();
            pace.reserve(now, uncertainty, &Reservation::new(1, 100));
            pace.reserve(now, uncertainty, &Reservation::new(1, 100)).after[0]
        };
        // A quarter of a second off: a quarter more between them.
        let (unsure, sure) = (next(250 * MS).as_micros() * 4, next(Duration::ZERO).as_micros() * 5);
        assert!(unsure.abs_diff(sure) < 10, "{unsure} {sure}");
    }
}
