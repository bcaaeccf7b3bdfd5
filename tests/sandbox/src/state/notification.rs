//! One notification: its content, its attempts, and their requests.

use std::borrow::Cow;
use std::collections::VecDeque;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT};
use http::{Request, StatusCode, Uri};
use serde::{Deserialize, Serialize};
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

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Notification {
    id: String,
    created: UnixSeconds,
    event_type: Cow<'static, str>,
    url: String,
    plaintext: Value,
    /// JSON.
    body: String,
    pub(super) course: Course,
}

/// What became of a notification.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Course {
    /// The number of attempts that have begun.
    pub(super) attempts: u32,
    /// The last attempts that ended, oldest first.
    ended: VecDeque<Ended>,
    pub(super) progress: Progress,
}

/// An attempt that ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Ended {
    number: u32,
    /// When it began, in the platform's time.
    began: UnixSeconds,
    /// The status of the response, or why there was none.
    result: Result<u16, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Progress {
    Due(UnixSeconds),
    /// Of an attempt in flight nothing is known after a restart, so it is stored as due.
    #[serde(skip)]
    InFlight(Flight),
    Delivered,
    GivenUp,
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    pub(crate) fn new(
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
            event_type: event.kind.into(),
            url: url.to_owned(),
            plaintext: event.resource,
            body: body.to_string(),
            course: Course { attempts: 0, ended: VecDeque::new(), progress: Progress::Due(now) },
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
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
        for (name, value) in key.sign(self.body.as_bytes(), now).ok()? {
            request = request.header(name, value);
        }
        request.body(self.body.clone().into()).ok()
    }

    /// The notification as in a list.
    pub(super) fn json(&self) -> Value {
        let last = self.course.ended.back().map(|ended| &ended.result);
        let (status, due) = match self.course.progress {
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
            "attempts": self.course.attempts,
            "delivered": self.course.progress == Progress::Delivered,
            "last_status": last.and_then(|last| last.as_ref().ok()),
            "last_failure": last.and_then(|last| last.as_ref().err()),
            "next_attempt_time": due,
        }))
    }

    /// The notification with its content and its attempts.
    pub(super) fn full_json(&self) -> Value {
        let mut json = self.json();
        set(&mut json, "plaintext", self.plaintext.clone());
        set(&mut json, "body", self.body.as_str());
        set(&mut json, "attempt_list", self.course.ended.iter().map(Ended::json).collect::<Vec<_>>());
        json
    }

    /// The notification as in an export: of an attempt in flight only the time at which it was due is of use elsewhere,
    /// unless it is the last one.
    pub(super) fn exported_json(&self) -> Value {
        let mut json = self.full_json();
        if let Progress::InFlight(Flight { due, last: false, .. }) = self.course.progress {
            set(&mut json, "next_attempt_time", rfc3339(due));
        }
        json
    }
}

impl Course {
    /// Records the result of an attempt.
    pub(super) fn end(&mut self, began: UnixSeconds, result: Result<StatusCode, String>) {
        if self.ended.len() >= MAX_KEPT_ATTEMPTS {
            self.ended.pop_front();
        }
        let result = result.map(|status| status.as_u16());
        self.ended.push_back(Ended { number: self.attempts, began, result });
    }

    /// The course as it is stored.
    pub(super) fn stored(&self) -> Self {
        let mut stored = self.clone();
        if let Progress::InFlight(flight) = stored.progress {
            stored.progress = if flight.last { Progress::Cancelled } else { Progress::Due(flight.due) };
        }
        stored
    }
}

impl Ended {
    fn json(&self) -> Value {
        present(json!({
            "number": self.number,
            "time": rfc3339(self.began),
            "status": self.result.as_ref().ok(),
            "failure": self.result.as_ref().err(),
        }))
    }
}
