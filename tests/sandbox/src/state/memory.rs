//! The whole state, and lookups that need several parts of it.

use std::collections::BTreeMap;

use serde_json::Value;
use wechatpay_core::types::UnixSeconds;

use super::coupon::Coupon;
use super::coupons::Coupons;
use super::links::Links;
use super::notifications::Notifications;
use super::platform_favor::PlatformFavors;
use super::stock::{Stock, Stocks, no_stock};
use crate::faults::Faults;
use crate::protocol::reply::Reply;

#[derive(Default)]
pub(crate) struct State {
    /// The difference of the platform's time from the real time, in seconds.
    advanced: u64,
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

    /// Advances the platform's time.
    pub(crate) fn advance(&mut self, seconds: u64) {
        self.advanced = self.advanced.saturating_add(seconds);
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

    /// Returns a stock to change it, if `creator` created it.
    pub(crate) fn stock_of_mut(&mut self, creator: &str, id: &str) -> Result<&mut Stock, Reply> {
        let stock = self.stocks.get_mut(id).ok_or_else(no_stock)?;
        stock.require_creator(creator)?;
        Ok(stock)
    }

    /// Stores a sent coupon, and counts it for the limits of its stock.
    pub(crate) fn add_coupon(&mut self, coupon: Coupon) {
        if let Some(stock) = self.stocks.get_mut(&coupon.stock_id) {
            stock.sent.count(&coupon.openid, coupon.sent);
        }
        self.coupons.push(coupon);
    }

    /// Returns a coupon and its stock.
    pub(crate) fn coupon(&self, id: &str) -> Option<(&Coupon, &Stock)> {
        self.with_stock(self.coupons.get(id)?)
    }

    pub(crate) fn with_stock<'a>(&'a self, coupon: &'a Coupon) -> Option<(&'a Coupon, &'a Stock)> {
        Some((coupon, self.stock(&coupon.stock_id)?))
    }

    /// The seconds by which the platform's time is ahead of the real time.
    pub(crate) fn advanced(&self) -> u64 {
        self.advanced
    }

    /// Forgets everything, and returns it to be dropped without the lock, because that takes long.
    pub(crate) fn reset(&mut self) -> Self {
        let notifications = self.notifications.emptied();
        std::mem::replace(self, Self { notifications, ..Self::default() })
    }
}
