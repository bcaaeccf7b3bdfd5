//! Authentication of requests by the `Authorization` header.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use http::{StatusCode, request};
use serde_json::json;
use wechatpay_core::crypto::VerifyingKey;
use wechatpay_core::types::UnixSeconds;

use crate::credentials::Credentials;
use crate::protocol::reply::Reply;

const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
/// Limit of the difference between a request's timestamp and the clock, in seconds.
const MAX_CLOCK_DIFFERENCE: u64 = 300;

/// A request that was refused before its operation was processed.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) parts: request::Parts,
    pub(crate) body: Bytes,
    /// The part of the body that the signature covers.
    pub(crate) signed: Bytes,
    /// The real time.
    pub(crate) now: UnixSeconds,
    /// The platform's answer, which must not be signed.
    pub(crate) reply: Reply,
}

/// Authenticates a request, or returns the error reply, which must not be signed.
pub(crate) fn authenticate(
    parts: &request::Parts,
    body: &[u8],
    now: UnixSeconds,
    credentials: &Credentials,
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
    if authorization.mchid != credentials.mchid() || authorization.serial_no != credentials.serial_no() {
        return Err(sign_error("商户证书序列号有误。请使用签名私钥匹配的证书序列号"));
    }
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let head = [parts.method.as_str(), target, authorization.timestamp, authorization.nonce_str, ""];
    let message = [head.join("\n").as_bytes(), body, b"\n"].concat();
    let signature = STANDARD.decode(authorization.signature).map_err(|_| malformed())?;
    merchant_key.verify(&message, &signature).map_err(|_| {
        let truncated: String = String::from_utf8_lossy(&message).chars().take(256).collect();
        sign_error("签名错误，请检查后再试").detail(json!({
            "detail": { "issue": "sign not match" },
            "field": "signature",
            "location": "authorization",
            "sign_information": {
                "method": parts.method.as_str(),
                "url": target,
                "truncated_sign_message": truncated,
                "sign_message_length": message.len(),
            },
        }))
    })
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
