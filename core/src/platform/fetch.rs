//! When platform certificates may be fetched: by one at a time, and not too often.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::PlatformKeys;
use crate::types::UnixSeconds;

/// How long after a fetch the next may come, in seconds. An answer with a serial that does not exist must not have
/// certificates fetched for each.
const AFTER_SUCCESS: u64 = 60;
const AFTER_FAILURE: u64 = 10;

/// Shared by all that share the keys.
#[derive(Default)]
pub(super) struct Gate {
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

/// The right to fetch. Dropped without a word, as by a caller who gave up, it passes to whoever asks next.
pub(crate) struct FetchPermit(Arc<Mutex<Gate>>);

impl PlatformKeys {
    /// Asks for the right to fetch. `now` is our time.
    pub(crate) fn may_fetch(&self, now: UnixSeconds) -> Fetch {
        let mut gate = lock(&self.gate);
        // A clock that was set back must not forbid it for longer than one that was not.
        let wait = gate.not_before.saturating_sub(now);
        if gate.under_way {
            Fetch::UnderWay
        } else if (1..=AFTER_SUCCESS).contains(&wait) {
            Fetch::TooSoon
        } else {
            gate.under_way = true;
            Fetch::Granted(FetchPermit(Arc::clone(&self.gate)))
        }
    }
}

impl FetchPermit {
    /// It was done, and did or did not give certificates.
    pub(crate) fn done(self, success: bool, now: UnixSeconds) {
        let pause = if success { AFTER_SUCCESS } else { AFTER_FAILURE };
        lock(&self.0).not_before = now.saturating_add(pause);
    }
}

impl Drop for FetchPermit {
    fn drop(&mut self) {
        lock(&self.0).under_way = false;
    }
}

fn lock(gate: &Mutex<Gate>) -> MutexGuard<'_, Gate> {
    // Two fields that are each right by themselves.
    gate.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_not_too_often() {
        let keys = PlatformKeys::new();
        let shared = keys.clone();
        let Fetch::Granted(permit) = keys.may_fetch(1000) else { panic!() };
        assert!(matches!(shared.may_fetch(1000), Fetch::UnderWay));
        permit.done(true, 1000);
        for (now, again) in [(1000, false), (1059, false), (1060, true), (0, true)] {
            let fetch = shared.may_fetch(now);
            assert_eq!(matches!(fetch, Fetch::Granted(_)), again, "{now}");
            assert_eq!(matches!(fetch, Fetch::TooSoon), !again, "{now}");
        }
        let Fetch::Granted(permit) = keys.may_fetch(2000) else { panic!() };
        permit.done(false, 2000);
        assert!(matches!(keys.may_fetch(2009), Fetch::TooSoon));
        assert!(matches!(keys.may_fetch(2010), Fetch::Granted(_)));
        // The last one was dropped without a word.
        assert!(matches!(keys.may_fetch(2010), Fetch::Granted(_)));
        assert!(matches!(PlatformKeys::new().may_fetch(0), Fetch::Granted(_)));
    }

    /// Nothing of a caller's runs while it is locked; should anything ever panic there, fetching goes on.
    #[test]
    fn a_panic_while_it_is_locked_locks_nobody_out() {
        let keys = PlatformKeys::new();
        let Fetch::Granted(permit) = keys.may_fetch(1000) else { panic!() };
        let gate = Arc::clone(&keys.gate);
        let panics = std::thread::spawn(move || {
            let _locked = gate.lock().unwrap();
            panic!("while it is locked");
        });
        assert!(panics.join().is_err() && keys.gate.is_poisoned());
        assert!(matches!(keys.may_fetch(1000), Fetch::UnderWay));
        drop(permit);
        let Fetch::Granted(permit) = keys.may_fetch(1000) else { panic!() };
        permit.done(true, 1000);
        assert!(matches!(keys.may_fetch(1059), Fetch::TooSoon));
    }
}
