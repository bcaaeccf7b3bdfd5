//! Converts errors: in which phase a request failed, and whether it may have been sent.

use std::error::Error as StdError;
use std::{fmt, io};

use ureq::{Error, Timeout};
use wechatpay_core::error::{Phase, TransportError, TransportErrorKind};

use crate::limit::Limit;
use crate::progress::{Progress, Stage};

/// Why no connection was made. Nothing was sent.
#[derive(Debug)]
pub(crate) struct Failure {
    phase: Phase,
    text: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Failure {
    /// `text` is a sentence without a final period. It must show no secret.
    pub(crate) fn new(phase: Phase, text: impl Into<String>) -> Self {
        Self { phase, text: text.into(), source: None }
    }

    pub(crate) fn because(self, source: impl StdError + Send + Sync + 'static) -> Self {
        Self { source: Some(Box::new(source)), ..self }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Other(Box::new(failure))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.source.as_deref()?)
    }
}

/// Converts an error before the head of the response was complete. `limit` returns the timeout that ureq names.
pub(crate) fn before_response(
    error: Error,
    progress: Progress,
    limit: impl FnOnce(Timeout) -> Limit,
) -> TransportError {
    use TransportErrorKind::{MaybeSent, NotSent};
    let error = match error {
        Error::Other(other) => match other.downcast::<Failure>() {
            Ok(failure) => return of_phase(NotSent, failure.phase, failure),
            Err(other) => Error::Other(other),
        },
        // These errors contain the URL, which may identify a person.
        Error::BadUri(_) | Error::RequireHttpsOnly(_) => {
            return TransportError::new(NotSent, "the ureq agent rejected the URL");
        }
        error @ Error::TlsRequired => return of_phase(NotSent, Phase::Tls, error),
        error => error,
    };
    let closed = progress.reused && !progress.read && is_closed(&error);
    let (kind, phase) = match progress.stage {
        Stage::Unknown => return untracked(error, limit),
        Stage::Connecting => (NotSent, Phase::Connect),
        Stage::Connected => (NotSent, Phase::Write),
        Stage::Writing if !progress.wrote => (NotSent, Phase::Write),
        Stage::Writing => (MaybeSent, Phase::Write),
        Stage::Reading => (MaybeSent, Phase::Head),
    };
    let error = timed(kind, phase, error, limit);
    if closed { error.on_reused_connection() } else { error }
}

/// Converts an error while the body is read: the platform received the request, but the response is incomplete.
pub(crate) fn in_body(error: Error, limit: impl FnOnce(Timeout) -> Limit) -> TransportError {
    timed(TransportErrorKind::MaybeSent, Phase::Body, error, limit)
}

/// Converts an error of an agent that was not created with [`agent`](crate::agent). It is
/// [`NotSent`](TransportErrorKind::NotSent) only if it always occurs before the first byte of the request is sent.
fn untracked(error: Error, limit: impl FnOnce(Timeout) -> Limit) -> TransportError {
    use TransportErrorKind::{MaybeSent, NotSent};
    let (kind, phase) = match &error {
        Error::HostNotFound | Error::Timeout(Timeout::Resolve) => (NotSent, Some(Phase::Resolve)),
        Error::ConnectionFailed
        | Error::InvalidProxyUrl
        | Error::ConnectProxyFailed(_)
        | Error::Timeout(Timeout::Connect) => (NotSent, Some(Phase::Connect)),
        Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            (NotSent, Some(Phase::Connect))
        }
        Error::Timeout(Timeout::SendRequest | Timeout::SendBody) => (MaybeSent, Some(Phase::Write)),
        Error::Timeout(Timeout::RecvResponse) => (MaybeSent, Some(Phase::Head)),
        _ => (MaybeSent, None),
    };
    match (error, phase) {
        (error, Some(phase)) => timed(kind, phase, error, limit),
        (Error::Timeout(timeout), None) => {
            TransportError::new(kind, format!("it took longer than {}", limit(timeout)))
        }
        (error, None) => TransportError::new(kind, error),
    }
}

/// Adds the phase. A timeout is named with its length.
fn timed(
    kind: TransportErrorKind,
    phase: Phase,
    error: Error,
    limit: impl FnOnce(Timeout) -> Limit,
) -> TransportError {
    let Error::Timeout(timeout) = error else { return of_phase(kind, phase, error) };
    let missing = match phase {
        Phase::Write => "the request was not written",
        Phase::Head => "no response began",
        Phase::Body => "the response was not complete",
        _ => "no connection was made",
    };
    of_phase(kind, phase, Failure::new(phase, format!("{missing} within {}", limit(timeout))))
}

fn of_phase(
    kind: TransportErrorKind,
    phase: Phase,
    source: impl Into<Box<dyn StdError + Send + Sync>>,
) -> TransportError {
    TransportError::new(kind, source).during(phase)
}

/// Whether the peer closed or reset the connection.
fn is_closed(error: &Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
    match error {
        Error::Io(error) => matches!(
            error.kind(),
            BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof
        ),
        _ => false,
    }
}
