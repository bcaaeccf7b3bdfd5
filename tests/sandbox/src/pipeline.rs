//! The steps of a request, in this order: check the target, authenticate, call the handler, sign the reply.

use std::sync::Arc;

use bytes::Bytes;
use http::header::ALLOW;
use http::{HeaderValue, Request, Response, StatusCode, request};
use serde_json::json;
use wechatpay_core::types::UnixSeconds;

use crate::context::{Context, PathParameters};
use crate::control::control;
use crate::faults::Wire;
use crate::platform::Platform;
use crate::protocol::auth::Refused;
use crate::protocol::query::QueryString;
use crate::protocol::reply::{Handled, Reply};
use crate::protocol::signing_keys::PlatformPrivateKey;
use crate::routes::{Endpoint, Target};
use crate::verify::verify;

/// The result of processing a request.
pub(crate) enum Processed {
    Response(Response<Bytes>),
    /// The answer to a control request, which no fault alters.
    Control(Wire),
    /// The request is not authentic. Its diagnosis is still missing.
    Refused(Box<Refused>, Reply),
}

/// Processes a request. `now` is the real time, and `key` signs the response of an operation.
pub(crate) fn process(
    platform: &Arc<Platform>,
    target: Target,
    request: Request<Bytes>,
    now: UnixSeconds,
    key: &PlatformPrivateKey,
) -> Processed {
    let (parts, body) = request.into_parts();
    let (endpoint, segments) = match target {
        Target::Endpoint(endpoint, segments) => (endpoint, segments),
        Target::Responded(canned) => {
            return match refusal(platform, None, &parts, &body, now) {
                Some(refused) => refused,
                None => {
                    let reply = Reply::canned(canned.status, canned.body.clone());
                    Processed::Response(key.sign_reply(reply, now))
                }
            };
        }
        Target::Control(segments) => {
            return Processed::Control(control(platform, &parts, &segments, &body, now));
        }
        // Unknown paths get an empty, unsigned 404 before authentication.
        Target::Unknown => return Processed::Response(Reply::empty(StatusCode::NOT_FOUND).into_response()),
        Target::OtherMethods(methods) => {
            let mut response = Reply::empty(StatusCode::METHOD_NOT_ALLOWED).into_response();
            response.headers_mut().extend(HeaderValue::try_from(methods).ok().map(|value| (ALLOW, value)));
            return Processed::Response(response);
        }
    };
    if let Some(refused) = refusal(platform, Some(endpoint), &parts, &body, now) {
        return refused;
    }
    let reply = call(platform, endpoint, &segments, &parts, &body, now).unwrap_or_else(|error| error);
    Processed::Response(match endpoint.is_file {
        true => reply.into_response(),
        false => key.sign_reply(reply, now),
    })
}

/// Authenticates a request. Returns the refusal if it is not authentic.
fn refusal(
    platform: &Platform,
    endpoint: Option<&Endpoint>,
    parts: &request::Parts,
    body: &Bytes,
    now: UnixSeconds,
) -> Option<Processed> {
    let reply = verify(platform, endpoint, parts, body, now).err()?;
    if reply.status() != StatusCode::UNAUTHORIZED {
        return Some(Processed::Response(reply.into_response()));
    }
    Some(Processed::Refused(Box::new(Refused { parts: parts.clone(), body: body.clone(), now }), reply))
}

fn call(
    platform: &Platform,
    endpoint: &Endpoint,
    segments: &[String],
    parts: &request::Parts,
    body: &[u8],
    now: UnixSeconds,
) -> Handled {
    let state = &mut *platform.state();
    // Inferred: only authentic requests count, and the rate is checked before all else.
    state.limits.admit(endpoint.name, now)?;
    if segments.iter().any(String::is_empty) {
        // The client left a path parameter empty.
        let error = Reply::bad_request("PARAM_ERROR", "路径参数必填");
        return Err(error.detail(json!({ "location": "uri_template", "value": "" })));
    }
    let query = match endpoint.is_file {
        true => QueryString::default(),
        false => QueryString::parse(parts.uri.query().unwrap_or_default())?,
    };
    let platform_time = state.platform_time(now);
    (endpoint.handler)(Context {
        state,
        keys: &platform.keys(),
        credentials: &platform.credentials,
        options: &platform.options,
        parts,
        path: PathParameters::new(endpoint.path, segments),
        query,
        body,
        now: platform_time,
        real_time: now,
    })
}
