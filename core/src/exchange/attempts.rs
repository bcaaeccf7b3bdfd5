use std::mem;
use std::time::Duration;

use super::ConnectionChoice;
use super::driven::Retry;
use crate::error::{Error, Outcome, Phase, TransportError, TransportErrorKind};
use crate::retry::{self, RetryPolicy};

/// The attempts of one operation: how many were made, at which host, how long to wait in between, and the final error.
pub(crate) struct Attempts {
    policy: RetryPolicy,
    kind: Kind,
    has_backup: bool,
    host: Host,
    /// The number of requests that have been passed to the driver.
    made: u32,
    /// Whether an attempt before the current one may have taken effect.
    unresolved: bool,
    /// Whether the driver could not send another request before the deadline.
    no_turn: bool,
    state: State,
}

/// What a second request would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing, and neither did the first: the operation only reads.
    Read,
    /// Nothing more than the first.
    Idempotent,
    /// Possibly the same once more.
    Once,
}

/// The host that a request is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    Main,
    Backup,
}

enum State {
    /// The first request is to be sent.
    Ready,
    /// A request was passed to the driver and its result is pending. `jitter` is used for the wait after it.
    InFlight { jitter: u64 },
    /// The request failed with an error after which it may be retried.
    Failed { error: Error, jitter: u64 },
    /// The request is to be sent again: after the wait that was requested, or at once.
    Waiting { error: Error, connection: ConnectionChoice },
}

/// The next step of the attempts.
pub(crate) enum Next {
    /// Send the request to this host on such a connection, with this timeout.
    Send { host: Host, timeout: Duration, connection: ConnectionChoice },
    /// Wait.
    Sleep(Duration),
    /// Stop with this error.
    End(Error),
}

impl Attempts {
    pub(crate) fn new(policy: RetryPolicy, kind: Kind, host: Host, has_backup: bool) -> Self {
        Self {
            policy,
            kind,
            has_backup,
            host,
            made: 0,
            unresolved: false,
            no_turn: false,
            state: State::Ready,
        }
    }

    /// Returns how long a request may wait for its turn, if the next step is to send one.
    ///
    /// The wait leaves half the time of an attempt: a request that is sent just before the deadline is over would most
    /// likely reach the platform and have no response. With less time than that, only a turn that is free at once counts.
    pub(crate) fn turn(&self, elapsed: Duration) -> Option<Duration> {
        let RetryPolicy { total, attempt_timeout, .. } = self.policy;
        let left = total.saturating_sub(elapsed);
        let sends = matches!(self.state, State::Ready | State::Waiting { .. }) && !left.is_zero();
        let reserve = attempt_timeout.min(total).checked_div(2).unwrap_or_default();
        sends.then(|| left.saturating_sub(reserve))
    }

    /// Records that the turn of the next request did not come. No other request is sent.
    pub(crate) fn no_turn(&mut self) {
        self.no_turn = true;
    }

    /// Returns the next step. A request without a result counts as lost.
    pub(crate) fn next(&mut self, elapsed: Duration) -> Next {
        match mem::replace(&mut self.state, State::Ready) {
            State::Ready => self.send(elapsed, ConnectionChoice::Any).unwrap_or_else(|| {
                let not_sent = |reason| TransportError::new(TransportErrorKind::NotSent, reason);
                let error = match self.no_turn {
                    true => not_sent("too many requests were in flight").during(Phase::Queue),
                    false => not_sent("the deadline was over before the request could be sent"),
                };
                Next::End(error.into())
            }),
            // If the wait took too long, there is no time for another response, so the last error is returned.
            State::Waiting { error, connection } => {
                self.send(elapsed, connection).unwrap_or_else(|| Next::End(self.give_up(error)))
            }
            State::InFlight { jitter } => {
                self.state = State::InFlight { jitter };
                let lost = TransportError::from(TransportErrorKind::MaybeSent);
                match self.ended::<()>(Err(lost.into())) {
                    Some(Err(error)) => Next::End(self.give_up(error)),
                    _ => self.next(elapsed),
                }
            }
            State::Failed { error, jitter } => {
                let retry_after = error.api().and_then(|api| api.retry_after());
                let delay = self.policy.delay(self.made, retry_after, jitter);
                let left = self.policy.total.saturating_sub(elapsed);
                if self.made >= self.policy.max_attempts || delay >= left {
                    return Next::End(self.give_up(error));
                }
                self.unresolved |= error.outcome() != Outcome::NotSent;
                if self.has_backup && retry::may_be_host_failure(&error) {
                    self.host = match self.host {
                        Host::Main => Host::Backup,
                        Host::Backup => Host::Main,
                    };
                }
                self.state = State::Waiting { error, connection: ConnectionChoice::Any };
                Next::Sleep(delay)
            }
        }
    }

    /// Sends the request, unless there is no time for a response.
    fn send(&self, elapsed: Duration, connection: ConnectionChoice) -> Option<Next> {
        let timeout = self.policy.attempt_timeout.min(self.policy.total.saturating_sub(elapsed));
        (!timeout.is_zero() && !self.no_turn).then_some(Next::Send { host: self.host, timeout, connection })
    }

    /// Records that the request was passed to the driver.
    pub(crate) fn sent(&mut self, jitter: u64) {
        self.made = self.made.saturating_add(1);
        self.state = State::InFlight { jitter };
    }

    /// Takes the result of the request. Returns it if it ends all attempts.
    pub(crate) fn ended<T>(&mut self, result: Result<T, Error>) -> Option<Result<T, Error>> {
        match result {
            Ok(value) => Some(Ok(value)),
            Err(error) => self.failed(error).map(Err),
        }
    }

    /// Takes the error of the request. Returns it if it ends all attempts.
    pub(crate) fn failed(&mut self, error: Error) -> Option<Error> {
        match &self.state {
            State::InFlight { jitter } if retry::may_retry(&error, self.kind != Kind::Once) => {
                // A closed connection says nothing about the host. A new connection will not have been closed while idle.
                let at_once = is_reused(&error) && self.made < self.policy.max_attempts;
                self.unresolved |= at_once && error.outcome() != Outcome::NotSent;
                self.state = match at_once {
                    true => State::Waiting { error, connection: ConnectionChoice::New },
                    false => State::Failed { error, jitter: *jitter },
                };
                None
            }
            _ => Some(error),
        }
    }

    /// Stops before the next request. Returns the error known by then, if any.
    pub(crate) fn stop(&mut self) -> Option<Error> {
        match mem::replace(&mut self.state, State::Ready) {
            State::Ready => None,
            State::InFlight { .. } => Some(TransportError::from(TransportErrorKind::MaybeSent).into()),
            State::Failed { error, .. } | State::Waiting { error, .. } => Some(error),
        }
    }

    /// Returns the final error. If an earlier attempt may have taken effect, the outcome is unknown, whatever the last
    /// error. A read has no effect.
    pub(crate) fn give_up(&self, error: Error) -> Error {
        match (self.unresolved && self.kind != Kind::Read, error.outcome()) {
            (true, Outcome::NotSent | Outcome::Rejected) => {
                Error::Unresolved { attempts: self.made, last: Box::new(error) }
            }
            _ => error,
        }
    }

    /// Returns the number of requests that have been passed to the driver.
    pub(crate) fn made(&self) -> u32 {
        self.made
    }

    /// Returns the host of the last request.
    pub(crate) fn host(&self) -> Host {
        self.host
    }

    pub(crate) fn is_unresolved(&self) -> bool {
        self.unresolved
    }

    pub(crate) fn is_in_flight(&self) -> bool {
        matches!(self.state, State::InFlight { .. })
    }

    /// Returns when the request is to be sent again, if it is.
    pub(crate) fn retry(&self) -> Option<Retry> {
        match &self.state {
            State::Waiting { connection: ConnectionChoice::New, .. } => Some(Retry::AtOnce),
            State::Waiting { .. } => Some(Retry::AfterPause),
            State::Ready | State::InFlight { .. } | State::Failed { .. } => None,
        }
    }

    /// Returns the error after which the request will be retried.
    pub(crate) fn error(&self) -> Option<&Error> {
        match &self.state {
            State::Failed { error, .. } | State::Waiting { error, .. } => Some(error),
            State::Ready | State::InFlight { .. } => None,
        }
    }
}

/// Whether a kept connection was closed before any byte of the response arrived.
fn is_reused(error: &Error) -> bool {
    matches!(error, Error::Transport(error) if error.is_reused_connection())
}
