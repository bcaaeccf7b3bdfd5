//! Replies to requests, before they are signed.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::faults::Wire;
use crate::limits::under_way::UnderWay;
use crate::protocol::random::nonce;
use crate::streaming::Streaming;

const JSON: &str = "application/json; charset=utf-8";

/// The reply to a request.
#[derive(Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    content: Content,
    content_type: &'static str,
    /// The number after the last `-` of the `Request-ID`. 0 is success.
    internal_code: u32,
    /// The value of `Retry-After` in seconds.
    retry_after: Option<u64>,
    /// The value of `Location`.
    location: Option<Box<HeaderValue>>,
    /// What ends when the response is sent.
    under_way: Option<Arc<UnderWay>>,
}

#[derive(Debug)]
enum Content {
    Json(Value),
    /// A file, or an empty body.
    Bytes(Bytes),
    Stream(Streaming),
}

/// The result of a handler: a success or an error reply.
pub(crate) type Handled = Result<Reply, Reply>;

impl Reply {
    pub(crate) fn ok(json: Value) -> Self {
        Self { content: Content::Json(json), ..Self::empty(StatusCode::OK) }
    }

    /// A response that was given at the start, see [`crate::Options::respond`].
    pub(crate) fn canned(status: StatusCode, body: Option<Value>) -> Self {
        let content = body.map_or(Content::Bytes(Bytes::new()), Content::Json);
        let internal_code = u32::from(!status.is_success());
        Self { content, internal_code, ..Self::empty(status) }
    }

    /// A flow file. Inferred: its type. Clients of the platform read `text/plain`, and some read nothing else.
    pub(crate) fn csv(file: Bytes) -> Self {
        let content_type = "text/plain; charset=utf-8";
        Self { content: Content::Bytes(file), content_type, ..Self::empty(StatusCode::OK) }
    }

    /// A text such as an HTML page.
    pub(crate) fn text(content_type: &'static str, text: impl Into<Bytes>) -> Self {
        Self { content: Content::Bytes(text.into()), content_type, ..Self::empty(StatusCode::OK) }
    }

    /// 303: the page that follows a form.
    pub(crate) fn see_other(location: &str) -> Self {
        Self {
            location: HeaderValue::try_from(location).ok().map(Box::new),
            ..Self::empty(StatusCode::SEE_OTHER)
        }
    }

    /// Replaces the body by an HTML page.
    pub(crate) fn into_page(self, html: String) -> Self {
        Self { content: Content::Bytes(html.into()), content_type: "text/html; charset=utf-8", ..self }
    }

    /// A certificate in PEM.
    pub(crate) fn pem(certificate: String) -> Self {
        let content_type = "application/x-pem-file";
        Self { content: Content::Bytes(certificate.into()), content_type, ..Self::empty(StatusCode::OK) }
    }

    /// A body that is produced while it is sent.
    pub(crate) fn stream(content_type: &'static str, body: Streaming) -> Self {
        Self { content: Content::Stream(body), content_type, ..Self::empty(StatusCode::OK) }
    }

    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            content: Content::Bytes(Bytes::new()),
            content_type: JSON,
            internal_code: 0,
            retry_after: None,
            location: None,
            under_way: None,
        }
    }

    pub(crate) fn error(status: StatusCode, code: &str, message: &str) -> Self {
        let content = Content::Json(json!({ "code": code, "message": message }));
        // The documentation lists few internal codes. Other errors use the made-up code 1.
        Self { content, internal_code: 1, ..Self::empty(status) }
    }

    pub(crate) fn internal_code(mut self, code: u32) -> Self {
        self.internal_code = code;
        self
    }

    /// Replaces the message of an error.
    pub(crate) fn with_message(mut self, message: &str) -> Self {
        if let Content::Json(Value::Object(body)) = &mut self.content {
            body.insert("message".to_owned(), message.into());
        }
        self
    }

    pub(crate) fn detail(mut self, detail: Value) -> Self {
        if let Content::Json(Value::Object(body)) = &mut self.content {
            body.insert("detail".to_owned(), detail);
        }
        self
    }

    /// The error of [`refused`](crate::protocol::problem::refused) for a part of a body, as one for the whole body, in
    /// which the part is at `pointer`.
    pub(crate) fn below(self, pointer: &str) -> Self {
        let Content::Json(mut body) = self.content else { return self };
        let field = body.pointer("/detail/field").and_then(Value::as_str).unwrap_or_default().to_owned();
        let part = if field.is_empty() { "The body".to_owned() } else { format!("The member {field}") };
        for text in ["/message", "/detail/issue"] {
            if let Some(Value::String(text)) = body.pointer_mut(text)
                && let Some(rest) = text.strip_prefix(&part)
            {
                *text = format!("The member {pointer}{field}{rest}");
            }
        }
        if let Some(there) = body.pointer_mut("/detail/field") {
            *there = format!("{pointer}{field}").into();
        }
        Self { content: Content::Json(body), ..self }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// Adds `detail.sandbox`, which only the sandbox has.
    pub(crate) fn sandbox_detail(mut self, sandbox: Value) -> Self {
        if let Content::Json(Value::Object(body)) = &mut self.content {
            let detail = body.entry("detail").or_insert_with(|| json!({}));
            if let Value::Object(detail) = detail {
                detail.insert("sandbox".to_owned(), sandbox);
            }
        }
        self
    }

    /// 400 `PARAM_ERROR`. `field` is a JSON pointer for the body, or the name of another parameter.
    pub(crate) fn param(location: &str, field: &str, value: Value, issue: &str) -> Self {
        let detail = json!({ "location": location, "field": field, "value": value, "issue": issue });
        Self::bad_request("PARAM_ERROR", issue).detail(detail)
    }

    pub(crate) fn invalid_request(message: &str) -> Self {
        Self::bad_request("INVALID_REQUEST", message)
    }

    pub(crate) fn bad_request(code: &str, message: &str) -> Self {
        Self::error(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn forbidden(code: &str, message: &str) -> Self {
        Self::error(StatusCode::FORBIDDEN, code, message)
    }

    pub(crate) fn not_found(message: &str) -> Self {
        Self::error(StatusCode::NOT_FOUND, "RESOURCE_NOT_EXISTS", message)
    }

    /// 429. Inferred: `Retry-After`, and that the body of this error is signed.
    pub(crate) fn rate_limited(retry_after: u64) -> Self {
        let (status, code) = (StatusCode::TOO_MANY_REQUESTS, "FREQUENCY_LIMIT_EXCEED");
        let error = Self::error(status, code, "频率超限，请降低请求频率").internal_code(268_461_336);
        Self { retry_after: Some(retry_after), ..error }
    }

    /// 409 of the control interface: the thing is not in the right state.
    pub(crate) fn conflict(message: &str) -> Self {
        Self::error(StatusCode::CONFLICT, "INVALID_REQUEST", message)
    }

    pub(crate) fn system_error(message: &str) -> Self {
        Self::error(StatusCode::INTERNAL_SERVER_ERROR, "SYSTEM_ERROR", message)
    }

    pub(crate) fn under_way(mut self, under_way: Option<Arc<UnderWay>>) -> Self {
        self.under_way = under_way;
        self
    }

    /// The JSON of the body; `null` if the body is a file or empty.
    pub(crate) fn into_json(self) -> Value {
        self.json().cloned().unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Option<&Value> {
        match &self.content {
            Content::Json(json) => Some(json),
            Content::Bytes(_) | Content::Stream(_) => None,
        }
    }

    /// The message of an error.
    pub(crate) fn into_message(self) -> String {
        let json = self.into_json();
        json.get("message").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Converts it to an HTTP response without a signature.
    pub(crate) fn into_response(self) -> Response<Bytes> {
        match self.into_wire() {
            Wire::Streamed { response, body } => response.map(|()| body.collect()),
            Wire::Whole { response, .. } => response,
            // A reply is nothing else.
            _ => Response::default(),
        }
    }

    /// Converts it to what is sent, without a signature.
    pub(crate) fn into_wire(self) -> Wire {
        let body = match self.content {
            Content::Json(json) => json.to_string().into(),
            Content::Bytes(bytes) => bytes,
            Content::Stream(body) => {
                let mut response = Response::new(());
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
                return Wire::Streamed { response, body };
            }
        };
        let has_body = !body.is_empty();
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if has_body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if let Some(location) = self.location {
            headers.insert(LOCATION, *location);
        }
        if let Ok(id) = HeaderValue::try_from(format!("{}-{}", nonce(), self.internal_code)) {
            headers.insert("request-id", id);
        }
        if let Some(under_way) = self.under_way {
            response.extensions_mut().insert(under_way);
        }
        response.into()
    }
}
