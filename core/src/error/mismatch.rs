use std::fmt;

use bytes::Bytes;

use super::Context;

/// A success response that repeats another value than the request contained: it belongs to another request. See
/// [`Operation::answers`](crate::Operation::answers).
///
/// A signature does not cover the request, so such a response can be signed validly. It may have been recorded and
/// replayed, or delivered to the wrong request by a faulty proxy or gateway. Whether *this* request was carried out is
/// unknown.
///
/// No values are shown, because they may be URLs with tokens. They are in [`body`](Self::body) and in the request.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct MismatchError(Box<Inner>);

#[derive(thiserror::Error)]
#[error("the response's {field} is not that of the request ({context})")]
struct Inner {
    field: &'static str,
    context: Context,
    body: Bytes,
}

impl MismatchError {
    pub(crate) fn new(field: &'static str, context: Context, body: Bytes) -> Self {
        Self(Box::new(Inner { field, context, body }))
    }

    /// Returns the name of the first field of the response that differs from the request, such as `stock_id`. In a list
    /// it is the name within an entry, such as `data.stock_id`.
    pub fn field(&self) -> &'static str {
        self.0.field
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
            .field("field", &self.field)
            .field("context", &self.context)
            .field("body_len", &self.body.len())
            .finish()
    }
}
