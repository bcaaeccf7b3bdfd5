//! The request that is examined.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use wechatpay_core::types::UnixSeconds;

use crate::journal::Entry;
use crate::protocol::auth::Refused;
use crate::protocol::multipart::SignedPart;
use crate::routes::Target;

/// A request, and the time at which it is checked.
pub(crate) struct Case<'a> {
    pub(crate) method: &'a str,
    /// Path and query.
    pub(crate) target: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    /// The part of the body that the signature covers.
    pub(crate) signed: Cow<'a, [u8]>,
    /// Why the body has no such part, in Chinese.
    pub(crate) problem: Option<&'static str>,
    /// The path of the operation with its parameters, if the request is for one.
    pub(crate) template: Option<&'static str>,
    pub(crate) now: UnixSeconds,
}

impl<'a> Case<'a> {
    pub(crate) fn of(refused: &'a Refused) -> Self {
        let (parts, body) = (&refused.parts, &refused.body);
        Self::new(&parts.method, target(&parts.uri), &parts.headers, body, refused.now)
    }

    pub(crate) fn logged(entry: &'a Entry) -> Self {
        Self::new(&entry.method, &entry.target, &entry.headers, &entry.body, entry.at)
    }

    pub(crate) fn new(
        method: &'a Method,
        target: &'a str,
        headers: &'a HeaderMap,
        body: &'a Bytes,
        now: UnixSeconds,
    ) -> Self {
        let path = target.split('?').next().unwrap_or_default();
        let (template, signed) = match Target::known(method, path) {
            Target::Endpoint(endpoint, _) => (Some(endpoint.path), (endpoint.signed_body)(headers, body)),
            _ => (None, SignedPart::new(body)),
        };
        let SignedPart { content, problem } = signed;
        Self {
            method: method.as_str(),
            target,
            headers,
            body,
            signed: content.into(),
            problem,
            template,
            now,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The target that is signed.
pub(crate) fn target(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |target| target.as_str())
}
