//! One request and its answer.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use serde_json::{Value, json};
use wechatpay_core::types::UnixSeconds;

use crate::calendar::rfc3339;
use crate::diagnosis::{Diagnosis, Shown};
use crate::faults::Wire;

/// A larger body of an answer is not kept, only its size. Bodies of requests are always kept; the server limits them.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// A request as it arrived, and its answer. Requests to the control interface have none.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Counted from 1. The journal sets it.
    pub(crate) id: u64,
    /// The real time.
    pub(crate) at: UnixSeconds,
    /// The `NAME` of the operation; `None` for an unknown path or method.
    pub(crate) operation: Option<String>,
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    /// The target as it is listed and printed: without a key.
    pub(crate) listed_target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The name of the fault that the request met.
    pub(crate) fault: Option<String>,
    /// The answer; `None` if the connection was closed or stays silent. The body of a generated answer is empty.
    pub(crate) answer: Option<Response<Bytes>>,
    /// The size of the answer's body, even if it is not kept.
    pub(crate) answer_bytes: u64,
    /// Only for a 401.
    pub(crate) diagnosis: Option<Diagnosis>,
}

impl Entry {
    pub(crate) fn new(
        request: &Request<Bytes>,
        operation: Option<&str>,
        at: UnixSeconds,
        shown: &Shown<'_>,
    ) -> Self {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        Self {
            id: 0,
            at,
            operation: operation.map(str::to_owned),
            method: request.method().clone(),
            target: target.to_owned(),
            listed_target: shown.whole(target.as_bytes()),
            headers: request.headers().clone(),
            // A copy, because the original can be a small part of a large buffer.
            body: Bytes::copy_from_slice(request.body()),
            fault: None,
            answer: None,
            answer_bytes: 0,
            diagnosis: None,
        }
    }

    /// Sets the answer.
    pub(crate) fn answered(mut self, wire: &Wire) -> Self {
        self.answer = match wire {
            Wire::Whole { response, .. } | Wire::Cut { response, .. } | Wire::Dripped { response, .. } => {
                Some(response.clone())
            }
            Wire::Generated { response, .. } | Wire::Streamed { response, .. } => {
                Some(response.clone().map(|()| Bytes::new()))
            }
            Wire::Closed | Wire::Silent => None,
        };
        if let Some(answer) = &mut self.answer {
            // What is under way ends with the response, not with its copy here.
            answer.extensions_mut().clear();
            self.answer_bytes = answer.body().len() as u64;
            if answer.body().len() > MAX_ANSWER {
                *answer.body_mut() = Bytes::new();
            }
        }
        if let Wire::Generated { bytes, .. } = wire {
            self.answer_bytes = *bytes;
        }
        self
    }

    /// The memory that the entry takes, roughly.
    pub(crate) fn bytes(&self) -> usize {
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            name.as_str().len().saturating_add(value.len()).saturating_add(64)
        };
        let headers = self.headers.iter().map(header).fold(0_usize, usize::saturating_add);
        let answer = self.answer.as_ref().map_or(0, |answer| answer.body().len());
        let signed =
            self.diagnosis.as_ref().and_then(|diagnosis| diagnosis.signed.as_ref()).map_or(0, Vec::len);
        let parts = [1024, headers, self.target.len(), self.body.len(), answer, signed];
        parts.into_iter().fold(0, usize::saturating_add)
    }

    /// The status of the answer, if there was one.
    pub(crate) fn status(&self) -> Option<u16> {
        self.answer.as_ref().map(|answer| answer.status().as_u16())
    }

    /// The entry as in `GET /_sandbox/requests`.
    pub(crate) fn row(&self, english: bool) -> Value {
        json!({
            "id": self.id,
            "at": rfc3339(self.at),
            "operation": self.operation,
            "method": self.method.as_str(),
            "target": self.listed_target,
            "status": self.status(),
            "code": self.error("code"),
            "message": self.error("message"),
            "diagnosis": self.diagnosis.as_ref().map(|diagnosis| diagnosis.text(english)),
            "fault": self.fault,
        })
    }

    /// The `code` or the `message` of an error.
    fn error(&self, member: &str) -> Option<String> {
        let answer = self.answer.as_ref().filter(|answer| answer.status().as_u16() >= 400)?;
        let error: Value = serde_json::from_slice(answer.body()).ok()?;
        error.get(member).and_then(Value::as_str).map(str::to_owned)
    }
}
