use std::fmt;

use bytes::Bytes;

use super::excerpt::quoted;
use super::{Context, JsonError, Outcome, bounded};

/// The body of a success response does not have the documented structure. If the response is verified, the operation
/// *has* been carried out.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DecodeError(Box<Inner>);

#[derive(thiserror::Error)]
#[error(
    "the response body of {} bytes does not have the documented structure ({context}{}){excerpt}",
    body.len(),
    if *verified { "" } else { ", unverified because it has no signature" }
)]
struct Inner {
    context: Context,
    verified: bool,
    body: Bytes,
    /// The beginning of an unsigned body that is no JSON, for the text.
    excerpt: String,
    source: JsonError,
}

impl DecodeError {
    pub(crate) fn new(context: Context, verified: bool, body: Bytes, source: JsonError) -> Self {
        Self(Box::new(Inner { context, verified, body, excerpt: String::new(), source }))
    }

    /// Quotes an unsigned body that is no JSON, such as the page of a proxy, without the values `personal`.
    pub(crate) fn quoting(mut self, personal: &[String]) -> Self {
        if !self.is_verified() {
            self.0.excerpt = quoted(&bounded(&self.0.body), personal);
        }
        self
    }

    /// Whether the platform signed the response. If not, it may come from any intermediary. Always true, except for
    /// operations whose [`RESPONSE_SIGNATURE`](crate::Operation::RESPONSE_SIGNATURE) is
    /// [`WhenPresent`](crate::operation::ResponseSignature::WhenPresent).
    pub fn is_verified(&self) -> bool {
        self.0.verified
    }

    /// Returns the outcome of the operation: `Done` if the response is verified, otherwise `Unknown`.
    pub fn outcome(&self) -> Outcome {
        if self.is_verified() { Outcome::Done } else { Outcome::Unknown }
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
            .field("verified", &self.verified)
            .field("body_len", &self.body.len())
            .field("source", &self.source)
            .finish()
    }
}
