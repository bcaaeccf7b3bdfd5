use std::fmt;

use bytes::Bytes;

use super::{Context, JsonError};

/// The body of a verified success response does not have the documented structure. The operation *has* been carried
/// out.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DecodeError(Box<Inner>);

#[derive(thiserror::Error)]
#[error("the response body of {} bytes does not have the documented structure ({context})", body.len())]
struct Inner {
    context: Context,
    body: Bytes,
    source: JsonError,
}

impl DecodeError {
    pub(crate) fn new(context: Context, body: Bytes, source: JsonError) -> Self {
        Self(Box::new(Inner { context, body, source }))
    }

    /// Returns the platform's `Request-ID`.
    pub fn request_id(&self) -> Option<&str> {
        self.0.context.request_id.as_deref()
    }

    /// Returns the HTTP status, which is a 2xx.
    pub fn http_status(&self) -> http::StatusCode {
        self.0.context.status
    }

    /// Returns the body as received, so that no information is lost.
    pub fn body(&self) -> &Bytes {
        &self.0.body
    }
}

/// Omits the body, which may contain personal data.
impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("context", &self.context)
            .field("body_len", &self.body.len())
            .field("source", &self.source)
            .finish()
    }
}
