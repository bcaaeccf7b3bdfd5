//! Limits fetches of platform certificates: one at a time, and not too often.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::types::UnixSeconds;

/// The minimum interval between fetches, in seconds. Without it, every response with a non-existent serial would cause
/// a fetch.
const AFTER_SUCCESS: u64 = 60;
const AFTER_FAILURE: u64 = 10;

/// Lets one caller at a time fetch, and not too often. Clones share the same gate.
#[derive(Clone, Default)]
pub(super) struct FetchGate(Arc<Mutex<Gate>>);

#[derive(Default)]
struct Gate {
    under_way: bool,
    not_before: UnixSeconds,
}

/// The result of asking for the right to fetch.
pub(crate) enum Fetch {
    /// The caller may fetch.
    Granted(FetchPermit),
    /// Another caller is fetching. Ask again soon.
    UnderWay,
    /// The last fetch was too recent, so another one is unlikely to help.
    TooSoon,
}

/// The right to fetch. Dropping it without [`done`](Self::done), for example when the caller is cancelled, lets the
/// next caller fetch.
pub(crate) struct FetchPermit(FetchGate);

impl FetchGate {
    /// Asks for the right to fetch. `now` is the local time.
    pub(super) fn ask(&self, now: UnixSeconds) -> Fetch {
        let mut gate = self.lock();
        // If the clock was set back, the wait can exceed the interval. It must not block fetches for longer than that.
        let wait = gate.not_before.saturating_sub(now);
        if gate.under_way {
            Fetch::UnderWay
        } else if (1..=AFTER_SUCCESS).contains(&wait) {
            Fetch::TooSoon
        } else {
            gate.under_way = true;
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
        self.0.lock().under_way = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_not_too_often() {
        let gate = FetchGate::default();
        let shared = gate.clone();
        let Fetch::Granted(permit) = gate.ask(1000) else { panic!() };
        assert!(matches!(shared.ask(1000), Fetch::UnderWay));
        permit.done(true, 1000);
        for (now, again) in [(1000, false), (1059, false), (1060, true), (0, true)] {
            let fetch = shared.ask(now);
            assert_eq!(matches!(fetch, Fetch::Granted(_)), again, "{now}");
            assert_eq!(matches!(fetch, Fetch::TooSoon), !again, "{now}");
        }
        let Fetch::Granted(permit) = gate.ask(2000) else { panic!() };
        permit.done(false, 2000);
        assert!(matches!(gate.ask(2009), Fetch::TooSoon));
        assert!(matches!(gate.ask(2010), Fetch::Granted(_)));
        // The last permit was dropped without `done`.
        assert!(matches!(gate.ask(2010), Fetch::Granted(_)));
        assert!(matches!(FetchGate::default().ask(0), Fetch::Granted(_)));
    }

    /// No caller's code runs while the gate is locked. Even after a panic there, fetching must go on.
    #[test]
    fn a_panic_while_it_is_locked_locks_nobody_out() {
        let gate = FetchGate::default();
        let Fetch::Granted(permit) = gate.ask(1000) else { panic!() };
        let locked = gate.clone();
        let panics = std::thread::spawn(move || {
            let _locked = locked.0.lock().unwrap();
            panic!("while it is locked");
        });
        assert!(panics.join().is_err() && gate.0.is_poisoned());
        assert!(matches!(gate.ask(1000), Fetch::UnderWay));
        drop(permit);
        let Fetch::Granted(permit) = gate.ask(1000) else { panic!() };
        permit.done(true, 1000);
        assert!(matches!(gate.ask(1059), Fetch::TooSoon));
    }
}
