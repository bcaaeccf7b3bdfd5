//! Answers: what they say, and the platform's signature on them.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};
use wechatpay_core::Nonce;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::types::UnixSeconds;

use crate::protocol::platform_keys::PlatformKey;

const JSON: &str = "application/json; charset=utf-8";

/// An answer before it is signed.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// `None` is an empty body.
    pub(crate) json: Option<Value>,
    content_type: &'static str,
    /// The number behind the last `-` of the `Request-ID`: 0 is success.
    pub(crate) internal_code: u32,
}

/// What an operation gives: a success, or a refusal. Both are signed.
pub(crate) type Outcome = Result<Answer, Answer>;

impl Answer {
    pub(crate) fn ok(json: Value) -> Self {
        Self { status: StatusCode::OK, json: Some(json), content_type: JSON, internal_code: 0 }
    }

    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, json: None, content_type: JSON, internal_code: 0 }
    }

    pub(crate) fn error(status: StatusCode, code: &str, message: &str) -> Self {
        let json = Some(json!({ "code": code, "message": message }));
        // The documentation lists few of these numbers; those it does not list are this made-up one here.
        Self { status, json, content_type: JSON, internal_code: 1 }
    }

    pub(crate) fn internal(mut self, code: u32) -> Self {
        self.internal_code = code;
        self
    }

    /// The same JSON as `text/plain`, as uploads are known to be answered.
    pub(crate) fn text_plain(mut self) -> Self {
        self.content_type = "text/plain";
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

    pub(crate) fn system_error(message: &str) -> Self {
        Self::error(StatusCode::INTERNAL_SERVER_ERROR, "SYSTEM_ERROR", message)
    }

    /// As HTTP, without a signature.
    pub(crate) fn into_response(self) -> Response<Bytes> {
        let body = self.json.map(|json| Bytes::from(json.to_string())).unwrap_or_default();
        let has_body = !body.is_empty();
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        if has_body {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        }
        let id = format!("{}-{}", nonce(), self.internal_code);
        insert(&mut response, "request-id", &id);
        response
    }

    /// As HTTP, signed with this key.
    pub(crate) fn sign(self, key: &PlatformKey, now: UnixSeconds) -> Response<Bytes> {
        let mut response = self.into_response();
        let Ok(signature) = key.sign(response.body(), now) else {
            return Self::system_error("系统错误").into_response();
        };
        for (name, value) in signature {
            insert(&mut response, name, &value);
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
