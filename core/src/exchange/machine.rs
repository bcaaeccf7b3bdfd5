use std::fmt;
use std::mem;
use std::time::Duration;

use bytes::Bytes;
use http::Response;

use super::attempts::{self, Host};
use super::{Attempts, KeyFetch, SendReason, Step, key_fetch};
use crate::certificates::DownloadCertificates;
use crate::client::Client;
use crate::error::{BuildError, Error, TransportError, TransportErrorKind};
use crate::operation::{CrateOnly, Operation};
use crate::request::{Prepared, Stamp};
use crate::response::Answer;
use crate::retry;
use crate::types::UnixSeconds;

/// An operation under way. See the [module](crate::exchange).
pub struct Exchange<O: Operation> {
    client: Client,
    operation: O,
    main: Prepared,
    /// The same request at the backup host, if there is one.
    backup: Option<Prepared>,
    attempts: Attempts,
    state: State<O::Response>,
}

enum State<T> {
    /// The attempts decide what is next.
    Attempting,
    /// A response waits for the key that it is signed with.
    Fetching(Box<KeyFetch>),
    /// The result is there.
    Ended(Result<Answer<T>, Error>),
    /// The result was handed out.
    Over,
}

impl Client {
    /// Starts an exchange: the operation from its first request to its answer, with retries.
    ///
    /// # Errors
    /// [`BuildError`] when a field can never be right.
    pub fn exchange<O: Operation>(&self, operation: &O) -> Result<Exchange<O>, BuildError> {
        let main = self.prepare(operation)?;
        let backup = self.backup().map(|host| main.on_host(host)).transpose()?;
        let attempts = Attempts::new(self.retry().clone(), O::IDEMPOTENT, backup.is_some());
        let (client, operation) = (self.clone(), operation.clone());
        Ok(Exchange { client, operation, main, backup, attempts, state: State::Attempting })
    }
}

impl<O: Operation> Exchange<O> {
    /// What is to be done next.
    ///
    /// `elapsed` is the time since the exchange began, by a clock that never goes back. `stamp` holds the current
    /// time and a nonce that was never used before; it is used when a request is to be sent.
    ///
    /// Polled again while a request is under way, it takes that request as lost. After
    /// [`Done`](Step::Done) was returned it returns an error, which leaves the outcome open if anything was sent.
    pub fn poll(&mut self, elapsed: Duration, stamp: Stamp) -> Step<O::Response> {
        match mem::replace(&mut self.state, State::Over) {
            State::Attempting => match self.attempts.next(elapsed) {
                attempts::Next::Send { host, timeout } => self.send(host, timeout, stamp),
                attempts::Next::Sleep(duration) => {
                    self.state = State::Attempting;
                    Step::Sleep(duration)
                }
                attempts::Next::End(error) => Step::Done(Err(error)),
            },
            State::Fetching(fetch) if fetch.is_under_way() => {
                let lost = TransportError::from(TransportErrorKind::MaybeSent);
                self.fetched(*fetch, Err(lost.into()), stamp.unix_seconds);
                self.poll(elapsed, stamp)
            }
            State::Fetching(fetch) => self.fetch(fetch, elapsed, stamp),
            State::Ended(result) => Step::Done(result.map_err(|error| self.attempts.give_up(error))),
            State::Over => {
                // What became of it was said once, or not at all because the signing key panicked.
                let kind = match self.attempts.made() {
                    0 => TransportErrorKind::NotSent,
                    _ => TransportErrorKind::MaybeSent,
                };
                let error = TransportError::new(kind, "the exchange is over and was polled again");
                Step::Done(Err(error.into()))
            }
        }
    }

    /// Takes the response to the request that was handed out. `now` is our time.
    pub fn on_response(&mut self, response: &Response<Bytes>, now: UnixSeconds) {
        match mem::replace(&mut self.state, State::Over) {
            State::Attempting if self.attempts.is_under_way() => {
                let result = self.client.response(&self.operation, response, now);
                let parked = match result {
                    // No fetch of certificates waits for certificates.
                    Err(error) if O::keys_in_response(CrateOnly).is_none() => {
                        KeyFetch::new(&self.client, error, response, now).map_err(Err)
                    }
                    result => Err(result),
                };
                match parked {
                    Ok(fetch) => self.state = State::Fetching(fetch),
                    Err(result) => self.settle(result),
                }
            }
            State::Fetching(fetch) if fetch.is_under_way() => {
                let fetched = self.client.response(&DownloadCertificates, response, now);
                self.fetched(*fetch, fetched.map(drop), now);
            }
            // News of a request that was never handed out, or came twice, changes nothing.
            other => self.state = other,
        }
    }

    /// Takes the news that no response to the request will come.
    pub fn on_transport_error(&mut self, error: TransportError) {
        match mem::replace(&mut self.state, State::Over) {
            State::Attempting if self.attempts.is_under_way() => self.settle(Err(error.into())),
            State::Fetching(fetch) if fetch.is_under_way() => {
                let now = fetch.received();
                self.fetched(*fetch, Err(error.into()), now);
            }
            other => self.state = other,
        }
    }

    /// Ends the exchange because nothing more can be sent, for `reason`. What is known by then is still the result.
    pub(super) fn stop(&mut self, reason: BuildError) -> Step<O::Response> {
        let error = match mem::replace(&mut self.state, State::Over) {
            State::Ended(Ok(answer)) => return Step::Done(Ok(answer)),
            State::Ended(Err(error)) => error,
            State::Fetching(fetch) => fetch.into_error(),
            State::Attempting => self.attempts.stop().unwrap_or(reason.into()),
            State::Over => reason.into(),
        };
        Step::Done(Err(self.attempts.give_up(error)))
    }

    /// The path without its parameters.
    pub(super) fn template(&self) -> &'static str {
        self.main.template()
    }

    /// How many requests of the operation have been handed out.
    pub(super) fn attempts(&self) -> u32 {
        self.attempts.made()
    }

    /// How the last request ended, if it was in an error.
    #[cfg(feature = "tracing")]
    pub(super) fn error(&self) -> Option<&Error> {
        match &self.state {
            State::Attempting => self.attempts.error(),
            State::Fetching(fetch) => Some(fetch.error()),
            State::Ended(result) => result.as_ref().err(),
            State::Over => None,
        }
    }

    fn send(&mut self, host: Host, timeout: Duration, stamp: Stamp) -> Step<O::Response> {
        let prepared = self.backup.as_ref().filter(|_| host == Host::Backup).unwrap_or(&self.main);
        let request = match self.client.sign(prepared, stamp) {
            Ok(request) => request,
            Err(error) => return Step::Done(Err(self.attempts.give_up(error.into()))),
        };
        self.attempts.sent(retry::jitter(&stamp));
        let reason = match (self.attempts.made(), host) {
            (1, _) => SendReason::Operation,
            (attempt, Host::Main) => SendReason::Retry { attempt },
            (attempt, Host::Backup) => SendReason::BackupHost { attempt },
        };
        self.state = State::Attempting;
        Step::Send { request, reason, timeout }
    }

    fn fetch(&mut self, fetch: Box<KeyFetch>, elapsed: Duration, stamp: Stamp) -> Step<O::Response> {
        let policy = self.client.retry();
        let timeout = policy.attempt_timeout.min(policy.total.saturating_sub(elapsed));
        let backup = self.client.backup().filter(|_| self.attempts.host() == Host::Backup);
        let host = backup.unwrap_or(self.client.base_url());
        match fetch.next(&self.client, host, timeout, stamp) {
            key_fetch::Next::Read(parked) => {
                self.read(&parked);
                self.poll(elapsed, stamp)
            }
            key_fetch::Next::Send { fetch, request, timeout } => {
                self.state = State::Fetching(fetch);
                Step::Send { request, reason: SendReason::FetchPlatformKeys, timeout }
            }
            key_fetch::Next::Sleep(fetch, duration) => {
                self.state = State::Fetching(fetch);
                Step::Sleep(duration)
            }
            key_fetch::Next::End(error) => Step::Done(Err(self.attempts.give_up(error))),
        }
    }

    fn fetched(&mut self, fetch: KeyFetch, fetched: Result<(), Error>, now: UnixSeconds) {
        match fetch.ended(&self.client, fetched, now) {
            Ok(parked) => self.read(&parked),
            Err(error) => self.state = State::Ended(Err(error)),
        }
    }

    fn read(&mut self, parked: &key_fetch::Parked) {
        let result = self.client.response(&self.operation, &parked.response, parked.received);
        self.settle(result);
    }

    fn settle(&mut self, result: Result<Answer<O::Response>, Error>) {
        self.state = match self.attempts.ended(result) {
            Some(result) => State::Ended(result),
            None => State::Attempting,
        };
    }
}

impl<O: Operation> fmt::Debug for Exchange<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("operation", &O::NAME)
            .field("path", &self.template())
            .field("attempts", &self.attempts())
            .field("unresolved", &self.attempts.is_unresolved())
            .finish_non_exhaustive()
    }
}
