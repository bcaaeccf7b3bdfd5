//! The notifications, their schedule and their results. This module does not send them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::Value;
use wechatpay_core::types::UnixSeconds;

use super::change::Change;
use super::notification::{Course, Flight, Notification, Progress};
use crate::protocol::reply::Reply;
use crate::protocol::signing_keys::{NotificationKey, PlatformPrivateKey};

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
    notification: u64,
    /// Counted from 1.
    number: u32,
}

#[derive(Default)]
pub(crate) struct Notifications {
    pub(crate) signed_by: NotificationKey,
    /// By their number, which counts from 1 and is never used again.
    all: BTreeMap<u64, Notification>,
    by_id: HashMap<String, u64>,
    last_number: u64,
    /// The time at which each waiting notification is due, in the platform's time.
    due: BTreeSet<(UnixSeconds, u64)>,
    /// The timeout of each attempt in flight, in the real time.
    in_flight: BTreeSet<(UnixSeconds, u64)>,
    /// Those that are not sent again.
    finished: BTreeSet<u64>,
    /// Those whose course changed and is not yet stored.
    changed: Vec<u64>,
}

impl Notifications {
    /// The limit of notifications that are not sent again. Beyond it the oldest one is forgotten.
    const MAX_FINISHED: usize = 10_000;
    /// The limit of all notifications. Beyond it the oldest one is forgotten, even if it is still to be sent.
    const MAX_ALL: usize = 100_000;

    /// The change that adds a notification as the last one.
    pub(crate) fn addition(&self, notification: Notification) -> Change {
        let number = self.last_number.saturating_add(1);
        Change::Notification { number, notification: Box::new(notification) }
    }

    /// The changes that add notifications in their order, as the last ones.
    pub(crate) fn additions(&self, notifications: Vec<Notification>) -> impl Iterator<Item = Change> {
        let numbers = (1..).map(|at| self.last_number.saturating_add(at));
        let numbered = numbers.zip(notifications);
        numbered.map(|(number, new)| Change::Notification { number, notification: Box::new(new) })
    }

    /// Adds a notification, or replaces the one with this number.
    pub(super) fn put(&mut self, number: u64, notification: Notification) {
        self.forget(number);
        self.last_number = self.last_number.max(number);
        self.by_id.insert(notification.id().to_owned(), number);
        let progress = notification.course.progress;
        self.all.insert(number, notification);
        self.index(number, progress);
        while self.all.len() > Self::MAX_ALL {
            let Some(oldest) = self.all.keys().next().copied() else { break };
            self.forget(oldest);
        }
    }

    /// Sets what became of a notification, unless it is forgotten.
    pub(super) fn set_course(&mut self, number: u64, course: Course) {
        let Some(notification) = self.all.get_mut(&number) else { return };
        let (before, after) = (notification.course.progress, course.progress);
        notification.course = course;
        self.unindex(number, before);
        self.index(number, after);
    }

    fn forget(&mut self, number: u64) {
        let Some(notification) = self.all.remove(&number) else { return };
        self.by_id.remove(notification.id());
        self.unindex(number, notification.course.progress);
    }

    fn index(&mut self, number: u64, progress: Progress) {
        match progress {
            Progress::Due(due) => _ = self.due.insert((due, number)),
            Progress::InFlight(flight) => _ = self.in_flight.insert((flight.until, number)),
            Progress::Delivered | Progress::GivenUp | Progress::Cancelled => self.set_finished(number),
        }
    }

    fn unindex(&mut self, number: u64, progress: Progress) {
        match progress {
            Progress::Due(due) => self.due.remove(&(due, number)),
            Progress::InFlight(flight) => self.in_flight.remove(&(flight.until, number)),
            Progress::Delivered | Progress::GivenUp | Progress::Cancelled => self.finished.remove(&number),
        };
    }

    /// Gives a notification another progress.
    fn progress(&mut self, number: u64, to: Progress) {
        let Some(notification) = self.all.get_mut(&number) else { return };
        let from = std::mem::replace(&mut notification.course.progress, to);
        self.unindex(number, from);
        self.index(number, to);
    }

    /// What became of the notifications that changed since this was last asked, as changes to be stored. An attempt that
    /// begins is none.
    pub(super) fn take_changes(&mut self) -> Vec<Change> {
        let numbers = std::mem::take(&mut self.changed).into_iter();
        let course = |number| Some(self.all.get(&number)?.course.stored());
        numbers.filter_map(|number| Some(Change::Course { number, course: course(number)? })).collect()
    }

    /// All notifications from a number on, as changes to be stored.
    pub(crate) fn changes_from(&self, number: u64, limit: usize) -> (Vec<Change>, Option<u64>) {
        let mut next = None;
        let part = self.all.range(number..).take(limit);
        let changes = part.map(|(number, notification)| {
            next = number.checked_add(1);
            let mut notification = notification.clone();
            notification.course = notification.course.stored();
            Change::Notification { number: *number, notification: Box::new(notification) }
        });
        (changes.collect(), next)
    }

    /// Starts an attempt of the first notification that is due, if any, and builds its request, signed by `key`.
    pub(crate) fn next(
        &mut self,
        key: impl Fn() -> Arc<PlatformPrivateKey>,
        platform_time: UnixSeconds,
        real_time: UnixSeconds,
    ) -> Option<Delivery> {
        while let Some((_, number)) = self.in_flight.first().copied().filter(|(until, _)| *until <= real_time)
        {
            self.finish(number, Err("no result was reported in time".to_owned()));
        }
        while let Some((due, number)) = self.due.first().copied().filter(|(due, _)| *due <= platform_time) {
            let until = real_time.saturating_add(REPORT_TIMEOUT);
            let flight = Flight { due, began: platform_time, until, last: false };
            self.progress(number, Progress::InFlight(flight));
            let notification = self.all.get_mut(&number)?;
            notification.course.attempts = notification.course.attempts.saturating_add(1);
            let attempt = Attempt { notification: number, number: notification.course.attempts };
            match notification.request(&key(), real_time) {
                Some(request) => return Some(Delivery { request, attempt }),
                None => self.finish(number, Err("the request could not be built".to_owned())),
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
        let current = self.all.get(&attempt.notification).map(|notification| notification.course.attempts);
        if current == Some(attempt.number) {
            self.finish(attempt.notification, result);
        }
    }

    fn finish(&mut self, number: u64, result: Result<StatusCode, String>) {
        let Some(Notification { course, .. }) = self.all.get_mut(&number) else { return };
        let Progress::InFlight(flight) = course.progress else { return };
        let progress = match result {
            Ok(StatusCode::OK | StatusCode::NO_CONTENT) => Progress::Delivered,
            _ if flight.last => Progress::Cancelled,
            _ if course.attempts >= MAX_ATTEMPTS => Progress::GivenUp,
            _ => Progress::Due(flight.due.saturating_add(INTERVAL)),
        };
        course.end(flight.began, result);
        self.changed.push(number);
        self.progress(number, progress);
    }

    fn set_finished(&mut self, number: u64) {
        self.finished.insert(number);
        while self.finished.len() > Self::MAX_FINISHED {
            let Some(oldest) = self.finished.first().copied() else { break };
            self.forget(oldest);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Returns a notification for an export, by its position in the order in which they were queued.
    pub(crate) fn exported(&self, position: usize) -> Option<Value> {
        self.all.values().nth(position).map(Notification::exported_json)
    }

    /// Returns notifications for the control interface, in the order in which they were queued.
    pub(crate) fn list(&self, offset: usize, limit: usize) -> Vec<Value> {
        self.all.values().skip(offset).take(limit).map(Notification::json).collect()
    }

    /// Returns a notification with its content and its attempts, for the control interface.
    pub(crate) fn get(&self, id: &str) -> Result<Value, Reply> {
        let number = self.number(id)?;
        Ok(self.all.get(&number).map(Notification::full_json).unwrap_or_default())
    }

    /// Makes a notification due now, whatever became of it.
    pub(crate) fn resend(&mut self, id: &str, now: UnixSeconds) -> Result<Value, Reply> {
        let number = self.number(id)?;
        if let Some(Progress::InFlight(_)) = self.progress_of(number) {
            return Err(Reply::conflict("The notification is being sent; wait for the result."));
        }
        self.changed.push(number);
        self.progress(number, Progress::Due(now));
        self.get(id)
    }

    /// Sends a notification no more. An attempt in flight is the last one.
    pub(crate) fn cancel(&mut self, id: &str) -> Result<Value, Reply> {
        let number = self.number(id)?;
        let progress = match self.progress_of(number) {
            Some(Progress::Due(_) | Progress::Cancelled) => Progress::Cancelled,
            Some(Progress::InFlight(flight)) => Progress::InFlight(Flight { last: true, ..flight }),
            Some(Progress::Delivered) => {
                return Err(Reply::conflict("The notification was delivered, so nothing can be cancelled."));
            }
            Some(Progress::GivenUp) => {
                return Err(Reply::conflict("The notification was given up, so nothing can be cancelled."));
            }
            None => return Err(unknown(id)),
        };
        self.changed.push(number);
        self.progress(number, progress);
        self.get(id)
    }

    /// Returns no notifications. Attempts that are still in flight belong to none of those that follow.
    pub(crate) fn emptied(&self) -> Self {
        Self { last_number: self.last_number, ..Self::default() }
    }

    fn progress_of(&self, number: u64) -> Option<Progress> {
        self.all.get(&number).map(|notification| notification.course.progress)
    }

    fn number(&self, id: &str) -> Result<u64, Reply> {
        self.by_id.get(id).copied().ok_or_else(|| unknown(id))
    }
}

fn unknown(id: &str) -> Reply {
    Reply::not_found(&format!(
        "There is no notification with the id {id:?}; the oldest ones that are not sent again are forgotten."
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::credentials::Credentials;
    use crate::state::notification::Event;

    const NOW: UnixSeconds = 1_795_363_200;

    fn queue(notifications: &mut Notifications, credentials: &Credentials) -> String {
        let event = Event {
            kind: "COUPON.USE",
            original_type: "coupon",
            summary: "s",
            resource: json!({ "coupon_id": "1" }),
        };
        let notification = Notification::new("https://merchant.example/", event, credentials, NOW).unwrap();
        let id = notification.id().to_owned();
        let number = notifications.last_number.saturating_add(1);
        notifications.put(number, notification);
        id
    }

    #[test]
    fn the_oldest_notifications_that_are_not_sent_again_are_forgotten() {
        let credentials = Credentials::generate(NOW).unwrap();
        let mut notifications = Notifications::default();
        let waiting = queue(&mut notifications, &credentials);
        let first = queue(&mut notifications, &credentials);
        let second = queue(&mut notifications, &credentials);
        notifications.cancel(&second).unwrap();
        notifications.cancel(&first).unwrap();
        for _ in 0..Notifications::MAX_FINISHED - 1 {
            let id = queue(&mut notifications, &credentials);
            notifications.cancel(&id).unwrap();
        }
        // The first one is the oldest, though the second one was cancelled before it.
        notifications.get(&first).unwrap_err();
        notifications.get(&second).unwrap();
        notifications.get(&waiting).unwrap();
        assert_eq!(notifications.len(), Notifications::MAX_FINISHED + 1);
        assert_eq!(notifications.by_id.len(), notifications.len());
        // One that is sent again is not forgotten.
        notifications.resend(&second, NOW).unwrap();
        let id = queue(&mut notifications, &credentials);
        notifications.cancel(&id).unwrap();
        notifications.get(&second).unwrap();
    }
}
