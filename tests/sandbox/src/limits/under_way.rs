//! Sends to one user at the same time.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The users to whom a send is under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Users(Arc<Mutex<HashSet<String>>>);

/// A send that is under way until this is dropped. It belongs to the response, which is sent after `latency`.
#[derive(Debug)]
pub(crate) struct UnderWay {
    users: Users,
    openid: String,
    /// How long the platform takes to answer.
    pub(crate) latency: Duration,
}

impl Users {
    /// Begins a send, unless another one to the same user is under way.
    pub(super) fn begin(&self, openid: &str, latency: Duration) -> Option<UnderWay> {
        let begins = self.lock().insert(openid.to_owned());
        begins.then(|| UnderWay { users: self.clone(), openid: openid.to_owned(), latency })
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.users.lock().remove(&self.openid);
    }
}
