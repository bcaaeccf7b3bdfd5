//! Authentication of a request with the credentials and keys of the sandbox.

use http::request;
use wechatpay_core::types::UnixSeconds;

use crate::platform::Platform;
use crate::protocol::auth::authenticate;
use crate::protocol::multipart::SignedPart;
use crate::protocol::reply::Reply;
use crate::routes::Endpoint;

/// Checks whether a request is authentic. An unknown operation is taken for one that signs its whole body.
pub(crate) fn verify(
    platform: &Platform,
    endpoint: Option<&Endpoint>,
    parts: &request::Parts,
    body: &[u8],
    now: UnixSeconds,
) -> Result<(), Reply> {
    let signed = match endpoint {
        Some(endpoint) => (endpoint.signed_body)(&parts.headers, body),
        None => SignedPart::new(body),
    };
    let key = platform.merchant_key.as_ref();
    authenticate(parts, &signed, now, &platform.credentials, platform.standing(), key)
}
