//! What a handler gets.

use http::request;
use wechatpay_core::types::UnixSeconds;

use crate::credentials::Credentials;
use crate::protocol::query::QueryString;
use crate::protocol::reply::Handled;
use crate::protocol::signing_keys::SigningKeys;
use crate::state::State;

/// Carries out an operation.
pub(crate) type Handler = fn(Context<'_>) -> Handled;

/// A request that was let in, and what its handler works on.
pub(crate) struct Context<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) keys: &'a SigningKeys,
    /// The merchant that calls, and the platform.
    pub(crate) credentials: &'a Credentials,
    /// Method, target and headers.
    pub(crate) parts: &'a request::Parts,
    pub(crate) path: PathParameters<'a>,
    pub(crate) query: QueryString,
    pub(crate) body: &'a [u8],
    /// The platform's time.
    pub(crate) now: UnixSeconds,
    pub(crate) real_time: UnixSeconds,
}

/// What stands in a path where its template has `{name}`.
pub(crate) struct PathParameters<'a> {
    template: &'static str,
    segments: &'a [String],
}

impl<'a> PathParameters<'a> {
    /// `segments` are those of a path that the template matches, decoded.
    pub(crate) fn new(template: &'static str, segments: &'a [String]) -> Self {
        Self { template, segments }
    }

    /// Empty when the template has no such parameter.
    pub(crate) fn get(&self, name: &str) -> &'a str {
        let is_it = |part: &str| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) == Some(name);
        let parts = self.template.split('/').skip(1);
        let found = parts.zip(self.segments).find(|(part, _)| is_it(part));
        found.map_or("", |(_, segment)| segment.as_str())
    }
}
