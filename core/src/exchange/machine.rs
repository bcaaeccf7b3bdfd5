use std::fmt;
use std::mem;
use std::time::Duration;

use bytes::Bytes;
use http::Response;

use super::attempts::{self, Host, Kind};
use super::driven::{End, Progress};
use super::{Attempts, ConnectionChoice, Driven, Parked, Requests, SendReason, Step};
use crate::answer::Answer;
use crate::client::Client;
use crate::error::{BuildError, Error, TransportError, TransportErrorKind};
use crate::operation::{CrateOnly, Operation};
use crate::request::Stamp;
use crate::retry;
use crate::types::UnixSeconds;

/// The result of an exchange.
type Exchanged<O> = Result<Answer<<O as Operation>::Response>, Error>;

/// An operation in progress. See the [module](crate::exchange) documentation.
pub struct Exchange<O: Operation> {
    client: Client,
    operation: O,
    requests: Requests,
    attempts: Attempts,
    /// The stamp of the last request of the operation.
    stamp: Option<Stamp>,
    state: State<O::Response>,
}

enum State<T> {
    /// The attempts determine the next step.
    Attempting,
    /// A response waits for the key it is signed with.
    Fetching(Box<Parked>),
    /// The result is available.
    Ended(Result<Answer<T>, Error>),
    /// The result was returned.
    Over,
}

impl Client {
    /// Starts an exchange, which takes the operation from its first request to its response, with retries.
    ///
    /// # Errors
    /// [`BuildError`] when the request cannot be built.
    pub fn exchange<O: Operation>(&self, operation: &O) -> Result<Exchange<O>, BuildError> {
        let requests = Requests::new(self, operation)?;
        let kind = match O::IDEMPOTENT {
            true if O::METHOD.is_safe() => Kind::Read,
            true => Kind::Idempotent,
            false => Kind::Once,
        };
        let attempts = Attempts::new(self.retry().clone(), kind, Host::Main, requests.has_backup());
        let (client, operation) = (self.clone(), operation.clone());
        Ok(Exchange { client, operation, requests, attempts, stamp: None, state: State::Attempting })
    }
}

impl<O: Operation> Exchange<O> {
    /// Returns the next step.
    ///
    /// `elapsed` is the time since the exchange started, from a monotonic clock. `stamp` holds the current time and a
    /// fresh nonce; the exchange uses it if the step sends a request.
    ///
    /// Polling while a request is in flight treats that request as lost. Polling after [`Done`](Step::Done) returns an
    /// error whose outcome is unknown if any request was sent.
    pub fn poll(&mut self, elapsed: Duration, stamp: Stamp) -> Step<Exchanged<O>> {
        match mem::replace(&mut self.state, State::Over) {
            State::Attempting => match self.attempts.next(elapsed) {
                attempts::Next::Send { host, timeout, connection } => {
                    self.send(host, timeout, connection, stamp)
                }
                attempts::Next::Sleep(duration) => {
                    self.state = State::Attempting;
                    Step::Sleep(duration)
                }
                attempts::Next::End(error) => Step::Done(Err(error)),
            },
            State::Fetching(parked) => self.fetch(parked, elapsed, stamp),
            State::Ended(result) => Step::Done(result.map_err(|error| self.attempts.give_up(error))),
            State::Over => {
                // Either the result was already returned, or a panic in the signing key prevented it.
                let kind = match self.attempts.made() {
                    0 => TransportErrorKind::NotSent,
                    _ => TransportErrorKind::MaybeSent,
                };
                let error = TransportError::new(kind, "the exchange was polled after it had ended");
                Step::Done(Err(error.into()))
            }
        }
    }

    /// Takes the response to the request in flight. `now` is the local time.
    pub fn on_response(&mut self, response: &Response<Bytes>, now: UnixSeconds) {
        match mem::replace(&mut self.state, State::Over) {
            State::Attempting if self.attempts.is_in_flight() => {
                let result = self.client.response_to(&self.operation, self.stamp, response, now);
                let parked = match result {
                    // An operation that fetches certificates itself must not wait for certificates.
                    Err(error) if O::keys_in_response(CrateOnly).is_none() => {
                        Parked::new(&self.client, error, response, now, self.attempts.host()).map_err(Err)
                    }
                    result => Err(result),
                };
                match parked {
                    Ok(parked) => self.state = State::Fetching(parked),
                    Err(result) => self.settle(result),
                }
            }
            State::Fetching(mut parked) => {
                parked.fetch.on_response(&self.client, response, now);
                self.state = State::Fetching(parked);
            }
            // A response without a request in flight, or a second response, is ignored.
            other => self.state = other,
        }
    }

    /// Records that the request in flight ended without a response.
    pub fn on_transport_error(&mut self, error: TransportError) {
        match mem::replace(&mut self.state, State::Over) {
            State::Attempting if self.attempts.is_in_flight() => {
                let error = error.tried(self.requests.at(self.attempts.host()).uri());
                self.settle(Err(error.into()));
            }
            State::Fetching(mut parked) => {
                parked.fetch.on_transport_error(error);
                self.state = State::Fetching(parked);
            }
            other => self.state = other,
        }
    }

    /// Returns the path with its parameters in braces.
    fn template(&self) -> &'static str {
        self.requests.at(Host::Main).template()
    }

    /// Returns the error of the last request, if it failed.
    fn error(&self) -> Option<&Error> {
        match &self.state {
            State::Attempting => self.attempts.error(),
            State::Fetching(parked) => Some(&parked.error),
            State::Ended(result) => result.as_ref().err(),
            State::Over => None,
        }
    }

    fn send(
        &mut self,
        host: Host,
        timeout: Duration,
        connection: ConnectionChoice,
        stamp: Stamp,
    ) -> Step<Exchanged<O>> {
        let request = match self.client.sign(self.requests.at(host), stamp) {
            Ok(request) => request,
            Err(error) => return Step::Done(Err(self.attempts.give_up(error.into()))),
        };
        self.attempts.sent(retry::jitter(&stamp));
        self.stamp = Some(stamp);
        let reason = match (self.attempts.made(), host) {
            (1, _) => SendReason::Operation,
            (attempt, Host::Main) => SendReason::Retry { attempt },
            (attempt, Host::Backup) => SendReason::BackupHost { attempt },
        };
        self.state = State::Attempting;
        Step::Send { request, reason, timeout, connection }
    }

    fn fetch(&mut self, mut parked: Box<Parked>, elapsed: Duration, stamp: Stamp) -> Step<Exchanged<O>> {
        match parked.fetch.next(&self.client, elapsed, stamp) {
            Step::Done(Ok(())) => {
                let (response, received) = (&parked.response, parked.received);
                let result = self.client.response_to(&self.operation, self.stamp, response, received);
                self.settle(result);
                self.poll(elapsed, stamp)
            }
            Step::Done(Err(reason)) => {
                self.settle(Err(parked.without_certificates(reason)));
                self.poll(elapsed, stamp)
            }
            Step::Send { request, reason, timeout, connection } => {
                self.state = State::Fetching(parked);
                Step::Send { request, reason, timeout, connection }
            }
            Step::Sleep(duration) => {
                self.state = State::Fetching(parked);
                Step::Sleep(duration)
            }
        }
    }

    fn settle(&mut self, result: Result<Answer<O::Response>, Error>) {
        self.state = match self.attempts.ended(result) {
            Some(result) => State::Ended(result),
            None => State::Attempting,
        };
    }
}

impl<O: Operation> Driven for Exchange<O> {
    type Output = Exchanged<O>;

    /// A request for certificates needs none: the results of the calls whose responses wait for it would be unknown if it
    /// waited behind calls that are not sent yet.
    fn turn(&mut self, elapsed: Duration, _: UnixSeconds) -> Option<Duration> {
        if matches!(self.state, State::Attempting) { self.attempts.turn(elapsed) } else { None }
    }

    fn on_no_turn(&mut self) {
        self.attempts.no_turn();
    }

    fn poll(&mut self, elapsed: Duration, stamp: Stamp) -> Step<Exchanged<O>> {
        Self::poll(self, elapsed, stamp)
    }

    fn on_response(&mut self, response: &Response<Bytes>, now: UnixSeconds) {
        Self::on_response(self, response, now);
    }

    fn on_transport_error(&mut self, error: TransportError) {
        Self::on_transport_error(self, error);
    }

    /// A result or error known by then takes precedence.
    fn stop(&mut self, reason: BuildError, _: CrateOnly) -> Exchanged<O> {
        let error = match mem::replace(&mut self.state, State::Over) {
            State::Ended(Ok(answer)) => return Ok(answer),
            State::Ended(Err(error)) => error,
            State::Fetching(parked) => parked.error,
            State::Attempting => self.attempts.stop().unwrap_or(reason.into()),
            State::Over => reason.into(),
        };
        Err(self.attempts.give_up(error))
    }

    fn progress(&self, _: CrateOnly) -> Progress<'_> {
        let (operation, path, attempts) = (O::NAME, self.template(), self.attempts.made());
        let uri = Some(self.requests.at(self.attempts.host()).uri());
        match &self.state {
            State::Fetching(parked) if parked.fetch.made() > 0 => {
                let (attempts, uri) = (parked.fetch.made(), parked.fetch.last_uri());
                let (error, retry) = (parked.fetch.error(), parked.fetch.retry());
                Progress { operation, path, attempts, uri, error, retry }
            }
            State::Fetching(parked) => {
                let error = Some(&parked.error);
                Progress { operation, path, attempts, uri, error, retry: None }
            }
            State::Attempting | State::Ended(_) | State::Over => {
                let (error, retry) = (self.error(), self.attempts.retry());
                Progress { operation, path, attempts, uri, error, retry }
            }
        }
    }

    fn client(&self, _: CrateOnly) -> &Client {
        &self.client
    }

    fn end(output: &Exchanged<O>, _: CrateOnly) -> End<'_> {
        End::Operation(output.as_ref().err())
    }
}

impl<O: Operation> fmt::Debug for Exchange<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("operation", &O::NAME)
            .field("path", &self.template())
            .field("attempts", &self.attempts.made())
            .field("unresolved", &self.attempts.is_unresolved())
            .finish_non_exhaustive()
    }
}
