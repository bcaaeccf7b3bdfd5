//! Makes changes: when they happen, and again when a state file is read.

use std::cmp::Ordering;

use super::change::{Change, Counts, Misfit};
use super::coupon::Coupon;
use super::id::Id;
use super::memory::State;
use super::stock::Stock;
use crate::limits::Limits;
use crate::protocol::reply::Reply;

impl State {
    /// Makes one change, unless it was already made.
    ///
    /// # Errors
    /// [`Misfit`] if it does not fit what is there, or if it is not about this state but about the keys.
    pub(crate) fn apply(&mut self, change: Change) -> Result<(), Misfit> {
        match change {
            Change::Clock(advanced) => self.advanced = advanced,
            Change::Callback(url) => self.callback = Some(url),
            Change::SignedBy(key) => self.notifications.signed_by = key,
            Change::Stock(stock) => self.apply_stock(*stock)?,
            Change::Status { stock, status, name, at } => {
                let stock = self.stock_to_change(&stock)?;
                stock.status = status;
                stock.changes.insert(name, at);
            }
            Change::Merchants { stock, entries } => self.stock_to_change(&stock)?.merchants = entries,
            Change::Items { stock, entries } => self.stock_to_change(&stock)?.items = entries,
            Change::Budget { stock, max_amount } => self.stock_to_change(&stock)?.max_amount = max_amount,
            Change::Coupon(coupon) => self.apply_coupon(coupon)?,
            Change::Used { coupon, redemption } => {
                self.coupons.redeem(&coupon, redemption).ok_or_else(|| unknown("coupon", &coupon))?;
            }
            Change::Refunded { coupon, refund } => {
                self.coupons.refund(&coupon, refund).ok_or_else(|| unknown("used coupon", &coupon))?;
            }
            Change::PlatformFavor(favor) => {
                if is_next(favor.id, self.platform_favors.next_id())? {
                    self.platform_favors.push(favor);
                }
            }
            Change::Image { position, image } => {
                if position == self.images.len() {
                    self.images.push(image);
                } else if position > self.images.len() {
                    return Err(unknown("image", &position.to_string()));
                }
            }
            Change::Notification { number, notification } => self.notifications.put(number, *notification),
            Change::Course { number, course } => self.notifications.set_course(number, course),
            Change::Fault(fault) => self.faults.restore(fault).map_err(misfit)?,
            Change::Limits(limits) => self.limits = Limits::restore(limits).map_err(misfit)?,
            Change::Turns(turns) => self.limits.set_turns(&turns),
            Change::Counts(Counts { requests, refused, last_fault }) => {
                self.requests = requests;
                self.limits.set_refused(refused);
                self.faults.set_last_id(last_fault);
            }
            Change::Reset | Change::Standing(_) | Change::Certificate(_) | Change::KeyModes(_) => {
                return Err(Misfit("the change is not about the state".to_owned()));
            }
        }
        Ok(())
    }

    fn apply_stock(&mut self, stock: Stock) -> Result<(), Misfit> {
        if is_next(stock.id, self.stocks.next_id())? {
            self.stocks.push(stock);
        }
        Ok(())
    }

    fn apply_coupon(&mut self, mut coupon: Coupon) -> Result<(), Misfit> {
        if !is_next(coupon.id, self.coupons.next_id())? {
            return Ok(());
        }
        let stock = self.stocks.at_mut(coupon.stock_id.position());
        let stock = stock.ok_or_else(|| unknown("stock", &coupon.stock_id.to_string()))?;
        stock.sent.count(coupon.sent);
        let (id, used) = (coupon.id.to_string(), coupon.used.take());
        self.coupons.push(coupon);
        if let Some(mut redemption) = used {
            let refund = redemption.refund.take();
            self.coupons.redeem(&id, *redemption);
            refund.and_then(|refund| self.coupons.refund(&id, *refund));
        }
        Ok(())
    }

    fn stock_to_change(&mut self, id: &str) -> Result<&mut Stock, Misfit> {
        self.stocks.get_mut(id).ok_or_else(|| unknown("stock", id))
    }
}

/// Whether a thing is the next one of its list. One that is already there is not.
fn is_next<const FIRST: u32>(id: Id<FIRST>, next: Id<FIRST>) -> Result<bool, Misfit> {
    match id.cmp(&next) {
        Ordering::Less => Ok(false),
        Ordering::Equal => Ok(true),
        Ordering::Greater => Err(Misfit(format!("{id} cannot follow, the next id is {next}"))),
    }
}

fn unknown(kind: &str, id: &str) -> Misfit {
    Misfit(format!("there is no {kind} {id}"))
}

fn misfit(error: Reply) -> Misfit {
    Misfit(error.into_message())
}
