//! Replies to requests, before they are signed.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::faults::Wire;
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

    pub(crate) fn csv(file: Bytes) -> Self {
        let content_type = "text/csv; charset=utf-8";
        Self { content: Content::Bytes(file), content_type, ..Self::empty(StatusCode::OK) }
    }

    /// An HTML page.
    pub(crate) fn page(html: String) -> Self {
        let content_type = "text/html; charset=utf-8";
        Self { content: Content::Bytes(html.into()), content_type, ..Self::empty(StatusCode::OK) }
    }

    /// A body that is produced while it is sent.
    pub(crate) fn stream(content_type: &'static str, body: Streaming) -> Self {
        Self { content: Content::Stream(body), content_type, ..Self::empty(StatusCode::OK) }
    }

    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, content: Content::Bytes(Bytes::new()), content_type: JSON, internal_code: 0 }
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

    /// Sends the JSON as `text/plain`, as the platform does for uploads.
    pub(crate) fn text_plain(mut self) -> Self {
        self.content_type = "text/plain";
        self
    }

    pub(crate) fn detail(mut self, detail: Value) -> Self {
        if let Content::Json(Value::Object(body)) = &mut self.content {
            body.insert("detail".to_owned(), detail);
        }
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// Adds `detail.sandbox`, which only the sandbox has.
    pub(crate) fn sandbox_detail(mut self, sandbox: Value) -> Self {
        if let Content::Json(Value::Object(body)) = &mut self.content {
            let detail = body.entry("detail").or_insert_with(|| json!({}));
            detail.as_object_mut().map(|detail| detail.insert("sandbox".to_owned(), sandbox));
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

    pub(crate) fn system_error(message: &str) -> Self {
        Self::error(StatusCode::INTERNAL_SERVER_ERROR, "SYSTEM_ERROR", message)
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
        if let Ok(id) = HeaderValue::try_from(format!("{}-{}", nonce(), self.internal_code)) {
            headers.insert("request-id", id);
        }
        response.into()
    }
}
