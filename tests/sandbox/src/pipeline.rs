//! The steps of a request, in this order: check the target, authenticate, call the handler, sign the reply.

use bytes::Bytes;
use http::header::ALLOW;
use http::{HeaderValue, Request, Response, StatusCode, request};
use serde_json::json;
use wechatpay_core::types::UnixSeconds;

use crate::context::{Context, PathParameters};
use crate::control::control;
use crate::platform::Platform;
use crate::protocol::auth::Refused;
use crate::protocol::query::QueryString;
use crate::protocol::reply::{Handled, Reply};
use crate::routes::{Endpoint, Target};
use crate::verify::verify;

/// The result of processing a request.
pub(crate) enum Processed {
    Response(Response<Bytes>),
    /// The request is not authentic. Its diagnosis is still missing.
    Refused(Box<Refused>),
}

/// Processes a request. `now` is the real time.
pub(crate) fn process(
    platform: &Platform,
    target: Target,
    request: Request<Bytes>,
    now: UnixSeconds,
) -> Processed {
    let (parts, body) = request.into_parts();
    let (endpoint, segments) = match target {
        Target::Endpoint(endpoint, segments) => (endpoint, segments),
        Target::Control(segments) => {
            let reply = control(platform, &parts, &segments, &body, now).unwrap_or_else(|error| error);
            return Processed::Response(reply.into_response());
        }
        // Unknown paths get an empty, unsigned 404 before authentication.
        Target::Unknown => return Processed::Response(Reply::empty(StatusCode::NOT_FOUND).into_response()),
        Target::OtherMethods(methods) => {
            let mut response = Reply::empty(StatusCode::METHOD_NOT_ALLOWED).into_response();
            response.headers_mut().extend(HeaderValue::try_from(methods).ok().map(|value| (ALLOW, value)));
            return Processed::Response(response);
        }
    };
    if let Err(reply) = verify(platform, Some(endpoint), &parts, &body, now) {
        if reply.status() != StatusCode::UNAUTHORIZED {
            return Processed::Response(reply.into_response());
        }
        return Processed::Refused(Box::new(Refused { parts, body, now, reply }));
    }
    let reply = call(platform, endpoint, &segments, &parts, &body, now).unwrap_or_else(|error| error);
    Processed::Response(match endpoint.is_file {
        true => reply.into_response(),
        false => platform.reply_key(&parts.headers).sign_reply(reply, now),
    })
}

fn call(
    platform: &Platform,
    endpoint: &Endpoint,
    segments: &[String],
    parts: &request::Parts,
    body: &[u8],
    now: UnixSeconds,
) -> Handled {
    if segments.iter().any(String::is_empty) {
        // The client left a path parameter empty.
        let error = Reply::bad_request("PARAM_ERROR", "路径参数必填");
        return Err(error.detail(json!({ "location": "uri_template", "value": "" })));
    }
    let query = match endpoint.is_file {
        true => QueryString::default(),
        false => QueryString::parse(parts.uri.query().unwrap_or_default())?,
    };
    let state = &mut *platform.state();
    let platform_time = state.platform_time(now);
    (endpoint.handler)(Context {
        state,
        keys: &platform.keys(),
        credentials: &platform.credentials,
        parts,
        path: PathParameters::new(endpoint.path, segments),
        query,
        body,
        now: platform_time,
        real_time: now,
    })
}
