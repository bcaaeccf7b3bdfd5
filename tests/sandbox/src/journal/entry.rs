//! One request and its answer.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use wechatpay_core::types::UnixSeconds;

use crate::diagnosis::Diagnosis;
use crate::faults::Wire;

/// A request as it arrived, and its answer. Requests to the control interface have none.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Counted from 1. The journal sets it.
    pub(crate) id: u64,
    /// The real time.
    pub(crate) at: UnixSeconds,
    /// The `NAME` of the operation; `None` for an unknown path or method.
    pub(crate) operation: Option<&'static str>,
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The answer; `None` if the connection was closed or stays silent. The body of a generated answer is empty.
    pub(crate) answer: Option<Response<Bytes>>,
    /// Only for a 401.
    pub(crate) diagnosis: Option<Diagnosis>,
}

impl Entry {
    pub(crate) fn new(request: &Request<Bytes>, operation: Option<&'static str>, at: UnixSeconds) -> Self {
        Self {
            id: 0,
            at,
            operation,
            method: request.method().clone(),
            target: request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned(),
            headers: request.headers().clone(),
            body: request.body().clone(),
            answer: None,
            diagnosis: None,
        }
    }

    /// The request alone.
    pub(crate) fn request(&self) -> Self {
        let (headers, body) = (self.headers.clone(), self.body.clone());
        let (method, target) = (self.method.clone(), self.target.clone());
        Self { method, target, headers, body, answer: None, diagnosis: None, ..*self }
    }

    /// One line for people about a refused request, in English.
    pub(crate) fn refusal(&self) -> Option<String> {
        let diagnosis = self.diagnosis.as_ref()?;
        let path: String = self.target.chars().take(200).collect();
        Some(
            format!("401 {} {path}: {} (see /_sandbox/requests/{})", self.method, diagnosis.line(), self.id,),
        )
    }

    /// Sets the answer.
    pub(crate) fn answered(mut self, wire: &Wire) -> Self {
        self.answer = match wire {
            Wire::Whole { response, .. } | Wire::Cut { response, .. } | Wire::Dripped { response, .. } => {
                Some(response.clone())
            }
            Wire::Generated { response, .. } => Some(response.clone().map(|()| Bytes::new())),
            Wire::Closed | Wire::Silent => None,
        };
        self
    }
}
