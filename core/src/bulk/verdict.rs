use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::{BulkOperation, Refusal};
use crate::answer::Answer;
use crate::error::{Advice, ApiError, Error, Outcome, StopReason};

/// What the end of one attempt says: [`Outcome`] and [`Advice`] in one, and for a rejection what the operation says of it.
///
/// It can be stored. In JSON it is its name, such as `"not_sent"`, with what it contains, such as `{"sent":"9867041"}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// A verified success, with the name of what was made.
    Sent(String),
    /// A success whose response cannot be read.
    Unreadable,
    /// The request may have taken effect: a timeout, a closed connection, a response that proves nothing.
    Unknown {
        /// Whether the response says that the platform failed (5xx).
        failed: bool,
    },
    /// The request may have taken effect, and what came back lets expect the same for every other request: it could not
    /// be verified, or is not the platform's.
    Unverifiable(StopReason),
    /// The platform received too many requests. This one may have taken effect.
    RateLimited,
    /// The process ended during the attempt, so the request may have taken effect.
    Lost,
    /// The attempt was recorded, but its request was never started.
    Withdrawn,
    /// The request did not leave this machine.
    NotSent,
    /// The platform did not accept the merchant's signature. It does not sign such responses.
    Unauthenticated,
    /// The request had no effect, and no other one can succeed either.
    Stop(StopReason),
    /// The request cannot be built.
    Invalid,
    /// A verified rejection of this request.
    Refused(Refusal),
}

impl Verdict {
    /// Judges the result of a call.
    pub fn of<O: BulkOperation>(result: &Result<Answer<O::Response>, Error>) -> Self {
        let error = match result {
            Ok(answer) if answer.is_verified() => return Self::Sent(O::made(answer)),
            Ok(_) => return Self::Unknown { failed: false },
            Err(error) => error,
        };
        match (error.outcome(), error.advice()) {
            (Outcome::Done, _) => Self::Unreadable,
            (Outcome::NotSent, Advice::Stop(reason)) => Self::Stop(reason),
            (Outcome::NotSent, Advice::Change) => Self::Invalid,
            (Outcome::NotSent, Advice::Repeat { .. }) => Self::NotSent,
            (Outcome::Rejected, _) => match error.api().filter(|error| error.is_verified()).map(O::refusal) {
                None => Self::Unauthenticated,
                Some(Refusal::Stop(reason)) => Self::Stop(reason),
                Some(refusal) => Self::Refused(refusal),
            },
            (Outcome::Unknown, Advice::Stop(reason)) => Self::Unverifiable(reason),
            (Outcome::Unknown, _) if error.api().is_some_and(ApiError::is_rate_limited) => Self::RateLimited,
            (Outcome::Unknown, _) if error.api().is_some_and(is_unsigned_bad_request) => {
                Self::Unverifiable(StopReason::Setup)
            }
            (Outcome::Unknown, _) => {
                Self::Unknown { failed: error.http_status().is_some_and(|status| status.is_server_error()) }
            }
        }
    }

    /// Whether the operation may have taken effect in an attempt that ended so.
    pub fn may_have_happened(&self) -> bool {
        match self {
            Self::Sent(_)
            | Self::Unreadable
            | Self::Unknown { .. }
            | Self::Unverifiable(_)
            | Self::RateLimited
            | Self::Lost => true,
            Self::Withdrawn
            | Self::NotSent
            | Self::Unauthenticated
            | Self::Stop(_)
            | Self::Invalid
            | Self::Refused(_) => false,
        }
    }
}

/// The platform answers so before it looks at the signature, for example when a header is missing. Every request has the
/// same headers.
fn is_unsigned_bad_request(error: &ApiError) -> bool {
    !error.is_verified() && error.http_status() == StatusCode::BAD_REQUEST
}
