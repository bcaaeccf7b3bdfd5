use std::mem;
use std::time::Duration;

use crate::error::{Error, Outcome, TransportError, TransportErrorKind};
use crate::retry::{self, RetryPolicy};

/// The attempts at one request: how many, at which host, how far apart, and what is said in the end.
pub(super) struct Attempts {
    policy: RetryPolicy,
    idempotent: bool,
    has_backup: bool,
    host: Host,
    /// How many requests have been handed out.
    made: u32,
    /// Whether an attempt that was given up for another may have taken effect.
    unresolved: bool,
    state: State,
}

/// Where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host {
    Main,
    Backup,
}

enum State {
    /// The first request is to be sent.
    Ready,
    /// A request was handed out and nothing has come of it yet. `jitter` is for the wait after it.
    UnderWay { jitter: u64 },
    /// The request ended in a way after which it may be repeated.
    Failed { error: Error, jitter: u64 },
    /// A wait was asked for; then the request is to be sent again.
    Waiting { error: Error },
}

/// What the attempts ask for.
pub(super) enum Next {
    /// Send the request to this host, and give up after `timeout`.
    Send { host: Host, timeout: Duration },
    /// Wait.
    Sleep(Duration),
    /// Stop: this is how it ends.
    End(Error),
}

impl Attempts {
    pub(super) fn new(policy: RetryPolicy, idempotent: bool, has_backup: bool) -> Self {
        let (host, state) = (Host::Main, State::Ready);
        Self { policy, idempotent, has_backup, host, made: 0, unresolved: false, state }
    }

    /// What is to be done next. A request of which nothing was heard counts as lost.
    pub(super) fn next(&mut self, elapsed: Duration) -> Next {
        match mem::replace(&mut self.state, State::Ready) {
            State::Ready => self.send(elapsed),
            // Whoever slept too long has no time for another response, and should learn of the last one.
            State::Waiting { error } if elapsed >= self.policy.total => Next::End(self.give_up(error)),
            State::Waiting { .. } => self.send(elapsed),
            State::UnderWay { jitter } => {
                self.state = State::UnderWay { jitter };
                let lost = TransportError::from(TransportErrorKind::MaybeSent);
                match self.ended::<()>(Err(lost.into())) {
                    Some(Err(error)) => Next::End(self.give_up(error)),
                    _ => self.next(elapsed),
                }
            }
            State::Failed { error, jitter } => {
                let asked = error.api().and_then(|api| api.retry_after());
                let delay = self.policy.delay(self.made, asked, jitter);
                let left = self.policy.total.saturating_sub(elapsed);
                if self.made >= self.policy.max_attempts || delay >= left {
                    return Next::End(self.give_up(error));
                }
                self.unresolved |= error.outcome() != Outcome::NotSent;
                if self.has_backup && retry::blames_host(&error) {
                    self.host = match self.host {
                        Host::Main => Host::Backup,
                        Host::Backup => Host::Main,
                    };
                }
                self.state = State::Waiting { error };
                Next::Sleep(delay)
            }
        }
    }

    fn send(&self, elapsed: Duration) -> Next {
        let left = self.policy.total.saturating_sub(elapsed);
        Next::Send { host: self.host, timeout: self.policy.attempt_timeout.min(left) }
    }

    /// The request that was asked for was handed out.
    pub(super) fn sent(&mut self, jitter: u64) {
        self.made = self.made.saturating_add(1);
        self.state = State::UnderWay { jitter };
    }

    /// Takes how the request ended. Gives it back if that is the end of all attempts.
    pub(super) fn ended<T>(&mut self, result: Result<T, Error>) -> Option<Result<T, Error>> {
        match (result, &self.state) {
            (Err(error), State::UnderWay { jitter }) if retry::may_retry(&error, self.idempotent) => {
                self.state = State::Failed { error, jitter: *jitter };
                None
            }
            (result, _) => Some(result),
        }
    }

    /// Stops before the next request. Gives the error that is known by then, if any.
    pub(super) fn stop(&mut self) -> Option<Error> {
        match mem::replace(&mut self.state, State::Ready) {
            State::Ready => None,
            State::UnderWay { .. } => Some(TransportError::from(TransportErrorKind::MaybeSent).into()),
            State::Failed { error, .. } | State::Waiting { error } => Some(error),
        }
    }

    /// The final error: unknown, however the last attempt ended, if an earlier one may have taken effect.
    pub(super) fn give_up(&self, error: Error) -> Error {
        match (self.unresolved, error.outcome()) {
            (true, Outcome::NotSent | Outcome::Rejected) => {
                Error::Unresolved { attempts: self.made, last: Box::new(error) }
            }
            _ => error,
        }
    }

    /// How many requests have been handed out.
    pub(super) fn made(&self) -> u32 {
        self.made
    }

    /// Where the last request went.
    pub(super) fn host(&self) -> Host {
        self.host
    }

    pub(super) fn is_unresolved(&self) -> bool {
        self.unresolved
    }

    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.state, State::UnderWay { .. })
    }

    /// The error after which the request is to be repeated.
    #[cfg(feature = "tracing")]
    pub(super) fn error(&self) -> Option<&Error> {
        match &self.state {
            State::Failed { error, .. } | State::Waiting { error } => Some(error),
            State::Ready | State::UnderWay { .. } => None,
        }
    }
}
