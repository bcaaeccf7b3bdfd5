use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::Request;

use crate::error::Error;
use crate::response::Answer;

/// What is to be done next.
#[expect(clippy::large_enum_variant, reason = "made and taken apart once per attempt; a box would cost more")]
pub enum Step<T> {
    /// Send this request, as it is and without following redirects, and give up after `timeout`.
    #[non_exhaustive]
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
    /// The operation again, at the backup host.
    BackupHost {
        /// Which attempt this is; the first retry is 2.
        attempt: u32,
    },
    /// The platform's certificates are asked for, to verify an answer that has come.
    FetchPlatformKeys,
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
