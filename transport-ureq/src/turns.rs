//! Limits the number of requests in flight. Threads that wait are served in the order in which they came.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::FAR;

/// The turns of all clones of a client.
#[derive(Clone)]
pub(crate) struct Turns(Arc<Mutex<Queue>>);

/// If a turn is free, nobody waits.
struct Queue {
    free: usize,
    waiting: VecDeque<Arc<Waiter>>,
}

#[derive(Default)]
struct Waiter {
    /// Changes only while the queue is locked.
    has_turn: AtomicBool,
    changed: Condvar,
}

/// The right to have one request in flight. Dropping it gives it to the thread that has waited longest.
pub(crate) struct Turn(Turns);

impl Turns {
    /// At least one request may be in flight.
    pub(crate) fn new(requests: usize) -> Self {
        Self(Arc::new(Mutex::new(Queue { free: requests.max(1), waiting: VecDeque::new() })))
    }

    /// Waits at most this long for a turn.
    pub(crate) fn take(&self, timeout: Duration) -> Option<Turn> {
        let mut queue = self.queue();
        if let Some(rest) = queue.free.checked_sub(1) {
            queue.free = rest;
            return Some(Turn(self.clone()));
        }
        let waiter = Arc::new(Waiter::default());
        queue.waiting.push_back(Arc::clone(&waiter));
        let waits = |_: &mut Queue| !waiter.has_turn.load(Ordering::Relaxed);
        let waited = waiter.changed.wait_timeout_while(queue, timeout.min(FAR), waits);
        let (mut queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        // A turn that came at the last moment is used.
        if waiter.has_turn.load(Ordering::Relaxed) {
            return Some(Turn(self.clone()));
        }
        queue.waiting.retain(|other| !Arc::ptr_eq(other, &waiter));
        None
    }

    /// No code that may panic runs while the queue is locked, so it is intact even if the lock is poisoned.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        match queue.waiting.pop_front() {
            // The turn is handed over, so that no thread that comes later can take it first.
            Some(next) => {
                next.has_turn.store(true, Ordering::Relaxed);
                next.changed.notify_one();
            }
            None => queue.free = queue.free.saturating_add(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn waiting(turns: &Turns) -> usize {
        turns.queue().waiting.len()
    }

    #[test]
    fn turns_are_given_in_the_order_in_which_threads_came() {
        let turns = Turns::new(1);
        let first = turns.take(LONG).unwrap();
        let (sender, served) = mpsc::channel();
        let threads: Vec<_> = (0..8)
            .map(|number| {
                let (waits, sender) = (turns.clone(), sender.clone());
                let thread = thread::spawn(move || {
                    let turn = waits.take(LONG).unwrap();
                    sender.send(number).unwrap();
                    drop(turn);
                });
                while waiting(&turns) <= number {
                    thread::yield_now();
                }
                thread
            })
            .collect();
        drop(first);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(served.try_iter().collect::<Vec<_>>(), (0..8).collect::<Vec<_>>());
    }

    #[test]
    fn a_wait_that_ends_without_a_turn_leaves_nothing_behind() {
        let turns = Turns::new(2);
        let (first, second) = (turns.take(LONG).unwrap(), turns.take(LONG).unwrap());
        assert!(turns.take(Duration::from_millis(1)).is_none());
        assert!(turns.take(Duration::ZERO).is_none());
        assert_eq!(waiting(&turns), 0);
        drop(first);
        let third = turns.take(Duration::ZERO).unwrap();
        drop((second, third));
        assert_eq!(turns.queue().free, 2);
    }

    #[test]
    fn a_thread_that_panics_gives_its_turn_back() {
        let turns = Turns::new(1);
        let panics = turns.clone();
        let thread = thread::spawn(move || {
            let _turn = panics.take(LONG);
            panic!("on purpose");
        });
        assert!(thread.join().is_err());
        assert!(turns.take(LONG).is_some());
    }

    #[test]
    fn at_least_one_request_may_be_in_flight_and_the_wait_may_be_endless() {
        let turns = Turns::new(0);
        let turn = turns.take(Duration::MAX).unwrap();
        let waits = turns.clone();
        let thread = thread::spawn(move || waits.take(Duration::MAX).is_some());
        while waiting(&turns) == 0 {
            thread::yield_now();
        }
        drop(turn);
        assert!(thread.join().unwrap());
        assert!(Turns::new(usize::MAX).take(LONG).is_some());
    }
}
