//! Limits fetches of platform certificates: one at a time for each merchant, and not too often.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, ErrorCode, TransportError, TransportErrorKind};
use crate::types::{Mchid, UnixSeconds};

/// The minimum interval between fetches, in seconds. Without it, every response with a non-existent serial would cause
/// a fetch.
const AFTER_SUCCESS: u64 = 60;
const AFTER_FAILURE: u64 = 10;

/// Allows one caller at a time to fetch for a merchant, and not too often. Merchants do not wait for each other. Clones
/// share the same gate.
#[derive(Clone, Default)]
pub(super) struct FetchGate(Arc<Mutex<BTreeMap<Mchid, Gate>>>);

/// What certificates are fetched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FetchFor {
    /// A response to a request of this program.
    Response,
    /// A callback, which anyone can send. A fetch for it does not delay one for a response.
    Callback,
}

#[derive(Default)]
struct Gate {
    /// The number of permits given so far. Only the last one is valid.
    permits: u64,
    /// The last permit, until it is returned or has expired.
    in_progress: Option<Span>,
    /// The pause after the last fetch for a response, which holds for all.
    pause: Pause,
    /// The pause after the last fetch for a callback, which holds for callbacks.
    callback_pause: Pause,
}

/// A pause after a fetch.
#[derive(Default)]
struct Pause {
    span: Option<Span>,
    /// Why the fetch failed, if it did.
    cause: Option<Arc<Error>>,
}

impl Pause {
    fn new(start: UnixSeconds, cause: Option<Arc<Error>>) -> Self {
        // A merchant that uses the public key only has no certificates. That is an answer, not a failure.
        let none_exist = |error: &Error| {
            error
                .api()
                .is_some_and(|api| api.is_verified() && api.code() == Some(&ErrorCode::ResourceNotExists))
        };
        let seconds = if cause.as_deref().is_none_or(none_exist) { AFTER_SUCCESS } else { AFTER_FAILURE };
        Self { span: Some(Span::new(start, seconds)), cause }
    }

    /// Returns how many seconds are left, and why the fetch failed.
    fn left(&mut self, now: UnixSeconds) -> Option<(u64, Option<Arc<Error>>)> {
        Some((self.span.as_mut()?.left(now)?, self.cause.clone()))
    }
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
/// cancelled, allows the next caller to fetch. For callbacks there is a pause before, as after a failure: whoever sends a
/// callback and closes the connection at once must not cause one fetch after the other.
pub(crate) struct FetchPermit {
    gate: FetchGate,
    mchid: Mchid,
    reader: FetchFor,
    number: u64,
    /// When the last request was sent or awaited, while the result is not known.
    active: Option<UnixSeconds>,
}

impl FetchGate {
    /// Requests the right to fetch for a merchant. `now` is the local time.
    pub(super) fn request(&self, mchid: &Mchid, reader: FetchFor, now: UnixSeconds) -> Fetch {
        let mut gates = self.lock();
        let gate = gates.entry(mchid.clone()).or_default();
        if gate.in_progress.as_mut().is_some_and(|permit| permit.left(now).is_some()) {
            return Fetch::InProgress;
        }
        let callbacks = if reader == FetchFor::Callback { gate.callback_pause.left(now) } else { None };
        let pauses = [gate.pause.left(now), callbacks];
        if let Some((seconds, cause)) = pauses.into_iter().flatten().max_by_key(|(seconds, _)| *seconds) {
            return Fetch::TooSoon { wait: Duration::from_secs(seconds), cause };
        }
        gate.permits = gate.permits.wrapping_add(1);
        // The caller says at once how long it needs.
        gate.in_progress = Some(Span::new(now, 1));
        let (mchid, number) = (mchid.clone(), gate.permits);
        Fetch::Granted(FetchPermit { gate: self.clone(), mchid, reader, number, active: None })
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
    pub(crate) fn extend(&mut self, now: UnixSeconds, time: Duration) {
        self.active = Some(now);
        // Rounded up, with a second for the caller to report the result.
        let seconds = time.as_secs().saturating_add(2);
        self.update(|gate| gate.in_progress = Some(Span::new(now, seconds)));
    }

    /// Records that the fetch ended, and its error if it failed. Returns how long no fetch is made from now on.
    pub(crate) fn done(mut self, failure: Option<Arc<Error>>, now: UnixSeconds) -> Duration {
        self.active = None;
        let pause = Pause::new(now, failure);
        let seconds = pause.span.map_or(0, |span| span.seconds);
        self.pause(pause);
        Duration::from_secs(seconds)
    }

    /// Gives the right back, because the fetch is no longer needed.
    pub(crate) fn give_back(mut self) {
        self.active = None;
    }

    fn pause(&self, pause: Pause) {
        let reader = self.reader;
        self.update(|gate| match reader {
            FetchFor::Response => gate.pause = pause,
            FetchFor::Callback => gate.callback_pause = pause,
        });
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
        if let Some(since) = self.active.filter(|_| self.reader == FetchFor::Callback) {
            let reason = "the callback that they were fetched for was cancelled";
            let cause = TransportError::new(TransportErrorKind::MaybeSent, reason);
            self.pause(Pause::new(since, Some(Arc::new(cause.into()))));
        }
        self.update(|gate| gate.in_progress = None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FetchFor::{Callback, Response};

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
        let permit = granted(gate.request(&merchant, Response, 1000));
        assert!(matches!(shared.request(&merchant, Response, 1000), Fetch::InProgress));
        permit.done(None, 1000);
        for (now, wait) in [(1000, Some(60)), (1059, Some(1)), (1060, None)] {
            assert_eq!(waits(&shared.request(&merchant, Response, now)), wait, "{now}");
        }
        let permit = granted(gate.request(&merchant, Response, 2000));
        permit.done(failure(), 2005);
        // Everybody who comes during the pause is told why.
        let Fetch::TooSoon { wait, cause: Some(cause) } = gate.request(&merchant, Response, 2014) else {
            panic!()
        };
        assert_eq!((wait.as_secs(), cause.to_string()), (1, "no complete response was received".to_owned()));
        drop(granted(gate.request(&merchant, Response, 2015)));
        // The last permit was dropped without `done`.
        granted(gate.request(&merchant, Response, 2015));
    }

    #[test]
    fn merchants_do_not_wait_for_each_other() {
        let gate = FetchGate::default();
        let (one, two) = (Mchid::from("1"), Mchid::from("2"));
        let first = granted(gate.request(&one, Response, 1000));
        granted(gate.request(&two, Response, 1000)).done(failure(), 1000);
        assert!(matches!(gate.request(&one, Response, 1000), Fetch::InProgress));
        assert_eq!(waits(&gate.request(&two, Response, 1000)), Some(10));
        drop(first);
        granted(gate.request(&one, Response, 1000));
    }

    /// Anyone can send callbacks, so what they cause must not delay what responses need.
    #[test]
    fn a_fetch_for_a_callback_delays_callbacks_only() {
        let (gate, merchant) = (FetchGate::default(), Mchid::from("1"));
        let permit = granted(gate.request(&merchant, Callback, 1000));
        // Both never fetch at the same time.
        assert!(matches!(gate.request(&merchant, Response, 1000), Fetch::InProgress));
        permit.done(None, 1000);
        assert_eq!(waits(&gate.request(&merchant, Callback, 1000)), Some(60));
        let permit = granted(gate.request(&merchant, Response, 1000));
        assert!(matches!(gate.request(&merchant, Callback, 1000), Fetch::InProgress));
        permit.done(failure(), 1055);
        // Callbacks observe both pauses. The cause is that of the longer one.
        let Fetch::TooSoon { wait, cause: Some(_) } = gate.request(&merchant, Callback, 1056) else {
            panic!()
        };
        assert_eq!(wait.as_secs(), 9);
        assert_eq!(waits(&gate.request(&merchant, Response, 1056)), Some(9));
        granted(gate.request(&merchant, Callback, 1065)).done(failure(), 1065);
        assert_eq!(waits(&gate.request(&merchant, Callback, 1074)), Some(1));
        granted(gate.request(&merchant, Callback, 1075));
    }

    #[test]
    fn a_fetch_for_a_callback_that_is_cancelled_is_not_repeated_at_once() {
        let (gate, merchant) = (FetchGate::default(), Mchid::from("1"));
        // Nothing was sent.
        drop(granted(gate.request(&merchant, Callback, 1000)));
        let mut cancelled = granted(gate.request(&merchant, Callback, 1000));
        cancelled.extend(1000, Duration::from_secs(1));
        drop(cancelled);
        let Fetch::TooSoon { wait, cause: Some(cause) } = gate.request(&merchant, Callback, 1003) else {
            panic!()
        };
        assert_eq!(wait.as_secs(), 7);
        assert!(
            format!("{cause:#}").ends_with("the callback that they were fetched for was cancelled"),
            "{cause:#}"
        );
        // A fetch that is no longer needed leaves no pause, and neither does one for a response.
        for reader in [Callback, Response] {
            let mut permit = granted(gate.request(&merchant, reader, 1010));
            permit.extend(1010, Duration::from_secs(1));
            if reader == Callback { permit.give_back() } else { drop(permit) }
        }
        granted(gate.request(&merchant, Callback, 1010));
    }

    #[test]
    fn a_permit_expires_and_is_then_without_effect() {
        let (gate, merchant) = (FetchGate::default(), Mchid::from("1"));
        let mut lost = granted(gate.request(&merchant, Response, 1000));
        lost.extend(1000, Duration::from_secs(10));
        assert!(matches!(gate.request(&merchant, Response, 1011), Fetch::InProgress));
        assert!(lost.is_valid());
        let mut next = granted(gate.request(&merchant, Response, 1012));
        next.extend(1012, Duration::from_secs(10));
        assert!(next.is_valid() && !lost.is_valid());
        // Neither the result nor the end of the expired permit changes anything for the next one.
        lost.extend(1012, Duration::from_secs(1000));
        lost.done(failure(), 1012);
        assert!(matches!(gate.request(&merchant, Response, 1013), Fetch::InProgress));
        drop(next);
        granted(gate.request(&merchant, Response, 1013));
    }

    #[test]
    fn a_permit_that_is_not_extended_expires_after_a_second() {
        let (gate, merchant) = (FetchGate::default(), Mchid::from("1"));
        let lost = granted(gate.request(&merchant, Response, 1000));
        assert!(matches!(gate.request(&merchant, Response, 1000), Fetch::InProgress));
        let next = granted(gate.request(&merchant, Response, 1001));
        // The lost one does not end the right of the next one.
        drop(lost);
        assert!(matches!(gate.request(&merchant, Response, 1001), Fetch::InProgress));
        // The holder learns how long the pause is.
        assert_eq!(next.done(None, 1001), Duration::from_secs(60));
        assert_eq!(
            granted(gate.request(&merchant, Response, 1061)).done(failure(), 1061),
            Duration::from_secs(10)
        );
    }

    #[test]
    fn a_clock_that_was_set_back_lets_each_span_begin_again() {
        let (gate, merchant) = (FetchGate::default(), Mchid::from("1"));
        let mut permit = granted(gate.request(&merchant, Response, 100_000));
        permit.extend(100_000, Duration::from_secs(10));
        for now in [500, 511] {
            assert!(matches!(gate.request(&merchant, Response, now), Fetch::InProgress), "{now}");
        }
        let next = granted(gate.request(&merchant, Response, 512));
        drop(permit);
        next.done(None, 100_000);
        assert_eq!(waits(&gate.request(&merchant, Response, 500)), Some(60));
        assert_eq!(waits(&gate.request(&merchant, Response, 559)), Some(1));
        granted(gate.request(&merchant, Response, 560));
    }

    /// No caller's code runs while the gate is locked. Fetches must still be possible after a panic there.
    #[test]
    fn a_poisoned_lock_does_not_block_fetches() {
        let (gate, merchant) = (FetchGate::default(), Mchid::from("1"));
        let permit = granted(gate.request(&merchant, Response, 1000));
        let locked = gate.clone();
        let panics = std::thread::spawn(move || {
            let _locked = locked.0.lock().unwrap();
            panic!("panic while locked");
        });
        assert!(panics.join().is_err() && gate.0.is_poisoned());
        assert!(matches!(gate.request(&merchant, Response, 1000), Fetch::InProgress));
        drop(permit);
        granted(gate.request(&merchant, Response, 1000)).done(None, 1000);
        assert_eq!(waits(&gate.request(&merchant, Response, 1059)), Some(1));
    }
}
