//! One operation from its first send to its answer, as a state machine without IO.
//!
//! ```text
//!            ┌──────────────── retry ────────────────┐
//!            ▼                                       │
//! poll ─▶ Send ─▶ on_response / on_transport_error ──┼─▶ poll ─▶ Sleep ─▶ poll ─▶ Send …
//!                                                    └─▶ poll ─▶ Done
//! ```
//!
//! Whoever drives it owns sockets, clocks and entropy, and makes no decision. [`drive`] is the whole loop for
//! blocking drivers, [`drive_async`] the same for async ones:
//!
//! ```
//! use std::time::Duration;
//! use wechatpay_core::{Exchange, Operation, Step, Stamp};
//! # fn send(_: http::Request<bytes::Bytes>, _: Duration)
//! # -> Result<http::Response<bytes::Bytes>, wechatpay_core::error::TransportError> { unimplemented!() }
//! # fn elapsed() -> Duration { Duration::ZERO }
//! # fn unix_seconds() -> u64 { 0 }
//! # fn stamp() -> Stamp { unimplemented!() }
//! fn run<O: Operation>(mut exchange: Exchange<O>) -> Result<wechatpay_core::Answer<O::Response>, wechatpay_core::Error> {
//!     loop {
//!         match exchange.poll(elapsed(), stamp()) {
//!             Step::Send { request, timeout, .. } => match send(request, timeout) {
//!                 Ok(response) => exchange.on_response(&response, unix_seconds()),
//!                 Err(error) => exchange.on_transport_error(error),
//!             },
//!             Step::Sleep(duration) => std::thread::sleep(duration),
//!             Step::Done(result) => return result,
//!         }
//!     }
//! }
//! ```

mod drive;
mod drive_async;
mod retry;
mod run;

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

pub use drive::{Io, drive};
pub use drive_async::{AsyncIo, drive_async};
pub use retry::RetryPolicy;
pub(crate) use retry::retry_after;

use crate::client::{Answer, Client};
use crate::error::{Error, Outcome, TransportError, TransportErrorKind};
use crate::operation::Operation;
use crate::sign::{Prepared, Stamp};
use crate::types::UnixSeconds;

/// What is to be done next.
#[expect(clippy::large_enum_variant, reason = "made and taken apart once per attempt; a box would cost more")]
pub enum Step<T> {
    /// Send this request, as it is and without following redirects, and give up after `timeout`.
    Send {
        /// The signed request.
        request: Request<Bytes>,
        /// Why it is sent.
        reason: SendReason,
        /// How long the attempt may take, from connecting to the body's last byte.
        timeout: Duration,
    },
    /// Wait this long.
    Sleep(Duration),
    /// The exchange is over.
    Done(Result<Answer<T>, Error>),
}

/// Why a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendReason {
    /// The operation, for the first time.
    Operation,
    /// The operation again: same target and body, fresh time, nonce and signature.
    Retry {
        /// Which attempt this is; the first retry is 2.
        attempt: u32,
    },
}

/// An operation under way. See the [module](self).
pub struct Exchange<O: Operation> {
    client: Client,
    prepared: Prepared,
    /// How many requests have been handed out.
    attempts: u32,
    /// Whether any attempt but the last may have taken effect.
    unresolved: bool,
    state: State<O::Response>,
    operation: PhantomData<fn() -> O>,
}

enum State<T> {
    /// A request is to be sent as soon as possible.
    Ready,
    /// A request was handed out and nothing has been heard of it.
    Sent { nonce: [u8; 8] },
    /// An attempt failed in a way that may be repeated.
    Failed { error: Error, jitter: u64 },
    /// A result is there.
    Finished(Result<Answer<T>, Error>),
    /// The result was handed out.
    Over,
}

impl<O: Operation> Exchange<O> {
    pub(crate) fn new(client: Client, prepared: Prepared) -> Self {
        let (state, operation) = (State::Ready, PhantomData);
        Self { client, prepared, attempts: 0, unresolved: false, state, operation }
    }

    /// What is to be done next.
    ///
    /// `elapsed` is the time since the exchange began, by a clock that never goes back. `stamp` holds the current
    /// time and a nonce that was never used before; it is used when a request is to be sent.
    ///
    /// Polled again while a request is under way, it takes that request as lost. After
    /// [`Done`](Step::Done) was returned it returns an error of the kind "not sent".
    pub fn poll(&mut self, elapsed: Duration, stamp: Stamp) -> Step<O::Response> {
        let policy = self.client.retry();
        match std::mem::replace(&mut self.state, State::Over) {
            State::Ready => self.send(elapsed, stamp),
            State::Sent { .. } => {
                self.state = State::Sent { nonce: [0; 8] };
                self.on_transport_error(TransportErrorKind::MaybeSent.into());
                self.poll(elapsed, stamp)
            }
            State::Failed { error, jitter } => {
                let asked = error.api().and_then(|api| api.retry_after());
                let delay = policy.delay(self.attempts, asked, jitter);
                let left = policy.total.saturating_sub(elapsed);
                if self.attempts >= policy.max_attempts || delay >= left {
                    return Step::Done(Err(self.give_up(error)));
                }
                self.unresolved |= error.outcome() != Outcome::NotSent;
                self.state = State::Ready;
                Step::Sleep(delay)
            }
            State::Finished(Err(error)) => Step::Done(Err(self.give_up(error))),
            State::Finished(Ok(answer)) => Step::Done(Ok(answer)),
            State::Over => Step::Done(Err(TransportError::new(
                TransportErrorKind::NotSent,
                "the exchange is over and was polled again",
            )
            .into())),
        }
    }

    /// Takes the answer to the request that was handed out. `now` is our time.
    pub fn on_response(&mut self, response: &Response<Bytes>, now: UnixSeconds) {
        let result = self.client.response::<O>(response, now);
        self.attempt_ended(result);
    }

    /// Takes the news that no answer to the request will come.
    pub fn on_transport_error(&mut self, error: TransportError) {
        self.attempt_ended(Err(error.into()));
    }

    fn attempt_ended(&mut self, result: Result<Answer<O::Response>, Error>) {
        // News of a request that was never handed out, or came twice, changes nothing.
        let State::Sent { nonce } = self.state else { return };
        self.state = match result {
            Err(error) if retry::may_retry(&error, O::IDEMPOTENT) => {
                State::Failed { error, jitter: u64::from_le_bytes(nonce) }
            }
            result => State::Finished(result),
        };
    }

    fn send(&mut self, elapsed: Duration, stamp: Stamp) -> Step<O::Response> {
        let policy = self.client.retry();
        let timeout = policy.attempt_timeout.min(policy.total.saturating_sub(elapsed));
        let request = match self.client.sign(&self.prepared, stamp) {
            Ok(request) => request,
            Err(error) => return Step::Done(Err(self.give_up(error.into()))),
        };
        self.attempts += 1;
        let reason = match self.attempts {
            1 => SendReason::Operation,
            attempt => SendReason::Retry { attempt },
        };
        self.state = State::Sent { nonce: retry::jitter_source(&stamp) };
        Step::Send { request, reason, timeout }
    }

    /// The final error: unknown, however the last attempt ended, if an earlier one may have taken effect.
    fn give_up(&mut self, error: Error) -> Error {
        match (self.unresolved, error.outcome()) {
            (true, Outcome::NotSent | Outcome::Rejected) => {
                Error::Unresolved { attempts: self.attempts, last: Box::new(error) }
            }
            _ => error,
        }
    }
}

impl<O: Operation> fmt::Debug for Exchange<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("operation", &O::NAME)
            .field("path", &self.prepared.template())
            .field("attempts", &self.attempts)
            .field("unresolved", &self.unresolved)
            .finish_non_exhaustive()
    }
}

/// Without the request, whose target may identify a person.
impl<T: fmt::Debug> fmt::Debug for Step<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send { reason, timeout, .. } => f
                .debug_struct("Send")
                .field("reason", reason)
                .field("timeout", timeout)
                .finish_non_exhaustive(),
            Self::Sleep(duration) => f.debug_tuple("Sleep").field(duration).finish(),
            Self::Done(result) => f.debug_tuple("Done").field(result).finish(),
        }
    }
}
