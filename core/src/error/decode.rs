use std::fmt;

use bytes::Bytes;

use super::{Context, without_value};

/// A verified success whose body is not what the platform documents. The operation *has* happened.
#[derive(Debug)]
pub struct DecodeError(Box<Inner>);

struct Inner {
    context: Context,
    body: Bytes,
    source: serde_json::Error,
}

impl DecodeError {
    pub(crate) fn new(context: Context, body: Bytes, source: serde_json::Error) -> Self {
        Self(Box::new(Inner { context, body, source: without_value(source) }))
    }

    /// The platform's `Request-ID`.
    pub fn request_id(&self) -> Option<&str> {
        self.0.context.request_id.as_deref()
    }

    /// The HTTP status, a 2xx.
    pub fn status(&self) -> http::StatusCode {
        self.0.context.status
    }

    /// The body as received, so that nothing is lost.
    pub fn body(&self) -> &Bytes {
        &self.0.body
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the body of {} bytes is not as documented ({})", self.0.body.len(), self.0.context)
    }
}

impl std::error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0.source)
    }
}

/// Without the body, which may hold anything.
impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("context", &self.context)
            .field("body_len", &self.body.len())
            .field("source", &self.source)
            .finish()
    }
}
