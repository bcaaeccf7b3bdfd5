//! Operations that consist of a path and an optional body only.

use bytes::Bytes;
use http::Method;
use wechatpay_core::error::{BuildError, DecodeError};
use wechatpay_core::{Body, Operation, Parts, Verified};

/// A GET request to any path.
pub type Get = Bare<false>;
/// A POST request with JSON to any path.
pub type Post = Bare<true>;

/// An operation whose response value is the raw body.
#[derive(Clone, Default, serde::Serialize)]
pub struct Bare<const POST: bool> {
    /// The path, without query parameters.
    pub path: &'static str,
    /// The body, sent unchanged.
    #[serde(skip)]
    pub json: Bytes,
    /// The serial number of the platform key to name in the request.
    pub serial: Option<String>,
}

impl<const POST: bool> Bare<POST> {
    /// A request to this path, without a body.
    pub fn new(path: &'static str) -> Self {
        Self { path, ..Self::default() }
    }
}

impl<const POST: bool> Operation for Bare<POST> {
    const NAME: &'static str = "bare";
    const METHOD: Method = if POST { Method::POST } else { Method::GET };
    const PATH: &'static str = "/";
    const IDEMPOTENT: bool = true;
    type Response = Vec<u8>;

    fn parts(&self) -> Result<Parts, BuildError> {
        let body = if self.json.is_empty() { Body::Empty } else { Body::Json(self.json.clone()) };
        Ok(Parts::of(&Self::METHOD, self.path, &())?.with_body(body))
    }

    fn decode(answer: Verified<'_>) -> Result<Vec<u8>, DecodeError> {
        Ok(answer.body().to_vec())
    }

    fn platform_serial(&self) -> Option<&str> {
        self.serial.as_deref()
    }
}
