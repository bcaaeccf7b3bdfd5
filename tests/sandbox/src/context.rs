//! The arguments of a handler.

use http::request;
use wechatpay_core::types::UnixSeconds;

use crate::credentials::Credentials;
use crate::options::Options;
use crate::protocol::query::QueryString;
use crate::protocol::reply::Handled;
use crate::protocol::signing_keys::SigningKeys;
use crate::state::State;

/// Executes an operation.
pub(crate) type Handler = fn(Context<'_>) -> Handled;

/// An authenticated request, and the state that its handler works on.
pub(crate) struct Context<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) keys: &'a SigningKeys,
    /// Those of the calling merchant and of the platform.
    pub(crate) credentials: &'a Credentials,
    pub(crate) options: &'a Options,
    /// Method, target and headers.
    pub(crate) parts: &'a request::Parts,
    pub(crate) path: PathParameters<'a>,
    pub(crate) query: QueryString,
    pub(crate) body: &'a [u8],
    /// The platform's time.
    pub(crate) now: UnixSeconds,
    pub(crate) real_time: UnixSeconds,
}

/// The values of the `{name}` parameters of a path.
pub(crate) struct PathParameters<'a> {
    template: &'static str,
    segments: &'a [String],
}

impl<'a> PathParameters<'a> {
    /// `segments` are the decoded segments of a path that matches `template`.
    pub(crate) fn new(template: &'static str, segments: &'a [String]) -> Self {
        Self { template, segments }
    }

    /// Returns the value of a parameter, or an empty string if the template does not have it.
    pub(crate) fn get(&self, name: &str) -> &'a str {
        let is_parameter =
            |part: &str| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) == Some(name);
        let parts = self.template.split('/').skip(1);
        let found = parts.zip(self.segments).find(|(part, _)| is_parameter(part));
        found.map_or("", |(_, segment)| segment.as_str())
    }
}
