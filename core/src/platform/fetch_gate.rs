//! Limits fetches of platform certificates: one at a time for each merchant, and not too often.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::Error;
use crate::types::{Mchid, UnixSeconds};

/// The minimum interval between fetches, in seconds. Without it, every response with a non-existent serial would cause
/// a fetch.
const AFTER_SUCCESS: u64 = 60;
const AFTER_FAILURE: u64 = 10;

/// Allows one caller at a time to fetch for a merchant, and not too often. Merchants do not wait for each other. Clones
/// share the same gate.
#[derive(Clone, Default)]
pub(super) struct FetchGate(Arc<Mutex<BTreeMap<Mchid, Gate>>>);

#[derive(Default)]
struct Gate {
    /// The number of permits given so far. Only the last one is valid.
    permits: u64,
    /// The last permit, until it is returned or has expired.
    in_progress: Option<Span>,
    /// The pause after the last fetch, and why that fetch failed.
    pause: Option<(Span, Option<Arc<Error>>)>,
}

/// A span of wall-clock time.
#[derive(Clone, Copy)]
struct Span {
    end: UnixSeconds,
    seconds: u64,
}

impl Span {
    fn new(start: UnixSeconds, seconds: u64) -> Self {
        Self { end: start.saturating_add(seconds), seconds }
    }

    /// Returns how many seconds are left. If the clock was set back, the span begins again, so that it never lasts much
    /// longer than it should.
    fn left(&mut self, now: UnixSeconds) -> Option<u64> {
        self.end = self.end.min(now.saturating_add(self.seconds));
        self.end.checked_sub(now).filter(|left| *left > 0)
    }
}

/// The result of requesting the right to fetch.
pub(crate) enum Fetch {
    /// The caller may fetch.
    Granted(FetchPermit),
    /// Another caller is fetching. Try again soon.
    InProgress,
    /// The last fetch was too recent, so another one is unlikely to help.
    TooSoon {
        /// How long no fetch is made.
        wait: Duration,
        /// Why the last fetch failed, if it did.
        cause: Option<Arc<Error>>,
    },
}

/// The right to fetch, until it expires. Dropping it without [`done`](Self::done), for example when the caller is
/// cancelled, allows the next caller to fetch.
pub(crate) struct FetchPermit {
    gate: FetchGate,
    mchid: Mchid,
    number: u64,
}

impl FetchGate {
    /// Requests the right to fetch for a merchant. `now` is the local time.
    pub(super) fn request(&self, mchid: &Mchid, now: UnixSeconds) -> Fetch {
        let mut gates = self.lock();
        let gate = gates.entry(mchid.clone()).or_default();
        if gate.in_progress.as_mut().is_some_and(|permit| permit.left(now).is_some()) {
            return Fetch::InProgress;
        }
        if let Some((pause, cause)) = &mut gate.pause
            && let Some(seconds) = pause.left(now)
        {
            return Fetch::TooSoon { wait: Duration::from_secs(seconds), cause: cause.clone() };
        }
        gate.permits = gate.permits.wrapping_add(1);
        // The caller says at once how long it needs.
        gate.in_progress = Some(Span::new(now, 1));
        Fetch::Granted(FetchPermit { gate: self.clone(), mchid: mchid.clone(), number: gate.permits })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Mchid, Gate>> {
        // A poisoned lock is harmless: the fields are valid independently of each other.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FetchPermit {
    /// Whether the right still belongs to this caller. It does not if it had expired and was given to another one.
    pub(crate) fn is_valid(&self) -> bool {
        self.gate.lock().get(&self.mchid).is_some_and(|gate| gate.permits == self.number)
    }

    /// Keeps the right for at least this time from now on. It expires then, because a caller that is never heard of
    /// again must not hold up the others.
    pub(crate) fn extend(&self, now: UnixSeconds, time: Duration) {
        // Rounded up, with a second for the caller to report the result.
        let seconds = time.as_secs().saturating_add(2);
        self.update(|gate| gate.in_progress = Some(Span::new(now, seconds)));
    }

    /// Records that the fetch ended, and its error if it failed. Returns how long no fetch is made from now on.
    pub(crate) fn done(self, failure: Option<Arc<Error>>, now: UnixSeconds) -> Duration {
        let seconds = if failure.is_none() { AFTER_SUCCESS } else { AFTER_FAILURE };
        self.update(|gate| gate.pause = Some((Span::new(now, seconds), failure)));
        Duration::from_secs(seconds)
    }

    /// Changes the gate, unless the permit has expired and another one was given.
    fn update(&self, change: impl FnOnce(&mut Gate)) {
        if let Some(gate) = self.gate.lock().get_mut(&self.mchid).filter(|gate| gate.permits == self.number) {
            change(gate);
        }
    }
}

impl Drop for FetchPermit {
    fn drop(&mut self) {
        self.update(|gate| gate.in_progress = None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{TransportError, TransportErrorKind};

    fn granted(fetch: Fetch) -> FetchPermit {
        match fetch {
            Fetch::Granted(permit) => permit,
            Fetch::InProgress => panic!("in progress"),
            Fetch::TooSoon { wait, .. } => panic!("too soon: {wait:?}"),
        }
    }

    fn waits(fetch: &Fetch) -> Option<u64> {
        match fetch {
            Fetch::TooSoon { wait, .. } => Some(wait.as_secs()),
            _ => None,
        }
    }

    fn failure() -> Option<Arc<Error>> {
        Some(Arc::new(TransportError::from(TransportErrorKind::MaybeSent).into()))
    }

    #[test]
    fn fetches_are_exclusive_and_rate_limited() {
        let (gate, merchant) = (FetchGate::default(), Mchid::from("1"));
        let shared = gate.clone();
        let permit = granted(gate.request(&merchant, 1000));
        assert!(matches!(shared.request(&merchant, 1000), Fetch::InProgress));
        permit.done(None, 1000);
        for (now, wait) in [(1000, Some(60)), (1059, Some(1)), (1060, None)] {
            assert_eq!(waits(&shared.request(&merchant, now)), wait, "{now}");
        }
        let permit = granted(gate.request(&merchant, 2000));
        permit.done(failure(), 2005);
        // Everybody who comes during the pause is told why.
        let Fetch::TooSoon { wait, cause: Some(cause) } = gate.request(&merchant, 2014) else { panic!() };
        assert_eq!((wait.as_secs(), cause.to_string()), (1, "no complete response was received".to_owned()));
        drop(granted(gate.request(&merchant, 2015)));
        // The last permit was dropped without `done`.
        granted(gate.request(&merchant, 2015));
    }

    #[test]
    fn merchants_do_not_wait_for_each_other() {
        let gate = FetchGate::default();
        let (one, two) = (Mchid::from("1"), Mchid::from("2"));
        let first = granted(gate.request(&one, 1000));
        granted(gate.request(&two, 1000)).done(failure(), 1000);
        assert!(matches!(gate.request(&one, 1000), Fetch::InProgress));
        assert_eq!(waits(&gate.request(&two, 1000)), Some(10));
        drop(first);
        granted(gate.request(&one, 1000));
    }

    #[test]
    fn a_permit_expires_and_is_then_without_effect() {
        let (gate, merchant) = (FetchGate::default(), Mchid::from("1"));
        let lost = granted(gate.request(&merchant, 1000));
        lost.extend(1000, Duration::from_secs(10));
        assert!(matches!(gate.request(&merchant, 1011), Fetch::InProgress));
        assert!(lost.is_valid());
        let next = granted(gate.request(&merchant, 1012));
        next.extend(1012, Duration::from_secs(10));
        assert!(next.is_valid() && !lost.is_valid());
        // Neither the result nor the end of the expired permit changes anything for the next one.
        lost.extend(1012, Duration::from_secs(1000));
        lost.done(failure(), 1012);
        assert!(matches!(gate.request(&merchant, 1013), Fetch::InProgress));
        drop(next);
        granted(gate.request(&merchant, 1013));
    }

    #[test]
    fn a_permit_that_is_not_extended_expires_after_a_second() {
        let (gate, merchant) = (FetchGate::default(), Mchid::from("1"));
        let lost = granted(gate.request(&merchant, 1000));
        assert!(matches!(gate.request(&merchant, 1000), Fetch::InProgress));
        let next = granted(gate.request(&merchant, 1001));
        // The lost one does not end the right of the next one.
        drop(lost);
        assert!(matches!(gate.request(&merchant, 1001), Fetch::InProgress));
        // The holder learns how long the pause is.
        assert_eq!(next.done(None, 1001), Duration::from_secs(60));
        assert_eq!(granted(gate.request(&merchant, 1061)).done(failure(), 1061), Duration::from_secs(10));
    }

    #[test]
    fn a_clock_that_was_set_back_lets_each_span_begin_again() {
        let (gate, merchant) = (FetchGate::default(), Mchid::from("1"));
        let permit = granted(gate.request(&merchant, 100_000));
        permit.extend(100_000, Duration::from_secs(10));
        for now in [500, 511] {
            assert!(matches!(gate.request(&merchant, now), Fetch::InProgress), "{now}");
        }
        let next = granted(gate.request(&merchant, 512));
        drop(permit);
        next.done(None, 100_000);
        assert_eq!(waits(&gate.request(&merchant, 500)), Some(60));
        assert_eq!(waits(&gate.request(&merchant, 559)), Some(1));
        granted(gate.request(&merchant, 560));
    }

    /// No caller's code runs while the gate is locked. Fetches must still be possible after a panic there.
    #[test]
    fn a_poisoned_lock_does_not_block_fetches() {
        let (gate, merchant) = (FetchGate::default(), Mchid::from("1"));
        let permit = granted(gate.request(&merchant, 1000));
        let locked = gate.clone();
        let panics = std::thread::spawn(move || {
            let _locked = locked.0.lock().unwrap();
            panic!("panic while locked");
        });
        assert!(panics.join().is_err() && gate.0.is_poisoned());
        assert!(matches!(gate.request(&merchant, 1000), Fetch::InProgress));
        drop(permit);
        granted(gate.request(&merchant, 1000)).done(None, 1000);
        assert_eq!(waits(&gate.request(&merchant, 1059)), Some(1));
    }
}
