//! The arguments of a control handler.

use bytes::Bytes;
use http::HeaderMap;
use wechatpay_core::types::UnixSeconds;

use crate::context::PathParameters;
use crate::platform::Platform;
use crate::protocol::json::{self, Object};
use crate::protocol::query::QueryString;
use crate::protocol::reply::{Handled, Reply};

/// Executes a control request.
pub(crate) type Handler = fn(Call<'_>) -> Handled;

/// A control request. Its handler takes the locks that it needs.
pub(crate) struct Call<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) path: PathParameters<'a>,
    pub(crate) query: QueryString,
    body: &'a Bytes,
    pub(crate) real_time: UnixSeconds,
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        platform: &'a Platform,
        headers: &'a HeaderMap,
        path: PathParameters<'a>,
        query: QueryString,
        body: &'a Bytes,
        real_time: UnixSeconds,
    ) -> Self {
        Self { platform, headers, path, query, body, real_time }
    }

    /// The body as it arrived.
    pub(crate) fn raw(&self) -> &'a Bytes {
        self.body
    }

    /// Parses the body, whatever its `Content-Type`. An empty body is an empty object.
    pub(crate) fn object(&self) -> Result<Object, Reply> {
        if self.body.is_empty() { Ok(Object::new()) } else { json::object(self.body) }
    }
}
