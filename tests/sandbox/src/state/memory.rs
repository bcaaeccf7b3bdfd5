//! The whole state, and lookups that need several parts of it.

use std::collections::BTreeMap;

use serde_json::Value;
use wechatpay_core::types::UnixSeconds;

use super::change::{Change, Counts, Misfit};
use super::coupon::Coupon;
use super::coupons::Coupons;
use super::links::Links;
use super::notification::Progress;
use super::notifications::Notifications;
use super::platform_favor::PlatformFavors;
use super::stock::{Stock, Stocks, no_stock};
use crate::faults::Faults;
use crate::limits::Limits;
use crate::persistence::Writer;
use crate::protocol::reply::Reply;

#[derive(Default)]
pub(crate) struct State {
    /// The difference of the platform's time from the real time, in seconds.
    pub(super) advanced: u64,
    pub(crate) stocks: Stocks,
    pub(crate) coupons: Coupons,
    /// Links to flow files.
    pub(crate) links: Links,
    /// Uploaded images as in `GET /_sandbox/images`.
    pub(crate) images: Vec<Value>,
    pub(crate) platform_favors: PlatformFavors,
    /// The callback URL, if it is set.
    pub(crate) callback: Option<String>,
    pub(crate) notifications: Notifications,
    /// The number of requests per operation.
    pub(crate) requests: BTreeMap<String, u64>,
    pub(crate) faults: Faults,
    pub(crate) limits: Limits,
    /// Where changes are written, if they are.
    writer: Option<Writer>,
    /// The number of resets.
    epoch: u64,
}

impl State {
    /// Returns the platform's time, which decides whether stocks have begun or ended.
    pub(crate) fn platform_time(&self, real_time: UnixSeconds) -> UnixSeconds {
        real_time.saturating_add(self.advanced)
    }

    /// Counts a request for an operation.
    pub(crate) fn count_request(&mut self, operation: &str) {
        match self.requests.get_mut(operation) {
            Some(count) => *count = count.saturating_add(1),
            None => _ = self.requests.insert(operation.to_owned(), 1),
        }
    }

    /// Writes a change to the state file, if there is one, and then makes it.
    ///
    /// # Errors
    /// The answer to the request, if the change could not be written. Then it is not made.
    pub(crate) fn change(&mut self, change: Change) -> Result<(), Reply> {
        self.change_all(vec![change])
    }

    /// [`change`](Self::change) for several changes, of which either all or none are in the file.
    pub(crate) fn change_all(&mut self, changes: Vec<Change>) -> Result<(), Reply> {
        self.record(&changes)?;
        let misfit = |error: Misfit| Reply::system_error(&error.to_string());
        changes.into_iter().try_for_each(|change| self.apply(change)).map_err(misfit)
    }

    /// Writes changes to the state file, if there is one. The caller makes them.
    pub(crate) fn record(&mut self, changes: &[Change]) -> Result<(), Reply> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let written = writer.append(&changes);
        written.map_err(|error| Reply::system_error(&format!("状态文件无法写入 ({error})")))
    }

    /// Writes what changed by the way and is not yet written: faults, turns of the limits, results of callbacks.
    pub(crate) fn settle(&mut self) -> Result<(), Reply> {
        let mut changes = self.notifications.changes();
        changes.extend(self.faults.changes().into_iter().map(Change::Fault));
        changes.extend(self.limits.changed_turns().map(Change::Turns));
        if !changes.is_empty() {
            // After an error they are written with what follows.
            self.record(&changes)?;
            self.notifications.settled();
            self.faults.settled();
            self.limits.settled();
        }
        Ok(())
    }

    /// Makes a notification due now, whatever became of it.
    pub(crate) fn resend(&mut self, id: &str, now: UnixSeconds) -> Result<Value, Reply> {
        let (number, progress) = self.notifications.resent(id, now)?;
        self.progress(id, number, progress)
    }

    /// Sends a notification no more. An attempt in flight is the last one.
    pub(crate) fn cancel(&mut self, id: &str) -> Result<Value, Reply> {
        let (number, progress) = self.notifications.cancelled(id)?;
        self.progress(id, number, progress)
    }

    fn progress(&mut self, id: &str, number: u64, progress: Progress) -> Result<Value, Reply> {
        let change = self.notifications.progressed(number, progress);
        self.record(change.as_slice())?;
        self.notifications.progress(number, progress);
        self.notifications.get(id)
    }

    /// The counts as they are stored.
    pub(crate) fn counts(&self) -> Counts {
        Counts {
            requests: self.requests.clone(),
            refused: self.limits.refused().clone(),
            last_fault: self.faults.last_id(),
        }
    }

    /// Writes changes there from now on. Returns where they were written.
    pub(crate) fn set_writer(&mut self, writer: Writer) -> Option<Writer> {
        self.writer.replace(writer)
    }

    pub(crate) fn writer(&self) -> Option<&Writer> {
        self.writer.as_ref()
    }

    /// The number of resets.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(crate) fn stock(&self, id: &str) -> Option<&Stock> {
        self.stocks.get(id)
    }

    /// Returns a stock, if `creator` created it.
    pub(crate) fn stock_of(&self, creator: &str, id: &str) -> Result<&Stock, Reply> {
        let stock = self.stock(id).ok_or_else(no_stock)?;
        stock.require_creator(creator)?;
        Ok(stock)
    }

    /// Returns a coupon and its stock.
    pub(crate) fn coupon(&self, id: &str) -> Option<(&Coupon, &Stock)> {
        self.with_stock(self.coupons.get(id)?)
    }

    pub(crate) fn with_stock<'a>(&'a self, coupon: &'a Coupon) -> Option<(&'a Coupon, &'a Stock)> {
        Some((coupon, self.stocks.at(coupon.stock_id.position())?))
    }

    /// The seconds by which the platform's time is ahead of the real time.
    pub(crate) fn advanced(&self) -> u64 {
        self.advanced
    }

    /// Forgets everything, and returns it to be dropped without the lock, because that takes long.
    pub(crate) fn reset(&mut self) -> Self {
        let (notifications, writer) = (self.notifications.emptied(), self.writer.take());
        let epoch = self.epoch.saturating_add(1);
        std::mem::replace(self, Self { notifications, writer, epoch, ..Self::default() })
    }
}
