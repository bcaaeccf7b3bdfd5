//! Dispatches control requests: who may make them, the handler, and whether the answer is JSON or a page.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue, Method, StatusCode, request};
use serde_json::{Value, json};
use wechatpay_core::types::UnixSeconds;

use super::call::{Call, Route};
use super::table::{ROUTES, find, is_other_method, methods};
use super::{guard, query};
use crate::console::{self, Form, View, ViewContext};
use crate::context::PathParameters;
use crate::faults::Wire;
use crate::platform::Platform;
use crate::protocol::json::set;
use crate::protocol::query::QueryString;
use crate::protocol::reply::{Handled, Reply};
use crate::routes;

/// Handles a control request. `segments` are those of its path, decoded.
pub(crate) fn control(
    platform: &Arc<Platform>,
    parts: &request::Parts,
    segments: &[String],
    body: &Bytes,
    real_time: UnixSeconds,
) -> Wire {
    let routes = find(segments);
    let form = console::form(segments);
    let wants_page = console::wants_page(&parts.headers);
    let is_page = wants_page || routes.iter().any(|route| route.content_type == console::HTML);
    let asked = Asked { platform, parts, form, real_time };
    let handled = || {
        let may_be_linked = is_page && routes.iter().any(|route| route.view.is_some());
        guard::check(parts, &platform.options.allowed_hosts, may_be_linked)?;
        match form {
            Some(form) => asked.submit(form, body),
            None => asked.call(routes, segments, body, is_page),
        }
    };
    let reply = handled().unwrap_or_else(|error| if wants_page { asked.error(error) } else { error });
    let mut wire = reply.into_wire();
    if parts.method == Method::HEAD {
        wire = without_body(wire);
    }
    if let Some(headers) = headers_of(&mut wire) {
        guard::protect(headers);
        let allowed = match form {
            Some(_) if parts.method != Method::POST => Some("POST".to_owned()),
            None if !routes.is_empty() && is_other_method(&parts.method, routes) => Some(methods(routes)),
            _ => None,
        };
        headers.extend(allowed.and_then(|methods| Some((ALLOW, HeaderValue::try_from(methods).ok()?))));
    }
    wire
}

/// A request to the control interface.
struct Asked<'a> {
    platform: &'a Arc<Platform>,
    parts: &'a request::Parts,
    form: Option<&'a Form>,
    real_time: UnixSeconds,
}

impl Asked<'_> {
    /// Calls the handler, and shows its answer as a page if one is wanted and there is one.
    fn call(&self, routes: &[&Route], segments: &[String], body: &Bytes, is_page: bool) -> Handled {
        let method = &self.parts.method;
        let asked = if *method == Method::HEAD { &Method::GET } else { method };
        let route = routes.iter().find(|route| route.method == *asked);
        let route = route.ok_or_else(|| not_there(method, routes))?;
        let query = || QueryString::parse_control(self.parts.uri.query().unwrap_or_default());
        let mut reply = self.run(route, segments, query()?, body)?;
        let Some(view) = route.view.filter(|_| is_page) else { return Ok(reply) };
        // Lists begin with the oldest entries. A page begins with the newest ones, unless it is another part.
        if let Some(offset) = reply.json().and_then(last_part)
            && query()?.get("offset").is_none()
        {
            let mut query = query()?;
            query.set("offset", offset.to_string());
            reply = self.run(route, segments, query, body)?;
        }
        Ok(self.page(reply, view, query()?))
    }

    /// Converts a form to its control request, and leads back to the page of the form.
    fn submit(&self, form: &Form, body: &Bytes) -> Handled {
        if self.parts.method != Method::POST {
            let message = format!("The method {} is not known here; known is POST.", self.parts.method);
            return Err(Reply::error(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", &message));
        }
        let filled = form.read(body)?;
        let routes = find(&filled.segments);
        let route = routes.iter().find(|route| route.method == form.method);
        let route = route.ok_or_else(|| not_there(&form.method, routes))?;
        let reply = self.run(route, &filled.segments, QueryString::default(), &filled.body)?;
        match route.view {
            // The answer itself is what the form is for.
            Some(view) => Ok(self.page(reply, view, QueryString::default())),
            None => Ok(Reply::see_other(&filled.back)),
        }
    }

    fn run(&self, route: &Route, segments: &[String], query: QueryString, body: &Bytes) -> Handled {
        query::check(route.query, &query)?;
        let path = PathParameters::new(route.path, segments);
        let call = Call::new(self.platform, self.parts, path, query, body, self.real_time);
        let reply = (route.handler)(call)?;
        if route.method != Method::GET {
            let path = segments.join("/");
            self.platform
                .events
                .publish("change", |_| json!({ "change": format!("{} /{path}", route.method) }));
        }
        Ok(reply)
    }

    fn page(&self, reply: Reply, view: View, query: QueryString) -> Reply {
        let Some(json) = reply.json().cloned() else { return reply };
        let html = self.context(query).show(json, view);
        reply.into_page(html)
    }

    fn error(&self, error: Reply) -> Reply {
        let Some(mut json) = error.json().cloned() else { return error };
        set(&mut json, "status", error.status().as_u16());
        let html = self.context(QueryString::default()).show(json, console::error_page);
        error.into_page(html)
    }

    fn context(&self, query: QueryString) -> ViewContext {
        let mut operations: Vec<String> = routes::names().into_iter().map(str::to_owned).collect();
        operations.extend(self.platform.options.responses.names().map(str::to_owned));
        let within = self.form.map_or(self.parts.uri.path(), |form| form.back);
        ViewContext::new(self.parts, within, query, operations)
    }
}

/// The offset of the last entries of a list, if the list has more than were asked for.
fn last_part(list: &Value) -> Option<u64> {
    let number = |name| list.get(name).and_then(Value::as_u64);
    number("total_count")?.checked_sub(number("limit")?).filter(|offset| *offset > 0)
}

fn headers_of(wire: &mut Wire) -> Option<&mut HeaderMap> {
    match wire {
        Wire::Whole { response, .. } => Some(response.headers_mut()),
        Wire::Streamed { response, .. } => Some(response.headers_mut()),
        // A reply is nothing else.
        _ => None,
    }
}

/// The answer to `HEAD`: the headers of the answer to `GET`.
fn without_body(wire: Wire) -> Wire {
    match wire {
        Wire::Whole { response, delay } => {
            let length = response.body().len();
            let mut response = response.map(|_| Bytes::new());
            response.headers_mut().insert(CONTENT_LENGTH, length.into());
            Wire::Whole { response, delay }
        }
        Wire::Streamed { response, .. } => response.map(|()| Bytes::new()).into(),
        other => other,
    }
}

fn not_there(method: &Method, routes: &[&Route]) -> Reply {
    if !routes.is_empty() {
        let message = format!("The method {method} is not known here; known are {}.", methods(routes));
        return Reply::error(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", &message);
    }
    let known: Vec<String> = ROUTES.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    Reply::not_found(&format!("unknown control request; known are {}", known.join(", ")))
}
