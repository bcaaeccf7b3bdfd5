use std::fmt;

use bytes::Bytes;
use http::{Response, StatusCode};

use super::reply::failure;
use crate::error::{JsonError, OneLine, VerifyErrorKind};

/// A callback that cannot be acted on. Answer it with [`reply`](Self::reply).
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct NotificationError(Box<NotificationErrorKind>);

/// Why a callback cannot be acted on.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum NotificationErrorKind {
    /// It cannot be trusted, or not be decrypted.
    #[error("the callback cannot be trusted: {0}")]
    Verify(VerifyErrorKind),
    /// It is WeChat Pay's, but not a callback as documented.
    #[error("the callback is not as documented")]
    Envelope(#[source] JsonError),
    /// It is WeChat Pay's and was decrypted, but its content is not as documented.
    #[error("the content of the callback {} ({} bytes) is not as documented", OneLine(id), resource.len())]
    Resource {
        /// The callback's id.
        id: String,
        /// The decrypted content, so that nothing is lost.
        resource: Bytes,
        /// What is wrong with it.
        source: JsonError,
    },
}

impl NotificationError {
    /// Why.
    pub fn kind(&self) -> &NotificationErrorKind {
        &self.0
    }

    /// Whether it was a signature probe: WeChat Pay sends wrong signatures now and then to see that they are
    /// refused. For logs only; the answer is the same.
    pub fn is_probe(&self) -> bool {
        matches!(*self.0, NotificationErrorKind::Verify(VerifyErrorKind::Probe { .. }))
    }

    /// The answer to give. It says no more than that the callback failed: whoever sent it may be anybody.
    ///
    /// 401 for what cannot be trusted, 400 for what is no callback, 500 for what this side cannot decrypt or read (yet),
    /// which WeChat Pay will send again.
    pub fn reply(&self) -> Response<Bytes> {
        match *self.0 {
            // The signature was right, so the key here is not.
            NotificationErrorKind::Verify(
                VerifyErrorKind::NoApiV3Key | VerifyErrorKind::Decrypt | VerifyErrorKind::Resource { .. },
            ) => failure(StatusCode::INTERNAL_SERVER_ERROR, "not decrypted"),
            NotificationErrorKind::Verify(_) => failure(StatusCode::UNAUTHORIZED, "not trusted"),
            NotificationErrorKind::Envelope(_) => failure(StatusCode::BAD_REQUEST, "not a callback"),
            NotificationErrorKind::Resource { .. } => {
                failure(StatusCode::INTERNAL_SERVER_ERROR, "not understood")
            }
        }
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

/// Without the content, which may hold anything.
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
