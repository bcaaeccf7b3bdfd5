//! One operation from its first send to its answer, as a state machine without IO.
//!
//! ```text
//!            ┌──────────────── retry ────────────────┐
//!            ▼                                       │
//! poll ─▶ Send ─▶ on_response / on_transport_error ──┼─▶ poll ─▶ Sleep ─▶ poll ─▶ Send …
//!                                                    ├─▶ poll ─▶ Done
//!                                 an unknown serial: └─▶ poll ─▶ Send (platform certificates) ─▶ … ─▶ poll ─▶ Done
//! ```
//!
//! An answer that was signed with a key nobody knows yet is parked while the platform's certificates are fetched, once
//! for all that wait, and then verified; the operation is not sent again for that.
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
mod parked;
mod retry;
mod run;
mod step;

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use bytes::Bytes;
use http::Response;

pub use drive::{Io, drive};
pub use drive_async::{AsyncIo, drive_async};
pub use retry::RetryPolicy;
pub(crate) use retry::retry_after;
pub use step::{SendReason, Step};

use crate::certificate::DownloadCertificates;
use crate::client::{Answer, Client};
use crate::error::{Error, Outcome, TransportError, TransportErrorKind};
use crate::operation::Operation;
use crate::platform::{Fetch, FetchPermit};
use crate::sign::{Prepared, Stamp};
use crate::types::UnixSeconds;
use parked::Parked;

/// How long to wait for certificates that somebody else is fetching, before looking again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// An operation under way. See the [module](self).
pub struct Exchange<O: Operation> {
    client: Client,
    main: Prepared,
    /// The same at the backup host, if there is one.
    backup: Option<Prepared>,
    /// Whether the next attempt goes there.
    on_backup: bool,
    /// How many requests of the operation have been handed out.
    attempts: u32,
    /// Whether any attempt but the last may have taken effect.
    unresolved: bool,
    state: State<O::Response>,
    operation: PhantomData<fn() -> O>,
}

enum State<T> {
    /// The first request is to be sent.
    Ready,
    /// A request was handed out and nothing has been heard of it.
    Sent { nonce: [u8; 8] },
    /// An attempt failed in a way that may be repeated.
    Failed { error: Error, jitter: u64 },
    /// After it, a wait was asked for; then the request is to be sent again.
    Waiting { error: Error },
    /// An answer waits for a key to be verified with.
    Parked(Box<Parked>),
    /// The platform's certificates were asked for.
    Fetching(Box<Parked>, FetchPermit),
    /// A result is there.
    Finished(Result<Answer<T>, Error>),
    /// The result was handed out.
    Over,
}

impl<O: Operation> Exchange<O> {
    pub(crate) fn new(client: Client, main: Prepared, backup: Option<Prepared>) -> Self {
        let (state, operation) = (State::Ready, PhantomData);
        Self { client, main, backup, on_backup: false, attempts: 0, unresolved: false, state, operation }
    }

    /// What is to be done next.
    ///
    /// `elapsed` is the time since the exchange began, by a clock that never goes back. `stamp` holds the current
    /// time and a nonce that was never used before; it is used when a request is to be sent.
    ///
    /// Polled again while a request is under way, it takes that request as lost. After
    /// [`Done`](Step::Done) was returned it returns an error, which leaves the outcome open if anything was sent.
    pub fn poll(&mut self, elapsed: Duration, stamp: Stamp) -> Step<O::Response> {
        let policy = self.client.retry();
        match std::mem::replace(&mut self.state, State::Over) {
            State::Ready => self.send(elapsed, stamp),
            // Whoever slept too long has no time for another answer, and should learn of the last one.
            State::Waiting { error } if elapsed >= policy.total => Step::Done(Err(self.give_up(error))),
            State::Waiting { .. } => self.send(elapsed, stamp),
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
                self.on_backup ^= self.backup.is_some() && retry::blames_host(&error);
                self.state = State::Waiting { error };
                Step::Sleep(delay)
            }
            State::Parked(parked) => self.unpark(parked, elapsed, stamp),
            State::Fetching(parked, permit) => {
                permit.done(false, stamp.unix_seconds);
                let lost = TransportError::from(TransportErrorKind::MaybeSent);
                Step::Done(Err(self.give_up(parked.after_failed_fetch(lost.into()))))
            }
            State::Finished(Err(error)) => Step::Done(Err(self.give_up(error))),
            State::Finished(Ok(answer)) => Step::Done(Ok(answer)),
            State::Over => {
                // What became of it was said once, or not at all because the signing key panicked.
                let kind = match self.attempts {
                    0 => TransportErrorKind::NotSent,
                    _ => TransportErrorKind::MaybeSent,
                };
                let error = TransportError::new(kind, "the exchange is over and was polled again");
                Step::Done(Err(error.into()))
            }
        }
    }

    /// Takes the answer to the request that was handed out. `now` is our time.
    pub fn on_response(&mut self, response: &Response<Bytes>, now: UnixSeconds) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Sent { nonce } => {
                let result = self.client.response::<O>(response, now);
                self.state = match Parked::new::<O>(&self.client, result, response, now, nonce) {
                    Ok(parked) => State::Parked(parked),
                    Err(result) => settle::<O>(result, nonce),
                };
            }
            State::Fetching(parked, permit) => {
                let fetched = self.client.response::<DownloadCertificates>(response, now);
                permit.done(fetched.is_ok(), now);
                self.state = match (self.verify(parked), fetched) {
                    (Ok(state), _) => state,
                    // Once more, for what is known has changed.
                    (Err(parked), Ok(_)) => self.read(*parked),
                    (Err(parked), Err(failure)) => State::Finished(Err(parked.after_failed_fetch(failure))),
                };
            }
            // News of a request that was never handed out, or came twice, changes nothing.
            other => self.state = other,
        }
    }

    /// Takes the news that no answer to the request will come.
    pub fn on_transport_error(&mut self, error: TransportError) {
        self.state = match std::mem::replace(&mut self.state, State::Over) {
            State::Sent { nonce } => settle::<O>(Err(error.into()), nonce),
            State::Fetching(parked, permit) => {
                permit.done(false, parked.received);
                State::Finished(Err(parked.after_failed_fetch(error.into())))
            }
            other => other,
        }
    }

    /// Goes on with a parked answer: verifies it, has certificates fetched, or waits for somebody else to do it.
    fn unpark(&mut self, parked: Box<Parked>, elapsed: Duration, stamp: Stamp) -> Step<O::Response> {
        let parked = match self.verify(parked) {
            Ok(state) => {
                self.state = state;
                return self.poll(elapsed, stamp);
            }
            Err(parked) => parked,
        };
        let policy = self.client.retry();
        let timeout = policy.attempt_timeout.min(policy.total.saturating_sub(elapsed));
        if !timeout.is_zero() {
            match self.client.platform().may_fetch(stamp.unix_seconds) {
                Fetch::Granted(permit) => {
                    // At the host that is known to answer.
                    let client = match self.client.backup().filter(|_| self.on_backup) {
                        Some(backup) => self.client.clone().with_base_url(backup.clone()),
                        None => self.client.clone(),
                    };
                    if let Ok(request) = client.request(&DownloadCertificates, stamp) {
                        self.state = State::Fetching(parked, permit);
                        return Step::Send { request, reason: SendReason::FetchPlatformKeys, timeout };
                    }
                }
                Fetch::UnderWay => {
                    self.state = State::Parked(parked);
                    return Step::Sleep(LOOK_AGAIN.min(timeout));
                }
                Fetch::TooSoon => {}
            }
        }
        Step::Done(Err(self.give_up(parked.error)))
    }

    /// Reads a parked answer if its key is known by now.
    fn verify(&self, parked: Box<Parked>) -> Result<State<O::Response>, Box<Parked>> {
        if !self.client.platform().knows(&parked.serial) {
            return Err(parked);
        }
        Ok(self.read(*parked))
    }

    /// Reads a parked answer by the time it came: waiting must not make it too old.
    fn read(&self, parked: Parked) -> State<O::Response> {
        let result = self.client.response::<O>(&parked.response, parked.received);
        settle::<O>(result, parked.nonce)
    }

    fn send(&mut self, elapsed: Duration, stamp: Stamp) -> Step<O::Response> {
        let policy = self.client.retry();
        let timeout = policy.attempt_timeout.min(policy.total.saturating_sub(elapsed));
        let prepared = self.backup.as_ref().filter(|_| self.on_backup).unwrap_or(&self.main);
        let request = match self.client.sign(prepared, stamp) {
            Ok(request) => request,
            Err(error) => return Step::Done(Err(self.give_up(error.into()))),
        };
        self.attempts = self.attempts.saturating_add(1);
        let reason = match self.attempts {
            1 => SendReason::Operation,
            attempt if self.on_backup => SendReason::BackupHost { attempt },
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

/// What an attempt that ended so leads to.
fn settle<O: Operation>(result: Result<Answer<O::Response>, Error>, nonce: [u8; 8]) -> State<O::Response> {
    match result {
        Err(error) if retry::may_retry(&error, O::IDEMPOTENT) => {
            State::Failed { error, jitter: u64::from_le_bytes(nonce) }
        }
        result => State::Finished(result),
    }
}

impl<O: Operation> fmt::Debug for Exchange<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("operation", &O::NAME)
            .field("path", &self.main.template())
            .field("attempts", &self.attempts)
            .field("unresolved", &self.unresolved)
            .finish_non_exhaustive()
    }
}
