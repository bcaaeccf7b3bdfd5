//! The kinds of faults, their parameters, and their effects.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde_json::Value;
use wechatpay_core::types::UnixSeconds;

use crate::faults::wire::Wire;
use crate::protocol::parameters::Parameters;
use crate::protocol::reply::Reply;
use crate::protocol::signing_keys::PlatformPrivateKey;

/// The fault of one request.
#[derive(Clone)]
pub(crate) enum Fault {
    /// The response is replaced. `acted` says whether the request is processed.
    Replaced { replacement: Arc<Replacement>, acted: bool },
    /// The request is processed, and the response is altered.
    Altered(Arc<Alteration>),
}

/// Creates the response. The arguments are the key and the time for its signature, if it has one.
type Replacement = dyn Fn(&PlatformPrivateKey, UnixSeconds) -> Wire + Send + Sync;
/// Creates the response from the original one.
pub(crate) type Alteration = dyn Fn(Response<Bytes>, &PlatformPrivateKey, UnixSeconds) -> Wire + Send + Sync;

/// A serial number that no key and no certificate has.
const UNKNOWN_SERIAL: &str = "5EA1ED000000000000000000000000000000DEAD";
/// The prefix of a signature probe.
const PROBE: &str = "WECHATPAY/SIGNTEST/";
const SIGNATURE: &str = "wechatpay-signature";

impl Fault {
    /// Parses the fault `name`, and removes its parameters from `parameters`.
    ///
    /// Responses of the platform itself are signed. Inferred: 202 and 503 are signed, and 429 has a `Retry-After`.
    pub(crate) fn read(name: &str, parameters: &mut Parameters) -> Result<Self, Reply> {
        Ok(match name {
            "close_before" => replaced(false, |_, _| Wire::Closed),
            "close_after" => replaced(true, |_, _| Wire::Closed),
            "never_answers" => replaced(acted(parameters, true)?, |_, _| Wire::Silent),
            "accepted" => signed_reply(acted(parameters, false)?, || Reply::empty(StatusCode::ACCEPTED)),
            "redirect" => {
                let default = HeaderValue::from_static("/_sandbox/redirected");
                let location = parameters.header("location")?.unwrap_or(default);
                replaced(acted(parameters, true)?, move |_, _| {
                    let mut response = Reply::empty(StatusCode::FOUND).into_response();
                    response.headers_mut().insert(LOCATION, location.clone());
                    response.into()
                })
            }
            "rate_limited" => {
                let retry_after = parameters.number("retry_after")?.unwrap_or(1);
                replaced(false, move |key, now| key.sign_reply(Reply::rate_limited(retry_after), now).into())
            }
            "system_error" => signed_reply(acted(parameters, false)?, || Reply::system_error("系统错误")),
            "forbidden" => unsigned_page(acted(parameters, false)?, StatusCode::FORBIDDEN),
            "bad_gateway" => unsigned_page(acted(parameters, false)?, StatusCode::BAD_GATEWAY),
            "unavailable" => signed_reply(acted(parameters, false)?, || {
                let code = "SERVICE_UNAVAILABLE";
                Reply::error(StatusCode::SERVICE_UNAVAILABLE, code, "服务不可用，请稍后再试")
            }),
            "delay" => {
                let delay = milliseconds(parameters)?;
                altered(move |response, _, _| Wire::Whole { response, delay })
            }
            "truncate" => altered(|response, _, _| {
                let content_length = response.body().len() as u64;
                Wire::Cut { response: response.map(|body| body.slice(..body.len() / 2)), content_length }
            }),
            "wrong_length" => altered(|response, _, _| {
                let content_length = (response.body().len() as u64).saturating_add(1);
                Wire::Cut { response, content_length }
            }),
            "oversized" => {
                let bytes = parameters.number("bytes")?.unwrap_or(300 * 1024 * 1024);
                altered(move |response, _, _| Wire::Generated { response: response.map(drop), bytes })
            }
            "drip" => {
                let pause = milliseconds(parameters)?;
                altered(move |response, _, _| Wire::Dripped { response, pause })
            }
            "wrong_signature" => altered_header(SIGNATURE, wrong_signature),
            "signature_probe" => altered_header(SIGNATURE, |signature| {
                format!("{PROBE}{}", signature.get(PROBE.len()..).unwrap_or_default())
            }),
            "unknown_serial" => altered_header("wechatpay-serial", |_| UNKNOWN_SERIAL.to_owned()),
            "unsigned" => altered(|mut response, _, _| {
                for name in ["timestamp", "nonce", "serial", "signature", "signature-type"] {
                    response.headers_mut().remove(format!("wechatpay-{name}"));
                }
                response.into()
            }),
            "stale_timestamp" => {
                // More than the 300 seconds that clients allow, even with a clock that differs.
                let seconds = parameters.number("seconds")?.unwrap_or(600);
                altered(move |response, key, now| {
                    signed_again(response, key, now.saturating_sub(seconds)).into()
                })
            }
            "text_plain" => altered(|mut response, _, _| {
                if response.headers().contains_key(CONTENT_TYPE) {
                    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
                }
                response.into()
            }),
            "numbers_as_text" => altered(|response, key, now| {
                let Ok(mut json) = serde_json::from_slice::<Value>(response.body()) else {
                    // Not JSON, such as a flow file.
                    return response.into();
                };
                numbers_to_text(&mut json);
                signed_again(response.map(|_| json.to_string().into()), key, now).into()
            }),
            _ => {
                let issue = "must be one of delay, close_before, close_after, truncate, wrong_length, oversized, drip, \
                             never_answers, redirect, accepted, rate_limited, system_error, forbidden, \
                             bad_gateway, unavailable, wrong_signature, unsigned, unknown_serial, \
                             signature_probe, stale_timestamp, text_plain, numbers_as_text";
                return Err(parameters.invalid("fault", name.into(), issue));
            }
        })
    }
}

fn replaced(
    acted: bool,
    replacement: impl Fn(&PlatformPrivateKey, UnixSeconds) -> Wire + Send + Sync + 'static,
) -> Fault {
    Fault::Replaced { replacement: Arc::new(replacement), acted }
}

fn signed_reply(acted: bool, reply: fn() -> Reply) -> Fault {
    replaced(acted, move |key, now| key.sign_reply(reply(), now).into())
}

/// An HTML page as from a firewall or proxy in front of the platform, which sends no JSON and does not sign.
fn unsigned_page(acted: bool, status: StatusCode) -> Fault {
    replaced(acted, move |_, _| {
        let page = format!(
            "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n\
             <center><h1>{status}</h1></center>\r\n</body>\r\n</html>\r\n"
        );
        let mut response = Response::new(page.into());
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
        response.into()
    })
}

fn altered(
    alteration: impl Fn(Response<Bytes>, &PlatformPrivateKey, UnixSeconds) -> Wire + Send + Sync + 'static,
) -> Fault {
    Fault::Altered(Arc::new(alteration))
}

/// Changes the value of a header. A response without it, because it is not signed, is not changed.
fn altered_header(name: &'static str, change: fn(&str) -> String) -> Fault {
    altered(move |mut response, _, _| {
        replace_header(response.headers_mut(), name, change);
        response.into()
    })
}

/// Changes the value of a header that is present.
fn replace_header(headers: &mut HeaderMap, name: &'static str, change: impl FnOnce(&str) -> String) {
    let Some(value) = headers.get(name).and_then(|value| value.to_str().ok()).map(change) else { return };
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

/// Signs the body anew, unless the response is not signed.
fn signed_again(
    mut response: Response<Bytes>,
    key: &PlatformPrivateKey,
    now: UnixSeconds,
) -> Response<Bytes> {
    let signature = key.sign(response.body(), now);
    for (name, value) in signature.into_iter().flatten() {
        replace_header(response.headers_mut(), name, |_| value);
    }
    response
}

/// Replaces the numbers at any depth by texts, as the documented sample of a list of goods has them.
fn numbers_to_text(json: &mut Value) {
    match json {
        Value::Number(number) => *json = number.to_string().into(),
        Value::Array(list) => list.iter_mut().for_each(numbers_to_text),
        Value::Object(members) => members.values_mut().for_each(numbers_to_text),
        _ => {}
    }
}

/// Returns a well-formed but invalid signature of the same length.
fn wrong_signature(signature: &str) -> String {
    let mut signature = STANDARD.decode(signature).unwrap_or_default();
    if let Some(last) = signature.last_mut() {
        *last ^= 1;
    }
    STANDARD.encode(signature)
}

fn milliseconds(parameters: &mut Parameters) -> Result<Duration, Reply> {
    Ok(Duration::from_millis(parameters.number("milliseconds")?.unwrap_or(1000)))
}

/// Whether the request is processed.
fn acted(parameters: &mut Parameters, default: bool) -> Result<bool, Reply> {
    Ok(parameters.boolean("acted")?.unwrap_or(default))
}
