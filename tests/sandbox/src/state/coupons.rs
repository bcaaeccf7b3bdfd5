//! The sent coupons, and their indexes.

use std::collections::{BTreeMap, HashMap};
use std::iter;

use wechatpay_core::types::UnixSeconds;

use crate::calendar::beijing_day;
use crate::state::coupon::{Coupon, CouponId, Redemption, Refund};
use crate::state::id::Id;
use crate::state::numbered::Numbered;
use crate::state::positions::Positions;
use crate::state::stock::{StockId, Stocks};

/// All coupons in the order of sending. The time of a lookup does not depend on their number. A coupon keeps its
/// position.
#[derive(Default)]
pub(crate) struct Coupons {
    all: Numbered<20_000_001, Coupon>,
    briefs: Vec<Brief>,
    /// The last coupon of each user.
    by_openid: Positions<20_000_001>,
    /// For each coupon the next one of its user. After the last one follows the first one.
    next_of_user: Vec<CouponId>,
    by_stock: HashMap<StockId, OfStock>,
}

/// What a scan of all coupons reads, which is small enough to read millions of them in milliseconds.
#[derive(Clone, Copy)]
pub(crate) struct Brief {
    pub(crate) stock: StockId,
    pub(crate) used: bool,
}

#[derive(Default)]
struct OfStock {
    all: Vec<CouponId>,
    used: usize,
    /// Uses and refunds by the day in Beijing.
    used_on: BTreeMap<u64, Vec<CouponId>>,
    refunded_on: BTreeMap<u64, Vec<CouponId>>,
}

/// An indexed part of the coupons, in the order of sending.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    All,
    Stock(StockId),
    Openid(&'a str),
    OutRequestNo(&'a str),
}

impl Coupons {
    pub(crate) fn next_id(&self) -> CouponId {
        self.all.next_id()
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn push(&mut self, coupon: Coupon) {
        let (id, stock) = (self.next_id(), coupon.stock_id);
        let last = self.by_openid.insert(&coupon.openid, id, |id| openid_of(&self.all, id));
        let next = last.and_then(|last| self.next_of_user.get_mut(last.position()));
        let first = next.map_or(id, |next| std::mem::replace(next, id));
        self.next_of_user.push(first);
        self.by_stock.entry(stock).or_default().all.push(id);
        self.briefs.push(Brief { stock, used: false });
        self.all.push(coupon);
    }

    /// Stores the use of a coupon, unless it was used. Returns `None` if there is no such coupon.
    pub(super) fn redeem(&mut self, id: &str, redemption: Redemption) -> Option<()> {
        let (id, coupon) = self.find(id)?;
        if coupon.used.is_some() {
            return Some(());
        }
        let day = beijing_day(redemption.at);
        coupon.used = Some(Box::new(redemption));
        if let Some(brief) = self.briefs.get_mut(id.position()) {
            brief.used = true;
            let stock = self.by_stock.entry(brief.stock).or_default();
            stock.used = stock.used.saturating_add(1);
            stock.used_on.entry(day).or_default().push(id);
        }
        Some(())
    }

    /// Stores the refund of the payment in which a coupon was used, unless it was refunded. Returns `None` if there is no
    /// such coupon.
    pub(super) fn refund(&mut self, id: &str, refund: Refund) -> Option<()> {
        let (id, coupon) = self.find(id)?;
        let day = beijing_day(refund.at);
        let redemption = coupon.used.as_mut()?;
        if redemption.refund.is_some() {
            return Some(());
        }
        redemption.refund = Some(Box::new(refund));
        if let Some(brief) = self.briefs.get(id.position()) {
            self.by_stock.entry(brief.stock).or_default().refunded_on.entry(day).or_default().push(id);
        }
        Some(())
    }

    fn find(&mut self, id: &str) -> Option<(CouponId, &mut Coupon)> {
        let id = CouponId::parse(id)?;
        Some((id, self.all.at_mut(id.position())?))
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Coupon> {
        self.all.get(id)
    }

    pub(crate) fn at(&self, position: usize) -> Option<&Coupon> {
        self.all.at(position)
    }

    pub(crate) fn brief(&self, position: usize) -> Option<Brief> {
        self.briefs.get(position).copied()
    }

    pub(crate) fn by_out_request_no(&self, out_request_no: &str) -> Option<&Coupon> {
        self.all.by_number(out_request_no)
    }

    /// The coupons of a user, in the order of sending.
    pub(crate) fn by_openid(&self, openid: &str) -> impl Iterator<Item = &Coupon> {
        self.of_user(openid).filter_map(|id| self.all.at(id.position()))
    }

    /// The number of coupons that a user got from a stock.
    pub(crate) fn sent_to(&self, openid: &str, stock: StockId) -> usize {
        self.of_user(openid)
            .filter(|id| self.briefs.get(id.position()).is_some_and(|b| b.stock == stock))
            .count()
    }

    fn of_user(&self, openid: &str) -> impl Iterator<Item = CouponId> {
        let last = self.by_openid.find(openid, |id| openid_of(&self.all, id));
        let next = |id: CouponId| self.next_of_user.get(id.position()).copied();
        iter::successors(last.and_then(next), move |id| next(*id).filter(|_| Some(*id) != last))
    }

    /// The number of used coupons of a stock.
    pub(crate) fn used_of(&self, stock_id: StockId) -> usize {
        self.of_stock(stock_id).map_or(0, |stock| stock.used)
    }

    /// The coupons of a stock that were used, on one day in Beijing or on any.
    pub(crate) fn used(&self, stock_id: StockId, day: Option<u64>) -> impl Iterator<Item = &Coupon> {
        self.on_days(self.of_stock(stock_id).map(|stock| &stock.used_on), day)
    }

    /// The coupons of a stock whose payment was refunded, on one day in Beijing or on any.
    pub(crate) fn refunded(&self, stock_id: StockId, day: Option<u64>) -> impl Iterator<Item = &Coupon> {
        self.on_days(self.of_stock(stock_id).map(|stock| &stock.refunded_on), day)
    }

    fn on_days<'a>(
        &'a self,
        days: Option<&'a BTreeMap<u64, Vec<CouponId>>>,
        day: Option<u64>,
    ) -> impl Iterator<Item = &'a Coupon> {
        let range = day.map_or(0..=u64::MAX, |day| day..=day);
        let positions =
            days.into_iter().flat_map(move |days| days.range(range.clone())).flat_map(|(_, on)| on);
        positions.filter_map(|id| self.all.at(id.position()))
    }

    fn of_stock(&self, stock_id: StockId) -> Option<&OfStock> {
        self.by_stock.get(&stock_id)
    }

    /// The number of coupons of a source.
    pub(crate) fn count(&self, source: Source<'_>) -> usize {
        match source {
            Source::All => self.all.len(),
            Source::Stock(stock) => self.of_stock(stock).map_or(0, |stock| stock.all.len()),
            Source::Openid(openid) => self.of_user(openid).count(),
            Source::OutRequestNo(number) => self.all.position_of_number(number).into_iter().count(),
        }
    }

    /// The positions of at most `limit` coupons of a source, after the first `from`.
    pub(crate) fn positions(&self, source: Source<'_>, from: usize, limit: usize) -> Vec<usize> {
        let part =
            |ids: &mut dyn Iterator<Item = CouponId>| ids.skip(from).take(limit).map(Id::position).collect();
        match source {
            Source::All => (from..from.saturating_add(limit).min(self.all.len())).collect(),
            Source::Stock(stock) => {
                let ids = self.of_stock(stock).map(|stock| stock.all.as_slice()).unwrap_or_default();
                part(&mut ids.iter().copied())
            }
            Source::Openid(openid) => part(&mut self.of_user(openid)),
            Source::OutRequestNo(number) => {
                part(&mut self.all.position_of_number(number).map(Id::at).into_iter())
            }
        }
    }
}

fn openid_of(all: &Numbered<20_000_001, Coupon>, id: CouponId) -> &str {
    all.at(id.position()).map_or("", |coupon| &coupon.openid)
}

/// Whether a stock has ended, remembered for each stock, because the question costs more than the rest of a scan.
pub(crate) struct Ended<'a> {
    pub(crate) now: UnixSeconds,
    /// By the position of the stock.
    pub(crate) known: &'a mut Vec<Option<bool>>,
}

impl Ended<'_> {
    /// The status of a coupon, as in [`Coupon::status`].
    pub(crate) fn status(&mut self, brief: Brief, stocks: &Stocks) -> &'static str {
        if brief.used {
            return "USED";
        }
        if self.known.len() < stocks.len() {
            self.known.resize(stocks.len(), None);
        }
        let Some(ended) = self.known.get_mut(brief.stock.position()) else { return "SENDED" };
        let now = self.now;
        let ended = *ended
            .get_or_insert_with(|| stocks.at(brief.stock.position()).is_some_and(|stock| stock.ended(now)));
        if ended { "EXPIRED" } else { "SENDED" }
    }
}
