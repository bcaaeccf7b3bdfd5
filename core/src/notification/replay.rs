use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::Notification;
use crate::types::{MAX_CLOCK_DIFFERENCE, UnixSeconds};

/// Detects replays: deliveries that an attacker recorded and sends again within the 300 seconds in which the signature
/// is accepted. (Later, the signature is too old.)
///
/// This does not detect duplicates: WeChat Pay sends a callback again with a new signature each time, and the
/// duplicate must be accepted. To handle duplicates, store [`Notification::id`] persistently.
pub struct ReplayGuard {
    /// The time and nonce of each delivery, oldest first.
    seen: Mutex<BTreeSet<(UnixSeconds, Box<str>)>>,
    capacity: usize,
}

impl ReplayGuard {
    /// Creates a guard that remembers at most `capacity` deliveries, and at least one, at about 100 bytes each. Beyond
    /// that, it forgets the delivery with the oldest signature, but never the one it has just let through.
    ///
    /// A forgotten delivery can be replayed until its signature is too old. So choose a capacity that is larger than the
    /// number of callbacks in 10 minutes: a signature is accepted from 300 seconds before its time to 300 seconds after.
    pub fn new(capacity: usize) -> Self {
        Self { seen: Mutex::default(), capacity }
    }

    /// Whether this delivery is seen for the first time. Share one guard among all handlers that receive callbacks.
    pub fn is_new<E>(&self, notification: &Notification<E>) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = notification.received_at.saturating_sub(MAX_CLOCK_DIFFERENCE);
        while seen.first().is_some_and(|(time, _)| *time < oldest) {
            seen.pop_first();
        }
        let delivery = (notification.signed_at, notification.nonce.clone());
        let new = seen.insert(delivery.clone());
        while seen.len() > self.capacity.max(1) {
            // The new delivery may have the oldest signature of all. If it were forgotten, it could be replayed at once.
            let Some(oldest) = seen.iter().find(|seen| **seen != delivery).cloned() else { break };
            seen.remove(&oldest);
        }
        new
    }
}

impl fmt::Debug for ReplayGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayGuard").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::notification::Received;

    fn delivery(nonce: &str, signed_at: UnixSeconds, received_at: UnixSeconds) -> Notification<()> {
        Notification {
            id: String::new(),
            create_time: None,
            event_type: String::new(),
            summary: String::new(),
            original_type: String::new(),
            event: Received::Unknown,
            resource: bytes::Bytes::new(),
            received_at,
            signed_at,
            nonce: nonce.into(),
            verified: true,
        }
    }

    #[test]
    fn a_full_guard_remembers_the_delivery_it_has_just_let_through() {
        for capacity in [0, 1, 2, 3] {
            let guard = ReplayGuard::new(capacity);
            // Each has an older signature than all before it.
            for time in (800..=1000).rev() {
                let delivery = delivery("n", time, 1000);
                assert!(guard.is_new(&delivery));
                assert!(!guard.is_new(&delivery), "{capacity} {time}");
            }
            assert_eq!(guard.seen.lock().unwrap().len(), capacity.max(1));
        }
    }

    #[test]
    fn a_delivery_is_remembered_as_long_as_its_signature_is_accepted_and_there_is_room() {
        let notification = |nonce: &str, received_at| delivery(nonce, 1000, received_at);
        let guard = ReplayGuard::new(2);
        assert_eq!(format!("{guard:?}"), "ReplayGuard { capacity: 2, .. }");
        assert!(guard.is_new(&notification("1", 1000)) && guard.is_new(&notification("2", 1000)));
        // After 300 seconds the signature is still accepted.
        assert!(!guard.is_new(&notification("1", 1300)) && !guard.is_new(&notification("2", 1300)));
        // There is room for two. The one that comes first is forgotten.
        assert!(guard.is_new(&notification("3", 1300)));
        assert!(!guard.is_new(&notification("2", 1300)) && !guard.is_new(&notification("3", 1300)));
        assert!(guard.is_new(&notification("1", 1300)));
        // Later, nobody accepts it any more.
        assert!(guard.is_new(&notification("3", 1301)));
    }

    #[test]
    fn a_poisoned_lock_does_not_block_the_guard() {
        let notification = |nonce: &str| delivery(nonce, 1000, 1000);
        let guard = Arc::new(ReplayGuard::new(2));
        assert!(guard.is_new(&notification("1")));
        let locked = Arc::clone(&guard);
        let panics = std::thread::spawn(move || {
            let _locked = locked.seen.lock().unwrap();
            panic!("panic while locked");
        });
        assert!(panics.join().is_err() && guard.seen.is_poisoned());
        assert!(!guard.is_new(&notification("1")));
        assert!(guard.is_new(&notification("2")));
    }
}
