//! Responses, and the keys that signed them.

use bytes::Bytes;
use http::{HeaderMap, Response};
use serde_json::Value;

use super::credentials;
use super::crypto::verify;

/// The platform key that signed a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signer {
    PublicKey,
    Certificate,
}

/// A response. Its signature is verified if it has one.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// `Null` if the body is empty, a file, a page or events.
    pub(crate) json: Value,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) signer: Option<Signer>,
}

impl Reply {
    pub(crate) fn check(response: Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        let signer = signer(&parts.headers, &body);
        let kind = parts.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let json = match body.is_empty() || kind.starts_with("text/") || kind.starts_with("image/") {
            // A fault sends JSON as `text/plain`.
            true => serde_json::from_slice(&body).unwrap_or_default(),
            false => serde_json::from_slice(&body).unwrap(),
        };
        Self { status: parts.status.as_u16(), json, headers: parts.headers, body, signer }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}")).to_str().unwrap()
    }

    /// Returns the number after the last `-` of the `Request-ID`.
    pub(crate) fn internal_code(&self) -> &str {
        self.header("request-id").rsplit_once('-').unwrap().1
    }

    /// Asserts success, and returns the JSON body.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        assert_eq!(self.internal_code(), "0");
        self.json
    }

    /// Asserts an error with this status and code.
    #[track_caller]
    pub(crate) fn assert_error(&self, status: u16, code: &str) -> &Self {
        assert_eq!((self.status, self.json["code"].as_str()), (status, Some(code)), "{self:?}");
        assert!(self.json["message"].as_str().is_some_and(|message| !message.is_empty()), "{self:?}");
        assert_ne!(self.internal_code(), "0");
        self
    }

    /// Asserts 400 `PARAM_ERROR`, and returns its detail.
    #[track_caller]
    pub(crate) fn assert_param_error(&self) -> &Value {
        &self.assert_error(400, "PARAM_ERROR").json["detail"]
    }

    /// Asserts the number after the last `-` of the `Request-ID`.
    #[track_caller]
    pub(crate) fn assert_internal_code(&self, code: &str) {
        assert_eq!(self.internal_code(), code, "{self:?}");
    }

    #[track_caller]
    pub(crate) fn assert_unsigned(&self) -> &Self {
        assert_eq!(self.signer, None, "{self:?}");
        for name in ["timestamp", "nonce", "serial", "signature"] {
            assert!(!self.headers.contains_key(format!("wechatpay-{name}")), "{self:?}");
        }
        self
    }
}

/// Returns the signer of a response. Panics if the signature is invalid.
fn signer(headers: &HeaderMap, body: &[u8]) -> Option<Signer> {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
    header("wechatpay-signature")?;
    let serial = header("wechatpay-serial").unwrap();
    let (signer, pem) = if serial == credentials().public_key_id() {
        (Signer::PublicKey, credentials().public_key_pem())
    } else {
        assert_eq!(serial, credentials().platform_certificate_serial());
        (Signer::Certificate, credentials().platform_certificate_pem())
    };
    verify(headers, body, pem);
    Some(signer)
}
