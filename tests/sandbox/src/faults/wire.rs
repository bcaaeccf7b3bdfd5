//! What goes over the wire, faults included.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use wechatpay_core::types::UnixSeconds;

use crate::faults::kinds::{Bend, Instead};
use crate::protocol::reply::Reply;
use crate::protocol::signing_keys::PlatformKey;

/// What whoever sent a request gets to see: without a fault, [`Whole`](Self::Whole) without a delay.
#[derive(Debug)]
pub enum Wire {
    /// The answer.
    Whole {
        /// It.
        response: Response<Bytes>,
        /// How long nothing comes before it.
        delay: Duration,
    },
    /// An answer of which too little comes before the connection is closed.
    Cut {
        /// Its body is what comes.
        response: Response<Bytes>,
        /// Its `Content-Length`, which is more.
        content_length: u64,
    },
    /// An answer with a body of so many spaces and no `Content-Length`. To be made while it is sent.
    Generated {
        /// All but the body.
        response: Response<()>,
        /// How large the body is.
        bytes: u64,
    },
    /// The whole answer, its body byte by byte.
    Dripped {
        /// It.
        response: Response<Bytes>,
        /// How long nothing comes before each byte.
        pause: Duration,
    },
    /// The connection is closed without an answer.
    Closed,
    /// Nothing comes, and the connection stays open.
    Silent,
}

/// A serial number of no key and no certificate.
const UNKNOWN_SERIAL: &str = "5EA1ED000000000000000000000000000000DEAD";
/// What the value of a probe's signature begins with.
const PROBE: &str = "WECHATPAY/SIGNTEST/";
const SERIAL: &str = "wechatpay-serial";
const SIGNATURE: &str = "wechatpay-signature";

impl From<Response<Bytes>> for Wire {
    fn from(response: Response<Bytes>) -> Self {
        Self::Whole { response, delay: Duration::ZERO }
    }
}

impl Instead {
    /// What the platform says is signed. That 202 and 503 are, and that 429 has a `Retry-After`, is inferred.
    pub(crate) fn wire(self, key: &PlatformKey, now: UnixSeconds) -> Wire {
        let signed = |reply: Reply| key.sign_reply(reply, now);
        let response = match self {
            Self::Close => return Wire::Closed,
            Self::Silence => return Wire::Silent,
            Self::Accepted => signed(Reply::empty(StatusCode::ACCEPTED)),
            Self::Redirect { location } => {
                let mut response = Reply::empty(StatusCode::FOUND).into_response();
                response.headers_mut().insert(LOCATION, location);
                response
            }
            Self::RateLimited { retry_after } => {
                let (status, code) = (StatusCode::TOO_MANY_REQUESTS, "FREQUENCY_LIMIT_EXCEED");
                let refusal = Reply::error(status, code, "频率超限，请降低请求频率");
                let mut response = signed(refusal.internal(268_461_336));
                response.headers_mut().insert(RETRY_AFTER, retry_after.into());
                response
            }
            Self::SystemError => signed(Reply::system_error("系统错误")),
            Self::Forbidden => page(StatusCode::FORBIDDEN),
            Self::BadGateway => page(StatusCode::BAD_GATEWAY),
            Self::Unavailable => {
                let code = "SERVICE_UNAVAILABLE";
                signed(Reply::error(StatusCode::SERVICE_UNAVAILABLE, code, "服务不可用，请稍后再试"))
            }
        };
        response.into()
    }
}

/// What stands between, a firewall or the front of a data centre, knows nothing of JSON or signatures.
fn page(status: StatusCode) -> Response<Bytes> {
    let page = format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n\
         <center><h1>{status}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    let mut response = Response::new(page.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

impl Bend {
    /// An answer without a signature stays without one.
    pub(crate) fn wire(self, mut response: Response<Bytes>, key: &PlatformKey, now: UnixSeconds) -> Wire {
        let len = response.body().len() as u64;
        let headers = response.headers_mut();
        match self {
            Self::Delay { milliseconds: delay } => {
                return Wire::Whole { response, delay: Duration::from_millis(delay) };
            }
            Self::Truncate => {
                let response = response.map(|body| body.slice(..body.len() / 2));
                return Wire::Cut { response, content_length: len };
            }
            Self::WrongLength => return Wire::Cut { response, content_length: len.saturating_add(1) },
            Self::Oversized { bytes } => return Wire::Generated { response: response.map(drop), bytes },
            Self::Drip { milliseconds: pause } => {
                return Wire::Dripped { response, pause: Duration::from_millis(pause) };
            }
            Self::WrongSignature => replace(headers, SIGNATURE, another_signature),
            Self::SignatureProbe => replace(headers, SIGNATURE, |signature| {
                format!("{PROBE}{}", signature.get(PROBE.len()..).unwrap_or_default())
            }),
            Self::UnknownSerial => replace(headers, SERIAL, |_| UNKNOWN_SERIAL.to_owned()),
            Self::Unsigned => {
                for name in ["timestamp", "nonce", "serial", "signature", "signature-type"] {
                    headers.remove(format!("wechatpay-{name}"));
                }
            }
            Self::StaleTimestamp { seconds } => {
                let signature = key.sign(response.body(), now.saturating_sub(seconds));
                for (name, value) in signature.into_iter().flatten() {
                    replace(response.headers_mut(), name, |_| value);
                }
            }
        }
        response.into()
    }
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
