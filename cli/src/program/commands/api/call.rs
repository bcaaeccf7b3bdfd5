//! A request that is known only when the program runs.

use std::marker::PhantomData;

use serde::Serialize;
use wechatpay_hyper::core::bytes::Bytes;
use wechatpay_hyper::core::error::{BuildError, DecodeError};
use wechatpay_hyper::core::http::Method;
use wechatpay_hyper::core::{Body, Operation, Parts, Verified};

/// A method of HTTP. An operation has it as a constant.
pub(super) trait Verb: Clone + Send + 'static {
    const METHOD: Method;
    /// Whether it only reads.
    const READS: bool;
}

macro_rules! verbs {
    ($($name:ident = $method:ident, reads: $reads:literal;)+) => {
        $(
            #[derive(Clone)]
            pub(super) struct $name;

            impl Verb for $name {
                const METHOD: Method = Method::$method;
                const READS: bool = $reads;
            }
        )+
    };
}

verbs! {
    Get = GET, reads: true;
    Post = POST, reads: false;
    Put = PUT, reads: false;
    Patch = PATCH, reads: false;
    Delete = DELETE, reads: false;
}

/// A request to any target. Its response is the body as received.
#[derive(Clone, Serialize)]
pub(super) struct Call<V> {
    #[serde(skip)]
    target: String,
    #[serde(skip)]
    body: Option<Bytes>,
    #[serde(skip)]
    verb: PhantomData<fn() -> V>,
}

impl<V> Call<V> {
    pub(super) fn new(target: String, body: Option<Bytes>) -> Self {
        Self { target, body, verb: PhantomData }
    }
}

impl<V: Verb> Operation for Call<V> {
    const NAME: &'static str = "api";
    const METHOD: Method = V::METHOD;
    const PATH: &'static str = "/";
    // Of the others nobody here knows whether a repetition does the same once more.
    const IDEMPOTENT: bool = V::READS;
    type Response = Vec<u8>;

    fn parts(&self) -> Result<Parts, BuildError> {
        let body = self.body.clone().map_or(Body::Empty, Body::Json);
        Parts::of_target(Self::PATH, self.target.as_str(), body)
    }

    fn decode(response: Verified<'_>) -> Result<Vec<u8>, DecodeError> {
        Ok(response.body().to_vec())
    }
}
