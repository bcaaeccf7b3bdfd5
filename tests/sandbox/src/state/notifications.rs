//! Notifications: what they say, when they are due, and what came of them. Sending them is someone else's.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT};
use http::{Request, StatusCode, Uri};
use serde_json::{Value, json};
use wechatpay_core::types::UnixSeconds;

use crate::calendar::rfc3339;
use crate::credentials::Credentials;
use crate::protocol::json::{object, present, set, wrong_field};
use crate::protocol::random::{nonce, uuid};
use crate::protocol::reply::{Handled, Reply};
use crate::protocol::sealed::seal;
use crate::protocol::signing_keys::PlatformPrivateKey;

/// How often a notification is sent in all, and how many seconds lie between: as the page of the coupon event has it.
/// The general page of the platform has another schedule.
const ATTEMPTS: u32 = 9;
const INTERVAL: u64 = 60;
/// An attempt of which nothing is heard is taken as failed after so many seconds of real time: the 5 that a receiver
/// has, and some for whoever sends.
const PATIENCE: u64 = 10;

/// One attempt to notify the merchant: what to send, and what to call it when telling
/// [`Sandbox::delivered`](crate::Sandbox::delivered) of the result.
#[derive(Debug)]
#[non_exhaustive]
pub struct Delivery {
    /// Goes to its absolute URI, which may be `https`. The receiver has 5 seconds to answer, and a redirect is not
    /// followed.
    pub request: Request<Bytes>,
    /// Which attempt it is.
    pub attempt: Attempt,
}

/// Names one attempt at one notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    notification: usize,
    /// Counted from 1.
    number: u32,
}

/// Something that the merchant is told.
pub(crate) struct Event {
    pub(crate) kind: &'static str,
    pub(crate) original_type: &'static str,
    pub(crate) summary: &'static str,
    /// What is encrypted.
    pub(crate) resource: Value,
}

#[derive(Default)]
pub(crate) struct Notifications {
    pub(crate) signed_by_certificate: bool,
    all: Vec<Notification>,
    /// When which is to be sent, by the platform's time.
    due: BTreeSet<(UnixSeconds, usize)>,
    /// When which is taken as failed, by the real time.
    under_way: BTreeSet<(UnixSeconds, usize)>,
}

struct Notification {
    id: String,
    event_type: &'static str,
    coupon_id: Option<Value>,
    url: String,
    body: Bytes,
    attempts: u32,
    /// What came of the last attempt that ended.
    last: Option<Result<StatusCode, String>>,
    progress: Progress,
}

#[derive(Clone, Copy)]
enum Progress {
    Due(UnixSeconds),
    /// When it was due, and until when it may take.
    UnderWay(UnixSeconds, UnixSeconds),
    Delivered,
    GivenUp,
}

impl Notifications {
    /// Encrypts an event; its first attempt is due at once.
    pub(crate) fn queue(
        &mut self,
        url: &str,
        event: Event,
        credentials: &Credentials,
        now: UnixSeconds,
    ) -> Result<(), Reply> {
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
        self.due.insert((now, self.all.len()));
        self.all.push(Notification {
            id,
            event_type: event.kind,
            coupon_id: event.resource.get("coupon_id").cloned(),
            url: url.to_owned(),
            body: body.to_string().into(),
            attempts: 0,
            last: None,
            progress: Progress::Due(now),
        });
        Ok(())
    }

    /// `POST /_sandbox/notifications`: which key signs them.
    pub(crate) fn signed_by(&mut self, body: &[u8]) -> Handled {
        let body = object(body)?;
        let wanted = body.get("signed_by").cloned().unwrap_or_default();
        self.signed_by_certificate = match wanted.as_str() {
            Some("certificate") => true,
            Some("public_key") => false,
            _ => return Err(wrong_field("signed_by", wanted, "certificate or public_key")),
        };
        Ok(Reply::ok(json!({ "signed_by": wanted })))
    }

    /// Takes out what is due, if anything is, and builds the request.
    pub(crate) fn next(
        &mut self,
        key: &PlatformPrivateKey,
        platform_time: UnixSeconds,
        real_time: UnixSeconds,
    ) -> Option<Delivery> {
        while let Some((_, index)) = self.under_way.first().copied().filter(|(until, _)| *until <= real_time)
        {
            self.ended(index, Err("nobody said what came of it".to_owned()));
        }
        while let Some((due, index)) = self.due.first().copied().filter(|(due, _)| *due <= platform_time) {
            self.due.remove(&(due, index));
            let notification = self.all.get_mut(index)?;
            let until = real_time.saturating_add(PATIENCE);
            notification.attempts = notification.attempts.saturating_add(1);
            notification.progress = Progress::UnderWay(due, until);
            self.under_way.insert((until, index));
            let attempt = Attempt { notification: index, number: notification.attempts };
            match notification.request(key, real_time) {
                Some(request) => return Some(Delivery { request, attempt }),
                None => self.ended(index, Err("the request could not be built".to_owned())),
            }
        }
        None
    }

    /// In how many seconds [`next`](Self::next) has something to do.
    pub(crate) fn next_in(&self, platform_time: UnixSeconds, real_time: UnixSeconds) -> Option<u64> {
        let due = self.due.first().map(|(due, _)| due.saturating_sub(platform_time));
        let late = self.under_way.first().map(|(until, _)| until.saturating_sub(real_time));
        due.into_iter().chain(late).min()
    }

    /// Only the attempt that is under way can end.
    pub(crate) fn delivered(&mut self, attempt: Attempt, result: Result<StatusCode, String>) {
        let current = self.all.get(attempt.notification).map(|notification| notification.attempts);
        if current == Some(attempt.number) {
            self.ended(attempt.notification, result);
        }
    }

    fn ended(&mut self, index: usize, result: Result<StatusCode, String>) {
        let Some(notification) = self.all.get_mut(index) else { return };
        let Progress::UnderWay(due, until) = notification.progress else { return };
        self.under_way.remove(&(until, index));
        notification.progress = match result {
            Ok(StatusCode::OK | StatusCode::NO_CONTENT) => Progress::Delivered,
            _ if notification.attempts >= ATTEMPTS => Progress::GivenUp,
            _ => {
                let due = due.saturating_add(INTERVAL);
                self.due.insert((due, index));
                Progress::Due(due)
            }
        };
        if !matches!(notification.progress, Progress::Due(_)) {
            // It is not sent again.
            notification.body = Bytes::new();
        }
        notification.last = Some(result);
    }

    /// For `GET /_sandbox/state`.
    pub(crate) fn json(&self) -> Vec<Value> {
        self.all.iter().map(Notification::json).collect()
    }
}

impl Notification {
    /// Signed anew each time, by the real time; the body stays as it is.
    fn request(&self, key: &PlatformPrivateKey, now: UnixSeconds) -> Option<Request<Bytes>> {
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

    fn json(&self) -> Value {
        let last = self.last.as_ref();
        let due = if let Progress::Due(due) = self.progress { Some(rfc3339(due)) } else { None };
        present(json!({
            "id": self.id,
            "event_type": self.event_type,
            "coupon_id": self.coupon_id,
            "notify_url": self.url,
            "attempts": self.attempts,
            "delivered": matches!(self.progress, Progress::Delivered),
            "last_status": last.and_then(|last| last.as_ref().ok()).map(StatusCode::as_u16),
            "last_failure": last.and_then(|last| last.as_ref().err()),
            "next_attempt_time": due,
        }))
    }
}
