//! Notifications: their content, schedule and results. This module does not send them.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT};
use http::{Request, StatusCode, Uri};
use serde_json::{Value, json};
use wechatpay_core::types::UnixSeconds;

use crate::calendar::rfc3339;
use crate::credentials::Credentials;
use crate::protocol::json::{Object, invalid_field, present, set};
use crate::protocol::random::{nonce, uuid};
use crate::protocol::reply::{Handled, Reply};
use crate::protocol::sealed::seal;
use crate::protocol::signing_keys::PlatformPrivateKey;

/// The limit of attempts. This and [`INTERVAL`] follow the documentation of the coupon event. The general documentation
/// of notifications has another schedule.
const MAX_ATTEMPTS: u32 = 9;
/// Seconds between attempts.
const INTERVAL: u64 = 60;
/// An attempt fails if no result is reported within this number of seconds of real time. The receiver has 5 of them.
const REPORT_TIMEOUT: u64 = 10;

/// One attempt to notify the merchant. Send the request, then report the result to
/// [`Sandbox::delivered`](crate::Sandbox::delivered).
#[derive(Debug)]
#[non_exhaustive]
pub struct Delivery {
    /// The request. Its URI is absolute and may be `https`. The receiver has 5 seconds to respond. Do not follow
    /// redirects.
    pub request: Request<Bytes>,
    /// Identifies the attempt when its result is reported.
    pub attempt: Attempt,
}

/// Identifies one attempt of one notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// How often the notifications were reset before.
    reset: u64,
    notification: usize,
    /// Counted from 1.
    number: u32,
}

/// An event of which the merchant is notified.
pub(crate) struct Event {
    pub(crate) kind: &'static str,
    pub(crate) original_type: &'static str,
    pub(crate) summary: &'static str,
    /// The content, which is encrypted.
    pub(crate) resource: Value,
}

#[derive(Default)]
pub(crate) struct Notifications {
    pub(crate) signed_by_certificate: bool,
    /// How often they were reset.
    reset: u64,
    all: Vec<Notification>,
    /// The time at which each waiting notification is due, in the platform's time.
    due: BTreeSet<(UnixSeconds, usize)>,
    /// The timeout of each attempt in flight, in the real time.
    in_flight: BTreeSet<(UnixSeconds, usize)>,
}

struct Notification {
    id: String,
    event_type: &'static str,
    coupon_id: Option<Value>,
    url: String,
    body: Bytes,
    attempts: u32,
    /// The result of the last attempt that ended.
    last_result: Option<Result<StatusCode, String>>,
    progress: Progress,
}

#[derive(Clone, Copy)]
enum Progress {
    Due(UnixSeconds),
    /// When it was due in the platform's time, and its timeout in the real time.
    InFlight(UnixSeconds, UnixSeconds),
    Delivered,
    GivenUp,
}

impl Notifications {
    /// Encrypts an event and queues its notification. The first attempt is due immediately.
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
            last_result: None,
            progress: Progress::Due(now),
        });
        Ok(())
    }

    /// `POST /_sandbox/notifications`: selects the key that signs notifications.
    pub(crate) fn set_signing_key(&mut self, body: &Object) -> Handled {
        let wanted = body.get("signed_by").cloned().unwrap_or_default();
        self.signed_by_certificate = match wanted.as_str() {
            Some("certificate") => true,
            Some("public_key") => false,
            _ => return Err(invalid_field("signed_by", wanted, "must be certificate or public_key")),
        };
        Ok(Reply::ok(json!({ "signed_by": wanted })))
    }

    /// Starts an attempt of the first notification that is due, if any, and builds its request.
    pub(crate) fn next(
        &mut self,
        key: &PlatformPrivateKey,
        platform_time: UnixSeconds,
        real_time: UnixSeconds,
    ) -> Option<Delivery> {
        while let Some((_, index)) = self.in_flight.first().copied().filter(|(until, _)| *until <= real_time)
        {
            self.finish(index, Err("no result was reported in time".to_owned()));
        }
        while let Some((due, index)) = self.due.first().copied().filter(|(due, _)| *due <= platform_time) {
            self.due.remove(&(due, index));
            let notification = self.all.get_mut(index)?;
            let until = real_time.saturating_add(REPORT_TIMEOUT);
            notification.attempts = notification.attempts.saturating_add(1);
            notification.progress = Progress::InFlight(due, until);
            self.in_flight.insert((until, index));
            let attempt = Attempt { reset: self.reset, notification: index, number: notification.attempts };
            match notification.request(key, real_time) {
                Some(request) => return Some(Delivery { request, attempt }),
                None => self.finish(index, Err("the request could not be built".to_owned())),
            }
        }
        None
    }

    /// Returns the number of seconds until [`next`](Self::next) has something to do.
    pub(crate) fn next_in(&self, platform_time: UnixSeconds, real_time: UnixSeconds) -> Option<u64> {
        let due = self.due.first().map(|(due, _)| due.saturating_sub(platform_time));
        let timeout = self.in_flight.first().map(|(until, _)| until.saturating_sub(real_time));
        due.into_iter().chain(timeout).min()
    }

    /// Records the result of the attempt in flight. Results of earlier attempts are ignored.
    pub(crate) fn delivered(&mut self, attempt: Attempt, result: Result<StatusCode, String>) {
        let current = self.all.get(attempt.notification).map(|notification| notification.attempts);
        if attempt.reset == self.reset && current == Some(attempt.number) {
            self.finish(attempt.notification, result);
        }
    }

    fn finish(&mut self, index: usize, result: Result<StatusCode, String>) {
        let Some(notification) = self.all.get_mut(index) else { return };
        let Progress::InFlight(due, until) = notification.progress else { return };
        self.in_flight.remove(&(until, index));
        notification.progress = match result {
            Ok(StatusCode::OK | StatusCode::NO_CONTENT) => Progress::Delivered,
            _ if notification.attempts >= MAX_ATTEMPTS => Progress::GivenUp,
            _ => {
                let due = due.saturating_add(INTERVAL);
                self.due.insert((due, index));
                Progress::Due(due)
            }
        };
        if !matches!(notification.progress, Progress::Due(_)) {
            // The notification is not sent again.
            notification.body = Bytes::new();
        }
        notification.last_result = Some(result);
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// At most `limit` notifications as in `GET /_sandbox/notifications`, after the first `from`.
    pub(crate) fn page(&self, from: usize, limit: usize) -> Vec<Value> {
        self.all.iter().skip(from).take(limit).map(Notification::json).collect()
    }

    /// No notifications. Results of attempts that are still in flight will be ignored.
    pub(crate) fn emptied(&self) -> Self {
        Self { reset: self.reset.saturating_add(1), ..Self::default() }
    }
}

impl Notification {
    /// Builds the request of an attempt. Each attempt is signed again with the real time; the body does not change.
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
        let last = self.last_result.as_ref();
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
