//! Authentication of requests by the `Authorization` header.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use http::{StatusCode, request};
use serde_json::{Value, json};
use wechatpay_core::crypto::VerifyingKey;
use wechatpay_core::types::UnixSeconds;

use crate::credentials::Credentials;
use crate::protocol::multipart::SignedPart;
use crate::protocol::reply::Reply;
use crate::protocol::standing::{CertificateState, Standing};

const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
/// Limit of the difference between a request's timestamp and the clock, in seconds.
const MAX_CLOCK_DIFFERENCE: u64 = 300;
const WRONG_SERIAL: &str = "商户证书序列号有误。请使用签名私钥匹配的证书序列号";
/// Bytes of the body that an error shows.
const SHOWN_OF_BODY: usize = 8;

/// A request that was refused before its operation was processed.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) parts: request::Parts,
    pub(crate) body: Bytes,
    /// The real time.
    pub(crate) now: UnixSeconds,
}

/// Authenticates a request, or returns the error reply, which must not be signed. `signed` is what its signature covers.
pub(crate) fn authenticate(
    parts: &request::Parts,
    signed: &SignedPart<'_>,
    now: UnixSeconds,
    credentials: &Credentials,
    standing: Standing,
    merchant_key: &dyn VerifyingKey,
) -> Result<(), Reply> {
    // The platform checks these headers first.
    if !parts.headers.contains_key(USER_AGENT) || !parts.headers.contains_key(ACCEPT) {
        return Err(Reply::invalid_request("Http头缺少Accept或User-Agent"));
    }
    let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
    let malformed = || sign_error("Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》");
    let (Some(header), None) = (headers.next(), headers.next()) else { return Err(malformed()) };
    let header = header.to_str().map_err(|_| malformed())?;
    if names_other_scheme(header) {
        return Err(sign_error("Http头Authorization认证类型不正确"));
    }
    let authorization = Authorization::parse(header).ok_or_else(malformed)?;
    // `parse` would accept a leading `+`.
    if !authorization.timestamp.bytes().all(|b| b.is_ascii_digit()) {
        return Err(malformed());
    }
    let timestamp: UnixSeconds = authorization.timestamp.parse().map_err(|_| malformed())?;
    // Checked before the signature, as on the platform.
    if timestamp.abs_diff(now) > MAX_CLOCK_DIFFERENCE {
        return Err(sign_error("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟"));
    }
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let head =
        [parts.method.as_str(), target, authorization.timestamp, authorization.nonce_str, ""].join("\n");
    let mismatch = |message: &str| {
        sign_error(message).detail(mismatch(parts.method.as_str(), target, &head, signed.content))
    };
    if authorization.mchid != credentials.mchid() {
        return Err(mismatch(WRONG_SERIAL));
    }
    // The texts are documented (签名相关QA). Inferred: their order.
    if !standing.api_v3_key {
        return Err(sign_error("商户未设置APIv3密钥。"));
    }
    if standing.certificate == CertificateState::None {
        return Err(sign_error("商户未申请过证书。"));
    }
    if !same_serial(authorization.serial_no, credentials.serial_no()) {
        return Err(mismatch(WRONG_SERIAL));
    }
    match standing.certificate {
        CertificateState::Expired => return Err(sign_error("商户证书已过期。")),
        CertificateState::Revoked => return Err(sign_error("商户证书已作废。")),
        CertificateState::Replaced => return Err(sign_error("已更换证书，请使用新证书。")),
        CertificateState::Valid | CertificateState::None => {}
    }
    let message = [head.as_bytes(), signed.content, b"\n"].concat();
    let signature = STANDARD.decode(authorization.signature).map_err(|_| malformed())?;
    merchant_key.verify(&message, &signature).map_err(|_| match signed.problem {
        None => mismatch("签名错误，请检查后再试"),
        // Inferred: without the signed part, the platform cannot know what to verify.
        Some(problem) => mismatch(&format!("签名错误：找不到应签名的meta部分，{problem}")),
    })
}

/// What the platform shows of the message that it verified: the head whole, then the first 8 bytes of the body.
fn mismatch(method: &str, target: &str, head: &str, body: &[u8]) -> Value {
    let start = body.get(..SHOWN_OF_BODY).unwrap_or(body);
    // A character that is cut is not shown.
    let start = match std::str::from_utf8(start) {
        Err(error) if error.error_len().is_none() => start.get(..error.valid_up_to()).unwrap_or(start),
        _ => start,
    };
    json!({
        "detail": { "issue": "sign not match" },
        "field": "signature",
        "location": "authorization",
        "sign_information": {
            "method": method,
            "url": target,
            "truncated_sign_message": format!("{head}{}\n", String::from_utf8_lossy(start)),
            "sign_message_length": head.len().saturating_add(body.len()).saturating_add(1),
        },
    })
}

/// Whether two serial numbers in hex are the same number, whatever their case and leading zeros.
pub(crate) fn same_serial(one: &str, other: &str) -> bool {
    let (one, other) = (serial_digits(one), serial_digits(other));
    one.is_some() && one == other
}

/// The hex digits of a serial number in upper case without leading zeros. `None` if it is not in hex.
pub(crate) fn serial_digits(serial: &str) -> Option<String> {
    let valid = (1..=128).contains(&serial.len()) && serial.bytes().all(|b| b.is_ascii_hexdigit());
    valid.then(|| serial.trim_start_matches('0').to_ascii_uppercase())
}

/// Whether the header begins with the name of a scheme that is not supported.
fn names_other_scheme(header: &str) -> bool {
    let first = header.split_ascii_whitespace().next().unwrap_or_default();
    !first.is_empty() && first != SCHEME && !first.contains(['=', '"', ','])
}

fn sign_error(message: &str) -> Reply {
    Reply::error(StatusCode::UNAUTHORIZED, "SIGN_ERROR", message)
}

struct Authorization<'a> {
    mchid: &'a str,
    nonce_str: &'a str,
    timestamp: &'a str,
    serial_no: &'a str,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Parses the five fields, which are in double quotes and in any order. Each must be present exactly once.
    fn parse(header: &'a str) -> Option<Self> {
        let (scheme, fields) = header.trim().split_once(' ')?;
        if scheme != SCHEME {
            return None;
        }
        let mut values = BTreeMap::new();
        for field in fields.split(',') {
            let (name, value) = field.trim().split_once('=')?;
            let value = value.trim().strip_prefix('"')?.strip_suffix('"')?;
            if value.is_empty() || value.contains('"') || values.insert(name.trim(), value).is_some() {
                return None;
            }
        }
        let mut take = |name| values.remove(name);
        let authorization = Self {
            mchid: take("mchid")?,
            nonce_str: take("nonce_str")?,
            timestamp: take("timestamp")?,
            serial_no: take("serial_no")?,
            signature: take("signature")?,
        };
        values.is_empty().then_some(authorization)
    }
}
