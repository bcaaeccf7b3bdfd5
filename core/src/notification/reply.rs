use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

/// Returns the response for a callback that was processed: 204 without a body.
pub fn accepted() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// Returns the response that makes the platform send the callback again: 500, with a message for the platform's logs.
pub fn refused(message: &str) -> Response<Bytes> {
    failure(StatusCode::INTERNAL_SERVER_ERROR, message)
}

pub(super) fn failure(status: StatusCode, message: &str) -> Response<Bytes> {
    let mut response = Response::new(json!({ "code": "FAIL", "message": message }).to_string().into());
    *response.status_mut() = status;
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
