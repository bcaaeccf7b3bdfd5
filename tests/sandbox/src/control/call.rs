//! The arguments of the handlers of control requests, and the rows of their table.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, request};
use wechatpay_core::types::UnixSeconds;

use crate::console::View;
use crate::context::PathParameters;
use crate::control::query::Parameter;
use crate::platform::Platform;
use crate::protocol::json::{self, Object};
use crate::protocol::origin::for_people;
use crate::protocol::query::QueryString;
use crate::protocol::reply::{Handled, Reply};

/// Executes a control request.
pub(crate) type Handler = fn(Call<'_>) -> Handled;

/// A row of the table of control requests.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) handler: Handler,
    /// What the request does, in one sentence.
    pub(crate) summary: &'static str,
    /// The query parameters. Others are refused.
    pub(crate) query: &'static [Parameter],
    /// The `Content-Type` of a success.
    pub(crate) content_type: &'static str,
    /// The page of the console that shows the JSON of a success.
    pub(crate) view: Option<View>,
}

impl Route {
    pub(crate) const fn new(
        method: Method,
        path: &'static str,
        handler: Handler,
        summary: &'static str,
    ) -> Self {
        Self { method, path, handler, summary, query: &[], content_type: "application/json", view: None }
    }

    pub(crate) const fn query(mut self, parameters: &'static [Parameter]) -> Self {
        self.query = parameters;
        self
    }

    pub(crate) const fn content_type(mut self, content_type: &'static str) -> Self {
        self.content_type = content_type;
        self
    }

    pub(crate) const fn view(mut self, view: View) -> Self {
        self.view = Some(view);
        self
    }
}

/// A control request. Its handler takes the locks that it needs.
pub(crate) struct Call<'a> {
    pub(crate) platform: &'a Arc<Platform>,
    pub(crate) headers: &'a HeaderMap,
    parts: &'a request::Parts,
    pub(crate) path: PathParameters<'a>,
    pub(crate) query: QueryString,
    body: &'a Bytes,
    pub(crate) real_time: UnixSeconds,
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        platform: &'a Arc<Platform>,
        parts: &'a request::Parts,
        path: PathParameters<'a>,
        query: QueryString,
        body: &'a Bytes,
        real_time: UnixSeconds,
    ) -> Self {
        Self { platform, headers: &parts.headers, parts, path, query, body, real_time }
    }

    /// The URL of the sandbox for people: the advertised one, or else the one that was called, if it is known.
    pub(crate) fn base_url(&self) -> Option<String> {
        for_people(self.parts, self.platform.options.advertised.as_deref())
    }

    /// The body as it arrived.
    pub(crate) fn raw(&self) -> &'a Bytes {
        self.body
    }

    /// Parses the body, whatever its `Content-Type`. An empty body is an empty object.
    pub(crate) fn object(&self) -> Result<Object, Reply> {
        if self.body.is_empty() { Ok(Object::new()) } else { json::control_object(self.body) }
    }
}
