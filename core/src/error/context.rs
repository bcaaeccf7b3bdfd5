use std::fmt;

use bytes::Bytes;

/// The maximum number of bytes kept of a body that may be anybody's. A longer one is typically an error page of an
/// intermediary.
const MAX_BODY: usize = 16 * 1024;

/// Returns the beginning of a body.
pub(crate) fn bounded(body: &Bytes) -> Bytes {
    match body.get(..MAX_BODY) {
        // A copy, because a slice would keep the whole body alive.
        Some(beginning) => Bytes::copy_from_slice(beginning),
        None => body.clone(),
    }
}

/// What is kept of every response besides its body, for support and logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Context {
    pub(crate) status: http::StatusCode,
    pub(crate) request_id: Option<String>,
}

impl Context {
    /// The maximum length of a `Request-ID` in characters. Longer values are cut, so that a remote party cannot fill a
    /// log.
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
