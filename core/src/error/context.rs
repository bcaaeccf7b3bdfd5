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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_has_the_status_and_a_limited_request_id() {
        let response =
            |id: &str| http::Response::builder().status(503).header("Request-ID", id).body(()).unwrap();
        let context = Context::of(&response("08A1-7"));
        assert_eq!(context.to_string(), "HTTP 503, request id 08A1-7");
        assert_eq!(Context::of(&response(&"1".repeat(129))).request_id, Some("1".repeat(128)));
        assert_eq!(Context::of(&http::Response::new(())).to_string(), "HTTP 200");
    }

    #[test]
    fn a_body_is_kept_up_to_16_kib() {
        for (len, kept) in [(0, 0), (7, 7), (16_384, 16_384), (16_385, 16_384)] {
            assert_eq!(bounded(&vec![b'x'; len].into()).len(), kept);
        }
    }
}
