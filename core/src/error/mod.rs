//! Errors by stage, each of which says what became of the operation.

mod api;
mod build;
mod decode;
mod download;
mod json;
mod one_line;
mod transport;
mod verify;

use std::fmt;

pub use api::{ApiError, ErrorCode, ErrorDetail};
pub use build::BuildError;
pub use decode::DecodeError;
pub use download::DownloadError;
pub use json::JsonError;
pub(crate) use one_line::OneLine;
pub use transport::{TransportError, TransportErrorKind};
pub use verify::{VerifyError, VerifyErrorKind};

pub use crate::crypto::{CryptoError, KeyError};
pub use crate::field::{FieldProblem, InvalidField};

/// What became of an operation that ended in an error. Money depends on it.
///
/// It speaks of this call and all its attempts, and of no other. If an earlier call with the same `out_request_no`
/// ended as [`Unknown`](Self::Unknown), crashed or was dropped, a later `NotSent` or `Rejected` does not settle that
/// one: go on with the same number until it succeeds, or query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Nothing left this process, so this call did nothing. Send it whenever you like.
    NotSent,
    /// The platform refused, so this call did nothing. Change what it objects to, or let it be.
    Rejected,
    /// It may have happened. Repeat the *identical* request (same `out_request_no`) or query; a new
    /// `out_request_no` could create a second coupon.
    Unknown,
    /// It happened. Only the answer could not be read.
    Done,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "not sent: this call did nothing",
            Self::Rejected => "rejected: this call did nothing",
            Self::Unknown => "unknown: it may have happened; repeat the identical request or query",
            Self::Done => "done: it happened, only the answer could not be read",
        })
    }
}

/// Why an operation did not give its answer, by the stage at which it ended.
///
/// `Display` speaks of its own layer only; follow [`source`](std::error::Error::source) for the causes. No
/// variant shows a key, an `Authorization` header, an openid or a body.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The request could not be built or signed.
    Build(BuildError),
    /// No answer was received.
    Transport(TransportError),
    /// The answer cannot be trusted.
    Verify(VerifyError),
    /// The platform answered with an error.
    Api(ApiError),
    /// A success was received and verified, but could not be read.
    Decode(DecodeError),
    /// The file behind an answer was received, but is not to be used.
    Download(DownloadError),
    /// An earlier attempt may have taken effect, and repeating it ended with the error inside.
    Unresolved {
        /// How many attempts were made.
        attempts: u32,
        /// How the last one ended.
        last: Box<Error>,
    },
}

impl Error {
    /// What became of the operation.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Build(_) => Outcome::NotSent,
            Self::Transport(error) => error.outcome(),
            Self::Verify(_) | Self::Unresolved { .. } => Outcome::Unknown,
            Self::Api(error) => error.outcome(),
            Self::Decode(_) | Self::Download(_) => Outcome::Done,
        }
    }

    /// The platform's error answer, if that is how it ended.
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(error) => Some(error),
            Self::Unresolved { last, .. } => last.api(),
            _ => None,
        }
    }

    /// The platform's `Request-ID`, to be given to its support.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Api(error) => error.request_id(),
            Self::Verify(error) => error.request_id(),
            Self::Decode(error) => error.request_id(),
            Self::Unresolved { last, .. } => last.request_id(),
            Self::Build(_) | Self::Transport(_) | Self::Download(_) => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(_) => f.write_str("the request could not be built"),
            Self::Transport(_) => f.write_str("no answer was received"),
            Self::Verify(_) => f.write_str("the answer cannot be trusted"),
            Self::Api(_) => f.write_str("WeChat Pay answered with an error"),
            Self::Decode(_) => f.write_str("the answer could not be read"),
            Self::Download(_) => f.write_str("the downloaded file is not to be used"),
            Self::Unresolved { attempts, .. } => {
                write!(
                    f,
                    "still unresolved after {attempts} attempts, of which an earlier one may have taken effect"
                )
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Build(source) => Some(source),
            Self::Transport(source) => Some(source),
            Self::Verify(source) => Some(source),
            Self::Api(source) => Some(source),
            Self::Decode(source) => Some(source),
            Self::Download(source) => Some(source),
            Self::Unresolved { last, .. } => Some(last),
        }
    }
}

macro_rules! from {
    ($($variant:ident($source:ty)),+) => {
        $(impl From<$source> for Error {
            fn from(source: $source) -> Self {
                Self::$variant(source)
            }
        })+
    };
}

from!(
    Build(BuildError),
    Transport(TransportError),
    Verify(VerifyError),
    Api(ApiError),
    Decode(DecodeError),
    Download(DownloadError)
);

/// What every answer brings besides its body, kept for support and logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Context {
    pub(crate) status: http::StatusCode,
    pub(crate) request_id: Option<String>,
}

impl Context {
    /// `Request-ID` values longer than this are cut: a remote party must not fill a log.
    const MAX_REQUEST_ID: usize = 128;

    pub(crate) fn of<B>(response: &http::Response<B>) -> Self {
        let request_id = response.headers().get("request-id").and_then(|value| value.to_str().ok());
        Self {
            status: response.status(),
            request_id: request_id.map(|id| id.chars().take(Self::MAX_REQUEST_ID).collect()),
        }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}", self.status.as_u16())?;
        match &self.request_id {
            Some(id) => write!(f, ", request id {id}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_stay_small() {
        // An error travels through every `Result` of the caller; the large parts are boxed.
        assert!(size_of::<Error>() <= 64, "{}", size_of::<Error>());
        assert!(size_of::<ApiError>() <= 8, "{}", size_of::<ApiError>());
    }
}
