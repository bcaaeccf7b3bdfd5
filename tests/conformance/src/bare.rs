//! Operations that are nothing but their request.

use bytes::Bytes;
use http::Method;
use wechatpay_core::error::{BuildError, DecodeError};
use wechatpay_core::{Body, Operation, Parts, Verified};

/// Asks for a path, whatever is there.
pub type Get = Bare<false>;
/// Sends JSON to a path.
pub type Post = Bare<true>;

/// An operation of which the answer is the body as it came.
#[derive(Clone, Default, serde::Serialize)]
pub struct Bare<const POST: bool> {
    /// Without parameters.
    pub path: &'static str,
    /// Its body, sent as it is.
    #[serde(skip)]
    pub json: Bytes,
    /// The key of the platform that it names.
    pub serial: Option<String>,
}

impl<const POST: bool> Bare<POST> {
    /// Without a body.
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
