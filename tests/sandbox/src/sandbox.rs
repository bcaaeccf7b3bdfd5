//! The sandbox as a library, without sockets.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use tokio::sync::Notify;
use wechatpay_core::types::UnixSeconds;

use crate::credentials::Credentials;
use crate::error::SandboxError;
use crate::faults::{Fault, Wire};
use crate::pipeline;
use crate::platform::Platform;
use crate::routes::Target;
use crate::state::notifications::{Attempt, Delivery};

/// A simulated platform, limited to cash coupons. Clones share their state.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

struct Inner {
    platform: Platform,
    /// Notified after every request, because a callback may have become due.
    changed: Notify,
}

impl Sandbox {
    /// Creates a sandbox without stocks.
    ///
    /// # Errors
    /// [`SandboxError::Key`] if a key or certificate of the credentials is invalid.
    pub fn new(credentials: Credentials) -> Result<Self, SandboxError> {
        Ok(Self(Arc::new(Inner { platform: Platform::new(credentials)?, changed: Notify::new() })))
    }

    /// The credentials that a client of this sandbox needs.
    pub fn credentials(&self) -> &Credentials {
        &self.0.platform.credentials
    }

    /// Handles a request and returns the response. Every request gets one. `now` is the real time, to which the
    /// seconds advanced by `POST /_sandbox/clock` are added.
    ///
    /// This method ignores pending faults and does not use them up; see [`respond`](Self::respond).
    pub fn handle(&self, request: Request<Bytes>, now: UnixSeconds) -> Response<Bytes> {
        let target = self.route_and_count(&request);
        self.process(target, request, now)
    }

    /// Handles a request like [`handle`](Self::handle), and applies the next pending fault for its operation.
    ///
    /// A request that the fault lets through is already processed when this method returns, even if the response is
    /// delayed.
    pub fn respond(&self, request: Request<Bytes>, now: UnixSeconds) -> Wire {
        let platform = &self.0.platform;
        let target = self.route_and_count(&request);
        let fault = match &target {
            Target::Endpoint(endpoint, _) => platform.state().faults.next(endpoint.name),
            _ => None,
        };
        let key = platform.reply_key(request.headers());
        match fault {
            None => Wire::from(self.process(target, request, now)),
            Some(Fault::Altered(alter)) => alter(self.process(target, request, now), &key, now),
            Some(Fault::Replaced { replacement, acted }) => {
                if acted {
                    self.process(target, request, now);
                }
                replacement(&key, now)
            }
        }
    }

    /// Finds the target of a request, and counts the request if it is for an operation.
    fn route_and_count(&self, request: &Request<Bytes>) -> Target {
        let target = Target::of(request.method(), request.uri().path());
        if let Target::Endpoint(endpoint, _) = &target {
            let mut state = self.0.platform.state();
            let count = state.requests.entry(endpoint.name).or_default();
            *count = count.saturating_add(1);
        }
        target
    }

    fn process(&self, target: Target, request: Request<Bytes>, now: UnixSeconds) -> Response<Bytes> {
        let response = pipeline::handle(&self.0.platform, target, request, now);
        self.0.changed.notify_one();
        response
    }
}

/// Delivery of callbacks, for simulations. A [`Server`](crate::Server) uses these methods too, so do not use both.
impl Sandbox {
    /// Returns a notification that is due, to be sent now. The attempt is in flight until
    /// [`delivered`](Self::delivered) reports its result. It fails after 10 seconds of real time without a report.
    /// `now` is the real time; whether a notification is due depends on the platform's time.
    pub fn next_delivery(&self, now: UnixSeconds) -> Option<Delivery> {
        let platform = &self.0.platform;
        let state = &mut *platform.state();
        let key = platform.keys().for_notification(state.notifications.signed_by_certificate);
        let platform_time = state.platform_time(now);
        state.notifications.next(&key, platform_time, now)
    }

    /// Returns the number of seconds until [`next_delivery`](Self::next_delivery) should be called again, unless a
    /// request arrives earlier. Returns `None` while nothing is to be delivered.
    pub fn next_delivery_in(&self, now: UnixSeconds) -> Option<u64> {
        let state = self.0.platform.state();
        state.notifications.next_in(state.platform_time(now), now)
    }

    /// Records the result of a delivery: the status of the response, or the reason why there is none. Only 200 and 204
    /// are a success. After a failure the next attempt is due a minute after this one was due, up to nine attempts.
    /// The report of an attempt that has already timed out is ignored.
    pub fn delivered(&self, attempt: Attempt, result: Result<StatusCode, String>) {
        self.0.platform.state().notifications.delivered(attempt, result);
    }

    /// Completes after the next request, or at once if there was one since the last call.
    pub(crate) async fn changed(&self) {
        self.0.changed.notified().await;
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("credentials", self.credentials()).finish_non_exhaustive()
    }
}
