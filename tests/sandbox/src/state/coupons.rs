//! The sent coupons, and their indexes.

use std::collections::{BTreeMap, HashMap};

use wechatpay_core::types::UnixSeconds;

use crate::calendar::beijing_day;
use crate::state::coupon::{Coupon, Redemption, Refund};
use crate::state::numbered::Numbered;
use crate::state::stock::Stocks;

type All = Numbered<20_000_001, Coupon>;

/// All coupons in the order of sending. The time of a lookup does not depend on their number. A coupon keeps its
/// position.
#[derive(Default)]
pub(crate) struct Coupons {
    all: All,
    briefs: Vec<Brief>,
    by_openid: HashMap<String, Vec<usize>>,
    /// By the position of the stock.
    by_stock: HashMap<usize, OfStock>,
}

/// What a scan of all coupons reads, which is small enough to read millions of them in milliseconds.
#[derive(Clone, Copy)]
pub(crate) struct Brief {
    /// The position of the stock.
    pub(crate) stock: usize,
    pub(crate) used: bool,
}

#[derive(Default)]
struct OfStock {
    all: Vec<usize>,
    used: usize,
    /// Uses and refunds by the day in Beijing.
    used_on: BTreeMap<u64, Vec<usize>>,
    refunded_on: BTreeMap<u64, Vec<usize>>,
}

/// An indexed part of the coupons, in the order of sending.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    All,
    /// By the position of the stock.
    Stock(usize),
    Openid(&'a str),
    OutRequestNo(&'a str),
}

impl Coupons {
    pub(crate) fn next_id(&self) -> String {
        self.all.next_id()
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn push(&mut self, coupon: Coupon) {
        let position = self.all.len();
        // A coupon is sent from an existing stock, whose id is valid.
        let stock = Stocks::position(&coupon.stock_id).unwrap_or(usize::MAX);
        self.by_openid.entry(coupon.openid.clone()).or_default().push(position);
        self.by_stock.entry(stock).or_default().all.push(position);
        self.briefs.push(Brief { stock, used: false });
        let number = coupon.out_request_no.clone();
        self.all.push(&number, coupon);
    }

    /// Stores the use of a coupon, unless it was used. Returns `None` if there is no such coupon.
    pub(super) fn redeem(&mut self, id: &str, redemption: Redemption) -> Option<()> {
        let (position, coupon) = self.find(id)?;
        if coupon.used.is_some() {
            return Some(());
        }
        let day = beijing_day(redemption.at);
        coupon.used = Some(redemption);
        if let Some(brief) = self.briefs.get_mut(position) {
            brief.used = true;
            let stock = self.by_stock.entry(brief.stock).or_default();
            stock.used = stock.used.saturating_add(1);
            stock.used_on.entry(day).or_default().push(position);
        }
        Some(())
    }

    /// Stores the refund of the payment in which a coupon was used, unless it was refunded. Returns `None` if there is no
    /// such coupon.
    pub(super) fn refund(&mut self, id: &str, refund: Refund) -> Option<()> {
        let (position, coupon) = self.find(id)?;
        let day = beijing_day(refund.at);
        let redemption = coupon.used.as_mut()?;
        if redemption.refund.is_some() {
            return Some(());
        }
        redemption.refund = Some(refund);
        if let Some(brief) = self.briefs.get(position) {
            self.by_stock.entry(brief.stock).or_default().refunded_on.entry(day).or_default().push(position);
        }
        Some(())
    }

    fn find(&mut self, id: &str) -> Option<(usize, &mut Coupon)> {
        let position = All::position(id)?;
        Some((position, self.all.at_mut(position)?))
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

    pub(crate) fn by_openid(&self, openid: &str) -> impl Iterator<Item = &Coupon> {
        let positions = self.by_openid.get(openid).map(Vec::as_slice).unwrap_or_default();
        positions.iter().filter_map(|position| self.all.at(*position))
    }

    /// The number of used coupons of a stock.
    pub(crate) fn used_of(&self, stock_id: &str) -> usize {
        self.of_stock(stock_id).map_or(0, |stock| stock.used)
    }

    /// The coupons of a stock that were used, on one day in Beijing or on any.
    pub(crate) fn used(&self, stock_id: &str, day: Option<u64>) -> impl Iterator<Item = &Coupon> {
        self.on_days(self.of_stock(stock_id).map(|stock| &stock.used_on), day)
    }

    /// The coupons of a stock whose payment was refunded, on one day in Beijing or on any.
    pub(crate) fn refunded(&self, stock_id: &str, day: Option<u64>) -> impl Iterator<Item = &Coupon> {
        self.on_days(self.of_stock(stock_id).map(|stock| &stock.refunded_on), day)
    }

    fn on_days<'a>(
        &'a self,
        days: Option<&'a BTreeMap<u64, Vec<usize>>>,
        day: Option<u64>,
    ) -> impl Iterator<Item = &'a Coupon> {
        let range = day.map_or(0..=u64::MAX, |day| day..=day);
        let positions =
            days.into_iter().flat_map(move |days| days.range(range.clone())).flat_map(|(_, on)| on);
        positions.filter_map(|position| self.all.at(*position))
    }

    fn of_stock(&self, stock_id: &str) -> Option<&OfStock> {
        self.by_stock.get(&Stocks::position(stock_id)?)
    }

    /// The number of coupons of a source.
    pub(crate) fn count(&self, source: Source<'_>) -> usize {
        match source {
            Source::All => self.all.len(),
            Source::Stock(stock) => self.by_stock.get(&stock).map_or(0, |stock| stock.all.len()),
            Source::Openid(openid) => self.by_openid.get(openid).map_or(0, Vec::len),
            Source::OutRequestNo(number) => self.all.position_of_number(number).into_iter().count(),
        }
    }

    /// The positions of at most `limit` coupons of a source, after the first `from`.
    pub(crate) fn positions(&self, source: Source<'_>, from: usize, limit: usize) -> Vec<usize> {
        let until = from.saturating_add(limit);
        let part = |positions: &[usize]| {
            let until = until.min(positions.len());
            positions.get(from.min(until)..until).unwrap_or_default().to_vec()
        };
        match source {
            Source::All => (from..until.min(self.all.len())).collect(),
            Source::Stock(stock) => {
                self.by_stock.get(&stock).map(|stock| part(&stock.all)).unwrap_or_default()
            }
            Source::Openid(openid) => self.by_openid.get(openid).map(|all| part(all)).unwrap_or_default(),
            Source::OutRequestNo(number) => part(self.all.position_of_number(number).as_slice()),
        }
    }
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
        let Some(ended) = self.known.get_mut(brief.stock) else { return "SENDED" };
        let now = self.now;
        let ended =
            *ended.get_or_insert_with(|| stocks.at(brief.stock).is_some_and(|stock| stock.ended(now)));
        if ended { "EXPIRED" } else { "SENDED" }
    }
}
