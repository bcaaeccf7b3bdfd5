//! What the threads that write and the thread that brings it to the disk tell each other.

use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What they tell each other.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    told: Mutex<Told>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Told {
    /// Whether something was written that may not be on the disk.
    written: bool,
    stop: bool,
    /// Why nothing can be written any more.
    problem: Option<String>,
}

impl Signals {
    pub(super) fn written(&self) {
        let mut told = self.told();
        if !told.written {
            told.written = true;
            self.changed.notify_all();
        }
    }

    /// Ends the waiting of the keeper.
    pub(crate) fn stop(&self) {
        self.told().stop = true;
        self.changed.notify_all();
    }

    /// Lets every later record fail, because what is in the file is not known.
    pub(crate) fn fail(&self, problem: String) {
        self.told().problem.get_or_insert(problem);
    }

    pub(super) fn require_usable(&self) -> io::Result<()> {
        self.problem().map_or(Ok(()), |problem| Err(io::Error::other(problem)))
    }

    /// Why nothing can be written any more.
    pub(crate) fn problem(&self) -> Option<String> {
        self.told().problem.clone()
    }

    /// Waits until something was written, and then for more, so that not every record is brought to the disk alone.
    /// Returns `false` at the end.
    pub(crate) fn wait(&self, for_more: Duration) -> bool {
        let nothing = |told: &mut Told| !told.written && !told.stop;
        let told = self.changed.wait_while(self.told(), nothing).unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(told, for_more, |told| !told.stop);
        let (mut told, _) = waited.unwrap_or_else(PoisonError::into_inner);
        told.written = false;
        !told.stop
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
