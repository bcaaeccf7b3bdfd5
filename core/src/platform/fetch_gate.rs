//! When platform certificates may be fetched: by one at a time, and not too often.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::types::UnixSeconds;

/// How long after a fetch the next may come, in seconds. An answer with a serial that does not exist must not have
/// certificates fetched for each.
const AFTER_SUCCESS: u64 = 60;
const AFTER_FAILURE: u64 = 10;

/// Lets one caller at a time fetch, and not too often. Clones are the same gate.
#[derive(Clone, Default)]
pub(super) struct FetchGate(Arc<Mutex<Gate>>);

#[derive(Default)]
struct Gate {
    under_way: bool,
    not_before: UnixSeconds,
}

/// Whether to fetch.
pub(crate) enum Fetch {
    /// Do it.
    Granted(FetchPermit),
    /// Somebody else is doing it; look again soon.
    UnderWay,
    /// It was done just now and did not help.
    TooSoon,
}

/// The right to fetch. When it is dropped without [`done`](Self::done), as by a caller that gave up, the next to ask
/// gets it.
pub(crate) struct FetchPermit(FetchGate);

impl FetchGate {
    /// Asks for the right to fetch. `now` is our time.
    pub(super) fn ask(&self, now: UnixSeconds) -> Fetch {
        let mut gate = self.lock();
        // A clock that was set back must not forbid it for longer than one that was not.
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
        // Two fields that are each right by themselves.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FetchPermit {
    /// It was done, and did or did not give certificates.
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
        // The last one was dropped without a word.
        assert!(matches!(gate.ask(2010), Fetch::Granted(_)));
        assert!(matches!(FetchGate::default().ask(0), Fetch::Granted(_)));
    }

    /// Nothing of a caller's runs while it is locked; should anything ever panic there, fetching goes on.
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
