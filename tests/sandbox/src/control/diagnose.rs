//! `/_sandbox/diagnose`: examines a request that is described, without a call.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use serde_json::{Value, json};

use crate::control::call::Call;
use crate::diagnosis::{Case, Shown, diagnose, expected_message, target};
use crate::protocol::auth::Refused;
use crate::protocol::json::{Object, invalid_field, present};
use crate::protocol::language::prefers_english;
use crate::protocol::reply::{Handled, Reply};
use crate::routes::Target;
use crate::verify::verify;

/// `POST /diagnose`: says whether a request is signed as it should be, and if not, which mistakes it has.
pub(crate) fn describe(call: Call<'_>) -> Handled {
    let body = call.object()?;
    let request = request(&body)?;
    let at = match body.get("at") {
        None => call.real_time,
        Some(at) => at.as_u64().ok_or_else(|| {
            invalid_field(
                "at",
                at.clone(),
                "at must be an integer: the Unix time in seconds at which the request arrives.",
            )
        })?,
    };
    let (parts, body) = request.into_parts();
    let platform = call.platform;
    let shown = Shown::new(&platform.credentials);
    let case = Case::new(&parts.method, target(&parts.uri), &parts.headers, &body, at);
    let expected = expected_message(&case, &shown).map(|message| shown.whole(&message));
    let endpoint = match Target::known(&parts.method, parts.uri.path()) {
        Target::Endpoint(endpoint, _) => Some(endpoint),
        _ => None,
    };
    let Err(reply) = verify(platform, endpoint, &parts, &body, at) else {
        return Ok(Reply::ok(json!({ "valid": true, "diagnosis": [], "expected_message": expected })));
    };
    let refused = Refused { parts, body, now: at };
    let diagnosis = diagnose(&refused, platform, &mut || true);
    let answer = reply.into_json();
    Ok(Reply::ok(json!({
        "valid": false,
        "diagnosis": diagnosis.json(prefers_english(call.headers)),
        "expected_message": expected,
        "answer": present(json!({ "status": 401, "code": answer.get("code"), "message": answer.get("message") })),
    })))
}

/// Reads the request. `Accept` and `User-Agent` may be left out.
fn request(body: &Object) -> Result<Request<Bytes>, Reply> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let method = text("method").and_then(|method| Method::from_bytes(method.as_bytes()).ok());
    let method = method.ok_or_else(|| {
        invalid_field(
            "method",
            Value::Null,
            "method must be the HTTP method of the request, such as \"POST\".",
        )
    })?;
    let name = if body.contains_key("url") { "url" } else { "target" };
    let uri = text(name).and_then(|url| url.parse::<Uri>().ok());
    let uri = uri.ok_or_else(|| {
        let issue =
            format!("{name} must be the URL of the request, or its path and query, encoded as it is sent.");
        invalid_field(name, body.get(name).cloned().unwrap_or_default(), &issue)
    })?;
    let content = match (body.get("body"), body.get("body_base64")) {
        (None | Some(Value::Null), None) => Bytes::new(),
        (Some(Value::String(text)), None) => Bytes::from(text.clone()),
        (None, Some(Value::String(text))) => {
            let decoded = STANDARD.decode(text);
            decoded
                .map_err(|_| invalid_field("body_base64", Value::Null, "body_base64 is not base64."))?
                .into()
        }
        (Some(_), Some(_)) => {
            return Err(invalid_field(
                "body_base64",
                Value::Null,
                "Give either body or body_base64, not both.",
            ));
        }
        _ => {
            let issue = "body must be a text: the bytes that are sent matter, not the JSON that they hold. For other bytes use body_base64.";
            return Err(invalid_field("body", Value::Null, issue));
        }
    };
    let mut request = Request::new(content);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers(body)?;
    Ok(request)
}

fn headers(body: &Object) -> Result<HeaderMap, Reply> {
    let mut headers = HeaderMap::new();
    let mut add = |name: &str, value: &Value| {
        let name = HeaderName::try_from(name).ok()?;
        headers.append(name, HeaderValue::try_from(value.as_str()?).ok()?);
        Some(())
    };
    let invalid = |name: &str| {
        let issue =
            format!("The header {name} is not one that HTTP allows: its name or its value is invalid.");
        invalid_field("headers", Value::Null, &issue)
    };
    match body.get("headers") {
        None => {}
        Some(Value::Object(given)) => {
            for (name, value) in given {
                match value {
                    Value::Array(values) => values.iter().try_for_each(|value| add(name, value)),
                    value => add(name, value),
                }
                .ok_or_else(|| invalid(name))?;
            }
        }
        Some(_) => {
            return Err(invalid_field(
                "headers",
                Value::Null,
                "headers must be an object of names and values.",
            ));
        }
    }
    if let Some(value) = body.get("authorization") {
        add(AUTHORIZATION.as_str(), value).ok_or_else(|| invalid("Authorization"))?;
    }
    for name in [ACCEPT, USER_AGENT] {
        headers.entry(name).or_insert(HeaderValue::from_static("*/*"));
    }
    Ok(headers)
}
