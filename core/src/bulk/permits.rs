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
