//! Limits fetches of platform certificates: one at a time, and not too often.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::types::UnixSeconds;

/// The minimum interval between fetches, in seconds. Without it, every response with a non-existent serial would cause
/// a fetch.
const AFTER_SUCCESS: u64 = 60;
const AFTER_FAILURE: u64 = 10;

/// Allows one caller at a time to fetch, and not too often. Clones share the same gate.
#[derive(Clone, Default)]
pub(super) struct FetchGate(Arc<Mutex<Gate>>);

#[derive(Default)]
struct Gate {
    in_progress: bool,
    not_before: UnixSeconds,
}

/// The result of requesting the right to fetch.
pub(crate) enum Fetch {
    /// The caller may fetch.
    Granted(FetchPermit),
    /// Another caller is fetching. Try again soon.
    InProgress,
    /// The last fetch was too recent, so another one is unlikely to help.
    TooSoon,
}

/// The right to fetch. Dropping it without [`done`](Self::done), for example when the caller is cancelled, allows the
/// next caller to fetch.
pub(crate) struct FetchPermit(FetchGate);

impl FetchGate {
    /// Requests the right to fetch. `now` is the local time.
    pub(super) fn request(&self, now: UnixSeconds) -> Fetch {
        let mut gate = self.lock();
        // If the clock was set back, the wait can exceed the interval. It must not block fetches for longer than that.
        let wait = gate.not_before.saturating_sub(now);
        if gate.in_progress {
            Fetch::InProgress
        } else if (1..=AFTER_SUCCESS).contains(&wait) {
            Fetch::TooSoon
        } else {
            gate.in_progress = true;
            Fetch::Granted(FetchPermit(self.clone()))
        }
    }

    fn lock(&self) -> MutexGuard<'_, Gate> {
        // A poisoned lock is harmless: the two fields are valid independently of each other.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FetchPermit {
    /// Records that the fetch finished, and whether it returned certificates.
    pub(crate) fn done(self, success: bool, now: UnixSeconds) {
        let pause = if success { AFTER_SUCCESS } else { AFTER_FAILURE };
        self.0.lock().not_before = now.saturating_add(pause);
    }
}

impl Drop for FetchPermit {
    fn drop(&mut self) {
        self.0.lock().in_progress = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fetches_are_exclusive_and_rate_limited() {
        let gate = FetchGate::default();
        let shared = gate.clone();
        let Fetch::Granted(permit) = gate.request(1000) else { panic!() };
        assert!(matches!(shared.request(1000), Fetch::InProgress));
        permit.done(true, 1000);
        for (now, again) in [(1000, false), (1059, false), (1060, true), (0, true)] {
            let fetch = shared.request(now);
            assert_eq!(matches!(fetch, Fetch::Granted(_)), again, "{now}");
            assert_eq!(matches!(fetch, Fetch::TooSoon), !again, "{now}");
        }
        let Fetch::Granted(permit) = gate.request(2000) else { panic!() };
        permit.done(false, 2000);
        assert!(matches!(gate.request(2009), Fetch::TooSoon));
        assert!(matches!(gate.request(2010), Fetch::Granted(_)));
        // The last permit was dropped without `done`.
        assert!(matches!(gate.request(2010), Fetch::Granted(_)));
        assert!(matches!(FetchGate::default().request(0), Fetch::Granted(_)));
    }

    /// No caller's code runs while the gate is locked. Fetches must still be possible after a panic there.
    #[test]
    fn a_poisoned_lock_does_not_block_fetches() {
        let gate = FetchGate::default();
        let Fetch::Granted(permit) = gate.request(1000) else { panic!() };
        let locked = gate.clone();
        let panics = std::thread::spawn(move || {
            let _locked = locked.0.lock().unwrap();
            panic!("panic while locked");
        });
        assert!(panics.join().is_err() && gate.0.is_poisoned());
        assert!(matches!(gate.request(1000), Fetch::InProgress));
        drop(permit);
        let Fetch::Granted(permit) = gate.request(1000) else { panic!() };
        permit.done(true, 1000);
        assert!(matches!(gate.request(1059), Fetch::TooSoon));
    }
}
