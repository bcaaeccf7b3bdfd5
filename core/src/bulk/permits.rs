use std::collections::VecDeque;
use std::time::Duration;

use super::{Reservation, Starts};

/// Within what time a start must be used.
const USE: Duration = Duration::from_millis(30);
/// How many starts are asked for at a time.
const MOST: usize = 64;

/// The starts that a sender has of a pace that it shares.
#[derive(Debug, Default)]
pub(super) struct Permits {
    starts: VecDeque<Duration>,
    asking: bool,
    again: Duration,
    rate: u32,
    limited: Option<Duration>,
    succeeded: bool,
}

impl Permits {
    pub(super) fn rate(&self) -> u32 {
        self.rate.max(1)
    }

    pub(super) fn is_asking(&self) -> bool {
        self.asking
    }

    /// When it is worth to ask again.
    pub(super) fn again(&self) -> Duration {
        self.again
    }

    /// Uses a start now, or returns when the next one is.
    pub(super) fn start(&mut self, now: Duration) -> Result<(), Duration> {
        while let Some(at) = self.starts.front().copied() {
            if at > now {
                return Err(at);
            }
            self.starts.pop_front();
            if now <= at.saturating_add(USE) {
                return Ok(());
            }
        }
        // Not before something is asked for.
        Err(self.again.max(now.saturating_add(USE)))
    }

    /// What to ask for, so that there are as many starts as are wanted.
    pub(super) fn ask(&mut self, now: Duration, wanted: usize, rate: u32) -> Option<Reservation> {
        let missing = wanted.min(MOST).saturating_sub(self.starts.len());
        if self.asking || missing == 0 || now < self.again {
            return None;
        }
        self.asking = true;
        let mut reservation = Reservation::new(u32::try_from(missing).unwrap_or(u32::MAX), rate);
        reservation.limited = self.limited.take();
        reservation.succeeded = std::mem::take(&mut self.succeeded);
        Some(reservation)
    }

    pub(super) fn reserved(&mut self, now: Duration, starts: &Starts) {
        self.asking = false;
        self.rate = starts.rate;
        self.starts.extend(starts.after.iter().map(|after| now.saturating_add(*after)));
        let none = if starts.after.is_empty() { starts.again.max(USE) } else { Duration::ZERO };
        self.again = now.saturating_add(none);
    }

    pub(super) fn not_reserved(&mut self) {
        self.asking = false;
    }

    pub(super) fn succeeded(&mut self) {
        self.succeeded = true;
    }

    /// The platform received too many requests, and asks to wait. All senders must hear of it at once.
    pub(super) fn limited(&mut self, wait: Duration) {
        self.limited = self.limited.max(Some(wait));
        self.starts.clear();
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "tests")]
mod tests {
    use super::*;
    use crate::bulk::SharedPace;

    const MS: Duration = Duration::from_millis(1);

    /// A sender that starts requests as soon as it may, far away from the store.
    #[derive(Default)]
    struct Far {
        permits: Permits,
        /// When the answer of the store is there, and what it says.
        answer: Option<(Duration, Starts)>,
        /// Its process does nothing until then.
        asleep: Duration,
    }

    /// The next number of a series that looks random.
    fn dice(seed: &mut u64, below: u64) -> u64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) % below
    }

    /// Lets senders work for 20 s. Returns when requests started.
    fn work(senders: usize, rate: u32, trip: u64, seed: &mut u64) -> Vec<Duration> {
        let mut far: Vec<Far> = (0..senders).map(|_| Far::default()).collect();
        let (mut pace, mut now, mut starts) = (SharedPace::default(), Duration::ZERO, Vec::new());
        while now < Duration::from_secs(20) {
            for far in &mut far {
                if now < far.asleep {
                    continue;
                }
                if dice(seed, 2000) == 0 {
                    far.asleep = now + MS * u32::try_from(dice(seed, 400)).unwrap();
                }
                if let Some((_, starts)) = far.answer.take_if(|(at, _)| *at <= now) {
                    far.permits.reserved(now, &starts);
                }
                while far.permits.start(now).is_ok() {
                    starts.push(now);
                    far.permits.succeeded();
                }
                if let Some(asked) = far.permits.ask(now, 20, rate) {
                    let [there, back] = [(); 2].map(|()| MS * u32::try_from(dice(seed, trip)).unwrap());
                    // What the store knows of its way: it hears of the sender's request late, and answers late.
                    let uncertainty = 2 * MS * u32::try_from(trip).unwrap() + USE;
                    let answer = pace.reserve(now + there, uncertainty, &asked);
                    far.answer = Some((now + there + back, answer));
                }
            }
            now += MS;
        }
        starts.sort_unstable();
        starts
    }

    #[test]
    fn in_no_second_senders_start_more_together_than_the_rate() {
        for (seed, (senders, rate, trip)) in
            [(1, 500, 5), (2, 100, 20), (4, 500, 10), (4, 100, 50), (8, 250, 30), (3, 7, 10)]
                .into_iter()
                .enumerate()
        {
            let mut seed = u64::try_from(seed).unwrap();
            let starts = work(senders, rate, trip, &mut seed);
            let within =
                |from: usize| starts.partition_point(|at| *at < starts[from] + Duration::from_secs(1)) - from;
            let most = (0..starts.len()).map(within).max().unwrap();
            assert!(most <= rate as usize, "{most} of {rate}: {senders} senders, {trip} ms");
            // And it is used.
            let last = starts.partition_point(|at| *at < Duration::from_secs(15));
            let (used, all) = (starts.len() - last, rate as usize * 5);
            assert!(used * 100 >= all * 75, "{used} of {all}: {senders} senders, {trip} ms");
        }
    }
}
