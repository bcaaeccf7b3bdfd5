use std::fmt;

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Response, StatusCode};

use super::OneLine;

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
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Context {
    pub(crate) status: StatusCode,
    // Every answer contains a context, so it is small.
    pub(crate) request_id: Option<Box<str>>,
    pub(crate) encoding: Option<Box<Encoding>>,
}

/// The encoding that a response says its body has. No request asks for one, so the body is not what the platform signed,
/// hashed or meant, unless it has encoded it itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encoding(Box<str>);

impl Encoding {
    /// The maximum length of the name in characters.
    const MAX: usize = 64;

    /// Returns the encoding, unless it is `identity`, which is none.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(CONTENT_ENCODING).iter();
        let values =
            values.map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_ascii_lowercase());
        let names: Vec<String> = values.filter(|name| !name.is_empty() && name != "identity").collect();
        let name: String = names.join(", ").chars().take(Self::MAX).collect();
        (!name.is_empty()).then(|| Self(name.into()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "content encoding {}, which was not requested", OneLine(&self.0))
    }
}

impl Context {
    /// The maximum length of a `Request-ID` in characters. Longer values are cut, so that a remote party cannot fill a
    /// log.
    const MAX_REQUEST_ID: usize = 128;

    pub(crate) fn new(status: StatusCode, request_id: Option<&str>) -> Self {
        Self { status, request_id: request_id.map(Into::into), encoding: None }
    }

    pub(crate) fn of<B>(response: &Response<B>) -> Self {
        let request_id = response.headers().get("request-id").and_then(|value| value.to_str().ok());
        // Only ASCII, so each byte is a character.
        let request_id = request_id.map(|id| id.get(..Self::MAX_REQUEST_ID).unwrap_or(id));
        let encoding = Encoding::of(response.headers()).map(Box::new);
        Self { encoding, ..Self::new(response.status(), request_id) }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}", self.status.as_u16())?;
        if let Some(id) = &self.request_id {
            write!(f, ", request id {id}")?;
        }
        match &self.encoding {
            Some(encoding) => write!(f, ", {encoding}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Context");
        debug.field("status", &self.status).field("request_id", &self.request_id);
        if let Some(encoding) = &self.encoding {
            debug.field("encoding", encoding);
        }
        debug.finish()
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
        assert_eq!(Context::of(&response(&"1".repeat(129))).request_id, Some("1".repeat(128).into()));
        assert_eq!(Context::of(&http::Response::new(())).to_string(), "HTTP 200");
    }

    #[test]
    fn an_encoding_is_named() {
        let of = |values: &[&str]| {
            let response = values
                .iter()
                .fold(Response::builder(), |response, value| response.header(CONTENT_ENCODING, *value));
            Context::of(&response.body(()).unwrap()).to_string()
        };
        for none in [&[][..], &["identity"], &[" Identity "], &[""]] {
            assert_eq!(of(none), "HTTP 200", "{none:?}");
        }
        assert_eq!(of(&["GZIP"]), "HTTP 200, content encoding gzip, which was not requested");
        let two = "HTTP 200, content encoding deflate, gzip, which was not requested";
        assert_eq!((of(&["deflate", "gzip"]).as_str(), of(&["deflate, gzip"]).as_str()), (two, two));
        assert!(of(&[&"x".repeat(1000)]).len() < 150);
    }

    #[test]
    fn a_body_is_kept_up_to_16_kib() {
        for (len, kept) in [(0, 0), (7, 7), (16_384, 16_384), (16_385, 16_384)] {
            assert_eq!(bounded(&vec![b'x'; len].into()).len(), kept);
        }
    }
}
