//! What there is that can go wrong, how a test asks for it, and what then goes over the wire.

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
use crate::protocol::json::{Object, wrong_field};
use crate::protocol::reply::Reply;
use crate::protocol::signing_keys::PlatformPrivateKey;

/// What goes wrong with one request.
#[derive(Clone)]
pub(crate) enum Fault {
    /// Something else comes instead of the answer, whether or not the request is acted on.
    Instead { what: Arc<Instead>, acted: bool },
    /// The request is acted on, and something happens to the answer.
    Bent(Arc<Bend>),
}

/// Makes what comes, at this time; what of it is signed, is signed with this key.
type Instead = dyn Fn(&PlatformPrivateKey, UnixSeconds) -> Wire + Send + Sync;
/// The same, out of the answer.
type Bend = dyn Fn(Response<Bytes>, &PlatformPrivateKey, UnixSeconds) -> Wire + Send + Sync;

/// A serial number of no key and no certificate.
const UNKNOWN_SERIAL: &str = "5EA1ED000000000000000000000000000000DEAD";
/// What the value of a probe's signature begins with.
const PROBE: &str = "WECHATPAY/SIGNTEST/";
const SIGNATURE: &str = "wechatpay-signature";

impl Fault {
    /// The fault of this name, which takes its parameters out of `parameters`.
    ///
    /// What the platform says is signed. That 202 and 503 are, and that 429 has a `Retry-After`, is inferred.
    pub(crate) fn read(name: &str, parameters: &mut Parameters) -> Result<Self, Reply> {
        Ok(match name {
            "close_before" => instead(false, |_, _| Wire::Closed),
            "close_after" => instead(true, |_, _| Wire::Closed),
            "never_answers" => instead(parameters.acted(true)?, |_, _| Wire::Silent),
            "accepted" => signed(parameters.acted(false)?, || Reply::empty(StatusCode::ACCEPTED)),
            "redirect" => {
                let location = parameters.header("location", "/_sandbox/redirected")?;
                instead(parameters.acted(true)?, move |_, _| {
                    let mut response = Reply::empty(StatusCode::FOUND).into_response();
                    response.headers_mut().insert(LOCATION, location.clone());
                    response.into()
                })
            }
            "rate_limited" => {
                let retry_after = parameters.number("retry_after", 1)?;
                instead(false, move |key, now| {
                    let (status, code) = (StatusCode::TOO_MANY_REQUESTS, "FREQUENCY_LIMIT_EXCEED");
                    let refusal = Reply::error(status, code, "频率超限，请降低请求频率");
                    let mut response = key.sign_reply(refusal.internal(268_461_336), now);
                    response.headers_mut().insert(RETRY_AFTER, retry_after.into());
                    response.into()
                })
            }
            "system_error" => signed(parameters.acted(false)?, || Reply::system_error("系统错误")),
            "forbidden" => page(parameters.acted(false)?, StatusCode::FORBIDDEN),
            "bad_gateway" => page(parameters.acted(false)?, StatusCode::BAD_GATEWAY),
            "unavailable" => signed(parameters.acted(false)?, || {
                let code = "SERVICE_UNAVAILABLE";
                Reply::error(StatusCode::SERVICE_UNAVAILABLE, code, "服务不可用，请稍后再试")
            }),
            "delay" => {
                let delay = parameters.milliseconds()?;
                bent(move |response, _, _| Wire::Whole { response, delay })
            }
            "truncate" => bent(|response, _, _| {
                let content_length = response.body().len() as u64;
                Wire::Cut { response: response.map(|body| body.slice(..body.len() / 2)), content_length }
            }),
            "wrong_length" => bent(|response, _, _| {
                let content_length = (response.body().len() as u64).saturating_add(1);
                Wire::Cut { response, content_length }
            }),
            "oversized" => {
                let bytes = parameters.number("bytes", 300 * 1024 * 1024)?;
                bent(move |response, _, _| Wire::Generated { response: response.map(drop), bytes })
            }
            "drip" => {
                let pause = parameters.milliseconds()?;
                bent(move |response, _, _| Wire::Dripped { response, pause })
            }
            "wrong_signature" => header(SIGNATURE, another_signature),
            "signature_probe" => header(SIGNATURE, |signature| {
                format!("{PROBE}{}", signature.get(PROBE.len()..).unwrap_or_default())
            }),
            "unknown_serial" => header("wechatpay-serial", |_| UNKNOWN_SERIAL.to_owned()),
            "unsigned" => bent(|mut response, _, _| {
                for name in ["timestamp", "nonce", "serial", "signature", "signature-type"] {
                    response.headers_mut().remove(format!("wechatpay-{name}"));
                }
                response.into()
            }),
            "stale_timestamp" => {
                // Well beyond the 300 that clients allow, whichever way their clocks are off.
                let seconds = parameters.number("seconds", 600)?;
                bent(move |mut response, key, now| {
                    let signature = key.sign(response.body(), now.saturating_sub(seconds));
                    for (name, value) in signature.into_iter().flatten() {
                        replace(response.headers_mut(), name, |_| value);
                    }
                    response.into()
                })
            }
            _ => {
                let known = "one of delay, close_before, close_after, truncate, wrong_length, oversized, drip, \
                             never_answers, redirect, accepted, rate_limited, system_error, forbidden, \
                             bad_gateway, unavailable, wrong_signature, unsigned, unknown_serial, \
                             signature_probe, stale_timestamp";
                return Err(wrong_field("fault", name.into(), known));
            }
        })
    }
}

fn instead(
    acted: bool,
    what: impl Fn(&PlatformPrivateKey, UnixSeconds) -> Wire + Send + Sync + 'static,
) -> Fault {
    Fault::Instead { what: Arc::new(what), acted }
}

fn signed(acted: bool, reply: fn() -> Reply) -> Fault {
    instead(acted, move |key, now| key.sign_reply(reply(), now).into())
}

/// What stands between, a firewall or the front of a data centre, knows nothing of JSON or signatures.
fn page(acted: bool, status: StatusCode) -> Fault {
    instead(acted, move |_, _| {
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

fn bent(
    bend: impl Fn(Response<Bytes>, &PlatformPrivateKey, UnixSeconds) -> Wire + Send + Sync + 'static,
) -> Fault {
    Fault::Bent(Arc::new(bend))
}

/// The answer with another value of this header. One without it, because it is not signed, stays as it is.
fn header(name: &'static str, change: fn(&str) -> String) -> Fault {
    bent(move |mut response, _, _| {
        replace(response.headers_mut(), name, change);
        response.into()
    })
}

/// Puts another value in the place of one that is there.
fn replace(headers: &mut HeaderMap, name: &'static str, change: impl FnOnce(&str) -> String) {
    let Some(value) = headers.get(name).and_then(|value| value.to_str().ok()).map(change) else { return };
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

/// Well-formed, and of the same length.
fn another_signature(signature: &str) -> String {
    let mut signature = STANDARD.decode(signature).unwrap_or_default();
    if let Some(last) = signature.last_mut() {
        *last ^= 1;
    }
    STANDARD.encode(signature)
}

/// Fields that nobody has read yet.
pub(crate) struct Parameters(pub(crate) Object);

impl Parameters {
    pub(crate) fn text(&mut self, name: &str) -> Result<String, Reply> {
        match self.0.remove(name) {
            Some(Value::String(text)) => Ok(text),
            other => Err(wrong_field(name, other.unwrap_or_default(), "a text")),
        }
    }

    pub(crate) fn number(&mut self, name: &str, default: u64) -> Result<u64, Reply> {
        let Some(value) = self.0.remove(name) else { return Ok(default) };
        value.as_u64().ok_or_else(|| wrong_field(name, value, "a number from 0"))
    }

    fn milliseconds(&mut self) -> Result<Duration, Reply> {
        self.number("milliseconds", 1000).map(Duration::from_millis)
    }

    fn acted(&mut self, default: bool) -> Result<bool, Reply> {
        let Some(value) = self.0.remove("acted") else { return Ok(default) };
        value.as_bool().ok_or_else(|| wrong_field("acted", value, "true or false"))
    }

    fn header(&mut self, name: &str, default: &'static str) -> Result<HeaderValue, Reply> {
        let Some(value) = self.0.remove(name) else { return Ok(HeaderValue::from_static(default)) };
        let header = value.as_str().and_then(|text| HeaderValue::from_str(text).ok());
        header.ok_or_else(|| wrong_field(name, value, "the value of a header"))
    }
}
