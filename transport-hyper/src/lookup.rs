//! Looks names up.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// How long other connections to the same host may join a lookup after it began. A lookup without an answer may be
/// followed by a better one, but not by one for each waiting request.
const SHARED_FOR: Duration = Duration::from_secs(1);

/// `None` until the lookup has ended. Errors are shared, so they are a kind and a text.
type Found = Option<Result<Vec<SocketAddr>, (io::ErrorKind, String)>>;

/// Looks host names up with the functions of the operating system. They block and cannot be cancelled, so each lookup
/// runs in a thread of its own, which ends by itself when nobody waits any more. A pool of threads, such as tokio's, would
/// be full after some lookups without an answer, and a runtime waits for such threads when it ends.
///
/// Nothing is remembered: that is the task of the operating system and its name service.
#[derive(Default)]
pub(crate) struct Lookups(Mutex<HashMap<String, Lookup>>);

struct Lookup {
    began: Instant,
    found: watch::Receiver<Found>,
}

impl Lookups {
    fn running(&self) -> MutexGuard<'_, HashMap<String, Lookup>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the addresses of a host, with port 0.
    pub(crate) async fn lookup(self: &Arc<Self>, host: &str) -> io::Result<Vec<SocketAddr>> {
        let mut found = self.join(host)?;
        let found = found.wait_for(Option::is_some).await;
        let found = found.map_err(|_| io::Error::other("the thread of the lookup ended without a result"))?;
        match &*found {
            Some(Ok(addresses)) => Ok(addresses.clone()),
            Some(Err((kind, text))) => Err(io::Error::new(*kind, text.clone())),
            None => Ok(Vec::new()),
        }
    }

    /// Returns the running lookup of this host, or begins one.
    fn join(self: &Arc<Self>, host: &str) -> io::Result<watch::Receiver<Found>> {
        let mut running = self.running();
        if let Some(lookup) = running.get(host)
            && lookup.began.elapsed() < SHARED_FOR
            // Its thread has not ended.
            && lookup.found.has_changed().is_ok()
        {
            return Ok(lookup.found.clone());
        }
        let (sender, found) = watch::channel(None);
        let (lookups, name, own) = (Arc::clone(self), host.to_owned(), found.clone());
        let thread = thread::Builder::new().name("wechatpay-dns".to_owned()).spawn(move || {
            let addresses = (name.as_str(), 0).to_socket_addrs().map(Iterator::collect);
            let mut running = lookups.running();
            if running.get(&name).is_some_and(|lookup| lookup.found.same_channel(&own)) {
                running.remove(&name);
            }
            drop(running);
            sender
                .send_replace(Some(addresses.map_err(|error: io::Error| (error.kind(), error.to_string()))));
        });
        if let Err(error) = thread {
            let text = format!("no thread can be started for the lookup: {error}");
            return Err(io::Error::new(error.kind(), text));
        }
        running.insert(host.to_owned(), Lookup { began: Instant::now(), found: found.clone() });
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_are_looked_up_and_nothing_is_remembered() {
        let lookups = Arc::new(Lookups::default());
        // Several at the same time may share a lookup.
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let lookups = Arc::clone(&lookups);
                tokio::spawn(async move { lookups.lookup("localhost").await })
            })
            .collect();
        for task in tasks {
            let addresses = task.await.unwrap().unwrap();
            assert!(addresses.iter().any(|address| address.ip().is_loopback()), "{addresses:?}");
        }
        // The domain `.invalid` is reserved for names that never exist.
        assert!(lookups.lookup("platform.invalid").await.is_err());
        assert!(lookups.running().is_empty());
    }

    #[tokio::test]
    async fn a_running_lookup_is_joined_unless_it_is_old_or_its_thread_has_ended() {
        let lookups = Arc::new(Lookups::default());
        let (sender, found) = watch::channel(None);
        let run = |began| {
            let lookup = Lookup { began, found: found.clone() };
            lookups.running().insert("localhost".to_owned(), lookup);
        };
        let now = Instant::now();
        run(now);
        assert!(lookups.join("localhost").unwrap().same_channel(&found));
        run(now.checked_sub(SHARED_FOR).unwrap());
        assert!(!lookups.join("localhost").unwrap().same_channel(&found));
        run(now);
        drop(sender);
        assert!(!lookups.join("localhost").unwrap().same_channel(&found));
    }
}
