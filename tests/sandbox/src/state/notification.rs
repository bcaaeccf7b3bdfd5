//! One notification: its content, its attempts, and their requests.

use std::collections::VecDeque;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT};
use http::{Request, StatusCode, Uri};
use serde_json::{Value, json};
use wechatpay_core::types::UnixSeconds;

use crate::calendar::rfc3339;
use crate::credentials::Credentials;
use crate::protocol::json::{present, set};
use crate::protocol::random::{nonce, uuid};
use crate::protocol::reply::Reply;
use crate::protocol::sealed::seal;
use crate::protocol::signing_keys::PlatformPrivateKey;

/// The number of attempts whose results are kept, the last ones.
const MAX_KEPT_ATTEMPTS: usize = 20;

/// An event of which the merchant is notified.
pub(crate) struct Event {
    pub(crate) kind: &'static str,
    pub(crate) original_type: &'static str,
    pub(crate) summary: &'static str,
    /// The content, which is encrypted.
    pub(crate) resource: Value,
}

pub(super) struct Notification {
    id: String,
    created: UnixSeconds,
    event_type: &'static str,
    url: String,
    plaintext: Value,
    body: Bytes,
    /// The number of attempts that have begun.
    pub(super) attempts: u32,
    /// The last attempts that ended, oldest first.
    ended: VecDeque<Ended>,
    pub(super) progress: Progress,
}

/// An attempt that ended.
struct Ended {
    number: u32,
    /// When it began, in the platform's time.
    began: UnixSeconds,
    result: Result<StatusCode, String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Due(UnixSeconds),
    InFlight(Flight),
    Delivered,
    GivenUp,
    Cancelled,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Flight {
    /// When it was due and when it began, in the platform's time.
    pub(super) due: UnixSeconds,
    pub(super) began: UnixSeconds,
    /// Its timeout in the real time.
    pub(super) until: UnixSeconds,
    /// Whether it is the last one, because the notification was cancelled.
    pub(super) last: bool,
}

impl Notification {
    /// Encrypts an event. The first attempt is due immediately.
    pub(super) fn new(
        url: &str,
        event: Event,
        credentials: &Credentials,
        now: UnixSeconds,
    ) -> Result<Self, Reply> {
        let id = uuid().ok_or_else(|| Reply::system_error("系统错误"))?;
        let plaintext = event.resource.to_string();
        let mut resource = seal(credentials, event.original_type, plaintext.as_bytes())?;
        set(&mut resource, "original_type", event.original_type);
        let body = json!({
            "id": id,
            "create_time": rfc3339(now),
            "resource_type": "encrypt-resource",
            "event_type": event.kind,
            "summary": event.summary,
            "resource": resource,
        });
        Ok(Self {
            id,
            created: now,
            event_type: event.kind,
            url: url.to_owned(),
            plaintext: event.resource,
            body: body.to_string().into(),
            attempts: 0,
            ended: VecDeque::new(),
            progress: Progress::Due(now),
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Records the result of an attempt.
    pub(super) fn end(&mut self, began: UnixSeconds, result: Result<StatusCode, String>) {
        if self.ended.len() >= MAX_KEPT_ATTEMPTS {
            self.ended.pop_front();
        }
        self.ended.push_back(Ended { number: self.attempts, began, result });
    }

    /// Builds the request of an attempt. Each attempt is signed again with the real time; the body does not change.
    pub(super) fn request(&self, key: &PlatformPrivateKey, now: UnixSeconds) -> Option<Request<Bytes>> {
        let url: Uri = self.url.parse().ok()?;
        let mut request = Request::post(&url)
            .header(HOST, url.authority()?.as_str())
            .header(USER_AGENT, concat!("wechatpay-sandbox/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, "*/*")
            .header(CONTENT_TYPE, "application/json")
            .header("request-id", format!("{}-0", nonce()));
        for (name, value) in key.sign(&self.body, now).ok()? {
            request = request.header(name, value);
        }
        request.body(self.body.clone()).ok()
    }

    /// The notification as in a list.
    pub(super) fn json(&self) -> Value {
        let last = self.ended.back().map(|ended| &ended.result);
        let (status, due) = match self.progress {
            Progress::Due(due) => ("due", Some(rfc3339(due))),
            Progress::InFlight(_) => ("in_flight", None),
            Progress::Delivered => ("delivered", None),
            Progress::GivenUp => ("given_up", None),
            Progress::Cancelled => ("cancelled", None),
        };
        present(json!({
            "id": self.id,
            "create_time": rfc3339(self.created),
            "event_type": self.event_type,
            "coupon_id": self.plaintext.get("coupon_id"),
            "notify_url": self.url,
            "status": status,
            "attempts": self.attempts,
            "delivered": self.progress == Progress::Delivered,
            "last_status": last.and_then(|last| last.as_ref().ok()).map(StatusCode::as_u16),
            "last_failure": last.and_then(|last| last.as_ref().err()),
            "next_attempt_time": due,
        }))
    }

    /// The notification with its content and its attempts.
    pub(super) fn full_json(&self) -> Value {
        let mut json = self.json();
        set(&mut json, "plaintext", self.plaintext.clone());
        set(&mut json, "body", String::from_utf8_lossy(&self.body).into_owned());
        set(&mut json, "attempt_list", self.ended.iter().map(Ended::json).collect::<Vec<_>>());
        json
    }
}

impl Ended {
    fn json(&self) -> Value {
        present(json!({
            "number": self.number,
            "time": rfc3339(self.began),
            "status": self.result.as_ref().ok().map(StatusCode::as_u16),
            "failure": self.result.as_ref().err(),
        }))
    }
}
