//! The sandbox without sockets.

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

/// The platform, as far as coupons go. Clones share their state.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

struct Inner {
    platform: Platform,
    /// Told after every request: there may be something to deliver.
    changed: Notify,
}

impl Sandbox {
    /// A sandbox without any stock.
    ///
    /// # Errors
    /// [`SandboxError::Key`] when a key in the credentials cannot be used.
    pub fn new(credentials: Credentials) -> Result<Self, SandboxError> {
        Ok(Self(Arc::new(Inner { platform: Platform::new(credentials)?, changed: Notify::new() })))
    }

    /// What a merchant needs to call it.
    pub fn credentials(&self) -> &Credentials {
        &self.0.platform.credentials
    }

    /// Answers a request, whatever it is. `now` is the platform's time.
    ///
    /// No request meets a fault here, and none is taken off the list: that is [`respond`](Self::respond)'s.
    pub fn handle(&self, request: Request<Bytes>, now: UnixSeconds) -> Response<Bytes> {
        let target = self.received(&request);
        self.act(target, request, now)
    }

    /// Answers a request, whatever it is, with the fault that is next for its operation, if one is. `now` is the
    /// platform's time.
    ///
    /// What is acted on has been when this returns, however long the answer takes then.
    pub fn respond(&self, request: Request<Bytes>, now: UnixSeconds) -> Wire {
        let platform = &self.0.platform;
        let target = self.received(&request);
        let fault = match &target {
            Target::Endpoint(endpoint, _) => platform.state().faults.next(endpoint.name),
            _ => None,
        };
        let key = platform.answering(request.headers());
        match fault {
            None => Wire::from(self.act(target, request, now)),
            Some(Fault::Bent(bend)) => bend(self.act(target, request, now), &key, now),
            Some(Fault::Instead { what, acted }) => {
                if acted {
                    self.act(target, request, now);
                }
                what(&key, now)
            }
        }
    }

    /// Says what a request is for, and counts it.
    fn received(&self, request: &Request<Bytes>) -> Target {
        let target = Target::of(request.method(), request.uri().path());
        if let Target::Endpoint(endpoint, _) = &target {
            let mut state = self.0.platform.state();
            let count = state.requests.entry(endpoint.name).or_default();
            *count = count.saturating_add(1);
        }
        target
    }

    fn act(&self, target: Target, request: Request<Bytes>, now: UnixSeconds) -> Response<Bytes> {
        let response = pipeline::answer(&self.0.platform, target, request, now);
        self.0.changed.notify_one();
        response
    }
}

/// For simulations: a [`Server`](crate::Server) takes what it sends from here too, so do not use both.
impl Sandbox {
    /// A notification that is due, to be sent now. It is not given out again before
    /// [`delivered`](Self::delivered) says what came of it, or 10 seconds of real time are over, which is a failure
    /// too. `now` is the real time; what is due goes by the platform's.
    pub fn next_delivery(&self, now: UnixSeconds) -> Option<Delivery> {
        let platform = &self.0.platform;
        let state = &mut *platform.state();
        let key = platform.keys().notifying(state.notifications.signed_by_certificate);
        let platform_time = state.platform_time(now);
        state.notifications.next(&key, platform_time, now)
    }

    /// In how many seconds [`next_delivery`](Self::next_delivery) is worth asking again, unless a request comes in
    /// between. `None` while nothing is to be delivered.
    pub fn next_delivery_in(&self, now: UnixSeconds) -> Option<u64> {
        let state = self.0.platform.state();
        state.notifications.next_in(state.platform_time(now), now)
    }

    /// Takes note of the answer to a delivery: its status, or why there was none. Only 200 and 204 are a success; after
    /// anything else the next attempt is due a minute after this one was, until there have been nine. An attempt that
    /// has ended before, by taking too long, is not changed any more.
    pub fn delivered(&self, attempt: Attempt, result: Result<StatusCode, String>) {
        self.0.platform.state().notifications.delivered(attempt, result);
    }

    /// Ready after the next request, or at once if there was one since the last call.
    pub(crate) async fn changed(&self) {
        self.0.changed.notified().await;
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("credentials", self.credentials()).finish_non_exhaustive()
    }
}
