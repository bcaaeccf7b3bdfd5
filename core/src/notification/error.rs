use std::fmt;

use bytes::Bytes;
use http::{Response, StatusCode};

use super::reply::failure;
use crate::error::{JsonError, OneLine, VerifyErrorKind, causes};

/// A callback that cannot be processed. Reply to it with [`reply`](Self::reply).
///
/// `{}` says what is wrong; `{:#}` adds all causes, in one line.
#[derive(Debug)]
pub struct NotificationError(Box<NotificationErrorKind>);

/// Why a callback cannot be processed.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum NotificationErrorKind {
    /// The callback could not be verified or decrypted.
    #[error("the callback could not be verified or decrypted: {0}")]
    Verify(VerifyErrorKind),
    /// The callback is from WeChat Pay, but does not have the documented structure.
    #[error("the callback does not have the documented structure")]
    Envelope(#[source] JsonError),
    /// The callback is from WeChat Pay and was decrypted, but its content does not have the documented structure.
    #[error("the content of the callback {} ({} bytes) does not have the documented structure", OneLine(id), resource.len())]
    Resource {
        /// The id of the callback.
        id: String,
        /// The decrypted content, so that no information is lost.
        resource: Bytes,
        /// Why the content could not be decoded.
        source: JsonError,
    },
}

impl NotificationError {
    /// Returns why the callback cannot be processed.
    pub fn kind(&self) -> &NotificationErrorKind {
        &self.0
    }

    /// Whether the callback was a signature probe: WeChat Pay occasionally sends wrong signatures to check that they
    /// are rejected. Intended for logs only; the reply is the same.
    pub fn is_probe(&self) -> bool {
        matches!(*self.0, NotificationErrorKind::Verify(VerifyErrorKind::Probe { .. }))
    }

    /// Returns the response to send. It contains no details, because the sender of an invalid callback is unknown.
    ///
    /// The status is 401 when the callback could not be verified, and 400 when it is not a callback. It is 500 when
    /// this side cannot decrypt or decode the callback; WeChat Pay then sends it again.
    pub fn reply(&self) -> Response<Bytes> {
        match *self.0 {
            // The signature was valid, so the fault is the APIv3 key on this side.
            NotificationErrorKind::Verify(
                VerifyErrorKind::NoApiV3Key | VerifyErrorKind::Decrypt | VerifyErrorKind::Resource { .. },
            ) => failure(StatusCode::INTERNAL_SERVER_ERROR, "the callback could not be decrypted"),
            NotificationErrorKind::Verify(_) => {
                failure(StatusCode::UNAUTHORIZED, "the callback could not be verified")
            }
            NotificationErrorKind::Envelope(_) => {
                failure(StatusCode::BAD_REQUEST, "the callback could not be parsed")
            }
            NotificationErrorKind::Resource { .. } => {
                failure(StatusCode::INTERNAL_SERVER_ERROR, "the content of the callback could not be decoded")
            }
        }
    }
}

impl fmt::Display for NotificationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        causes(self, f)
    }
}

impl std::error::Error for NotificationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&*self.0)
    }
}

impl From<NotificationErrorKind> for NotificationError {
    fn from(kind: NotificationErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl From<VerifyErrorKind> for NotificationError {
    fn from(kind: VerifyErrorKind) -> Self {
        NotificationErrorKind::Verify(kind).into()
    }
}

/// Omits the content, which may contain personal data.
impl fmt::Debug for NotificationErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verify(kind) => f.debug_tuple("Verify").field(kind).finish(),
            Self::Envelope(source) => f.debug_tuple("Envelope").field(source).finish(),
            Self::Resource { id, source, .. } => {
                let id = format_args!("{}", OneLine(id));
                f.debug_struct("Resource").field("id", &id).field("source", source).finish_non_exhaustive()
            }
        }
    }
}
