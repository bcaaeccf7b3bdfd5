//! Answers: what they say, and the platform's signature on them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};
use wechatpay_core::Nonce;
use wechatpay_core::crypto::SigningKey;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::types::UnixSeconds;

/// An answer before it is signed.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// `None` is an empty body.
    pub(crate) json: Option<Value>,
    /// The number behind the last `-` of the `Request-ID`: 0 is success.
    pub(crate) internal_code: u32,
}

/// What an operation gives: a success, or a refusal. Both are signed.
pub(crate) type Outcome = Result<Answer, Answer>;

impl Answer {
    pub(crate) fn ok(json: Value) -> Self {
        Self { status: StatusCode::OK, json: Some(json), internal_code: 0 }
    }

    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, json: None, internal_code: 0 }
    }

    pub(crate) fn error(status: StatusCode, code: &str, message: &str) -> Self {
        let json = Some(json!({ "code": code, "message": message }));
        // The documentation lists few of these numbers; those it does not list are this made-up one here.
        Self { status, json, internal_code: 1 }
    }

    pub(crate) fn internal(mut self, code: u32) -> Self {
        self.internal_code = code;
        self
    }

    pub(crate) fn detail(mut self, detail: Value) -> Self {
        if let Some(Value::Object(body)) = &mut self.json {
            body.insert("detail".to_owned(), detail);
        }
        self
    }

    /// 400 `PARAM_ERROR` for a field of the body (a JSON pointer) or of the URL.
    pub(crate) fn param(location: &str, field: &str, value: Value, issue: &str) -> Self {
        let detail = json!({ "location": location, "field": field, "value": value, "issue": issue });
        Self::error(StatusCode::BAD_REQUEST, "PARAM_ERROR", issue).detail(detail)
    }

    pub(crate) fn invalid_request(message: &str) -> Self {
        Self::error(StatusCode::BAD_REQUEST, "INVALID_REQUEST", message)
    }

    pub(crate) fn not_found(message: &str) -> Self {
        Self::error(StatusCode::NOT_FOUND, "RESOURCE_NOT_EXISTS", message)
    }

    pub(crate) fn forbidden(code: &str, message: &str) -> Self {
        Self::error(StatusCode::FORBIDDEN, code, message)
    }

    /// As HTTP, without a signature.
    pub(crate) fn into_response(self) -> Response<Bytes> {
        let body = self.json.map(|json| Bytes::from(json.to_string())).unwrap_or_default();
        let has_body = !body.is_empty();
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        if has_body {
            let json = HeaderValue::from_static("application/json; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, json);
        }
        let id = format!("{}-{}", nonce(), self.internal_code);
        insert(&mut response, "request-id", &id);
        response
    }

    /// As HTTP, signed with this key.
    pub(crate) fn sign(self, key: &dyn SigningKey, serial: &str, now: UnixSeconds) -> Response<Bytes> {
        let mut response = self.into_response();
        let (timestamp, nonce) = (now.to_string(), nonce());
        let mut message = format!("{timestamp}\n{nonce}\n").into_bytes();
        message.extend_from_slice(response.body());
        message.push(b'\n');
        let Ok(signature) = key.sign(&message) else {
            return Self::error(StatusCode::INTERNAL_SERVER_ERROR, "SYSTEM_ERROR", "系统错误")
                .into_response();
        };
        for (name, value) in [
            ("wechatpay-timestamp", timestamp.as_str()),
            ("wechatpay-nonce", &nonce),
            ("wechatpay-serial", serial),
            ("wechatpay-signature", &STANDARD.encode(signature)),
            ("wechatpay-signature-type", "WECHATPAY2-SHA256-RSA2048"),
        ] {
            insert(&mut response, name, value);
        }
        response
    }
}

fn insert(response: &mut Response<Bytes>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
}

pub(crate) fn nonce() -> String {
    Nonce::generate(PROVIDER.random).map(|nonce| nonce.as_str().to_owned()).unwrap_or_default()
}
