//! The kinds of faults, their parameters, and their effects.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde_json::Value;
use wechatpay_core::types::UnixSeconds;

use crate::faults::wire::Wire;
use crate::protocol::json::{Object, invalid_field};
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
            "never_answers" => replaced(parameters.acted(true)?, |_, _| Wire::Silent),
            "accepted" => signed_reply(parameters.acted(false)?, || Reply::empty(StatusCode::ACCEPTED)),
            "redirect" => {
                let location = parameters.header("location", "/_sandbox/redirected")?;
                replaced(parameters.acted(true)?, move |_, _| {
                    let mut response = Reply::empty(StatusCode::FOUND).into_response();
                    response.headers_mut().insert(LOCATION, location.clone());
                    response.into()
                })
            }
            "rate_limited" => {
                let retry_after = parameters.number("retry_after", 1)?;
                replaced(false, move |key, now| {
                    let (status, code) = (StatusCode::TOO_MANY_REQUESTS, "FREQUENCY_LIMIT_EXCEED");
                    let error = Reply::error(status, code, "频率超限，请降低请求频率");
                    let mut response = key.sign_reply(error.internal_code(268_461_336), now);
                    response.headers_mut().insert(RETRY_AFTER, retry_after.into());
                    response.into()
                })
            }
            "system_error" => signed_reply(parameters.acted(false)?, || Reply::system_error("系统错误")),
            "forbidden" => unsigned_page(parameters.acted(false)?, StatusCode::FORBIDDEN),
            "bad_gateway" => unsigned_page(parameters.acted(false)?, StatusCode::BAD_GATEWAY),
            "unavailable" => signed_reply(parameters.acted(false)?, || {
                let code = "SERVICE_UNAVAILABLE";
                Reply::error(StatusCode::SERVICE_UNAVAILABLE, code, "服务不可用，请稍后再试")
            }),
            "delay" => {
                let delay = parameters.milliseconds()?;
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
                let bytes = parameters.number("bytes", 300 * 1024 * 1024)?;
                altered(move |response, _, _| Wire::Generated { response: response.map(drop), bytes })
            }
            "drip" => {
                let pause = parameters.milliseconds()?;
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
                let seconds = parameters.number("seconds", 600)?;
                altered(move |mut response, key, now| {
                    let signature = key.sign(response.body(), now.saturating_sub(seconds));
                    for (name, value) in signature.into_iter().flatten() {
                        replace_header(response.headers_mut(), name, |_| value);
                    }
                    response.into()
                })
            }
            _ => {
                let issue = "must be one of delay, close_before, close_after, truncate, wrong_length, oversized, drip, \
                             never_answers, redirect, accepted, rate_limited, system_error, forbidden, \
                             bad_gateway, unavailable, wrong_signature, unsigned, unknown_serial, \
                             signature_probe, stale_timestamp";
                return Err(invalid_field("fault", name.into(), issue));
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

/// Returns a well-formed but invalid signature of the same length.
fn wrong_signature(signature: &str) -> String {
    let mut signature = STANDARD.decode(signature).unwrap_or_default();
    if let Some(last) = signature.last_mut() {
        *last ^= 1;
    }
    STANDARD.encode(signature)
}

/// The members of the JSON object that are not parsed yet.
pub(crate) struct Parameters(pub(crate) Object);

impl Parameters {
    pub(crate) fn text(&mut self, name: &str) -> Result<String, Reply> {
        match self.0.remove(name) {
            Some(Value::String(text)) => Ok(text),
            other => Err(invalid_field(name, other.unwrap_or_default(), "must be a string")),
        }
    }

    pub(crate) fn number(&mut self, name: &str, default: u64) -> Result<u64, Reply> {
        let Some(value) = self.0.remove(name) else { return Ok(default) };
        value.as_u64().ok_or_else(|| invalid_field(name, value, "must be an integer from 0"))
    }

    fn milliseconds(&mut self) -> Result<Duration, Reply> {
        self.number("milliseconds", 1000).map(Duration::from_millis)
    }

    fn acted(&mut self, default: bool) -> Result<bool, Reply> {
        let Some(value) = self.0.remove("acted") else { return Ok(default) };
        value.as_bool().ok_or_else(|| invalid_field("acted", value, "must be true or false"))
    }

    fn header(&mut self, name: &str, default: &'static str) -> Result<HeaderValue, Reply> {
        let Some(value) = self.0.remove(name) else { return Ok(HeaderValue::from_static(default)) };
        let header = value.as_str().and_then(|text| HeaderValue::from_str(text).ok());
        header.ok_or_else(|| invalid_field(name, value, "must be a valid header value"))
    }
}
