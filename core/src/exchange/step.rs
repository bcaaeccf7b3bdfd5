use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::Request;

/// The next step of an exchange, or of the reading of a callback. `T` is its result.
#[expect(clippy::large_enum_variant, reason = "made and taken apart once per attempt; a box would cost more")]
pub enum Step<T> {
    /// Send this request unchanged and without following redirects.
    #[non_exhaustive]
    Send {
        /// The signed request.
        request: Request<Bytes>,
        /// Why the request is sent.
        reason: SendReason,
        /// The timeout of the attempt, from connecting to the last byte of the body.
        timeout: Duration,
        /// Whether the request may be sent on a kept connection.
        connection: ConnectionChoice,
    },
    /// Wait this long, then poll again.
    Sleep(Duration),
    /// The result.
    Done(T),
}

/// Which connection a request may be sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionChoice {
    /// Any, such as one that was kept open from an earlier request.
    Any,
    /// A new one, because a kept connection turned out to be closed, and so may the others.
    New,
}

/// Why a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendReason {
    /// The first attempt at the operation.
    Operation,
    /// A retry of the operation: same target and body, but fresh time, nonce and signature.
    Retry {
        /// The number of this attempt. The first retry is attempt 2.
        attempt: u32,
    },
    /// A retry of the operation at the backup host.
    BackupHost {
        /// The number of this attempt. The first retry is attempt 2.
        attempt: u32,
    },
    /// A request for the platform's certificates, to verify a response or a callback that has arrived.
    FetchPlatformKeys,
}

/// Omits the request, whose target may identify a person.
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
