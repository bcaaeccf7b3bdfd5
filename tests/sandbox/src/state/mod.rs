//! What the sandbox remembers: stocks and coupons, for as long as it runs.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::{Value, json};
use wechatpay_core::cashcoupons::CreateCouponStock;
use wechatpay_core::types::{Fen, Timestamp, UnixSeconds};

use crate::faults::Faults;
use crate::favor::flow::Links;
use crate::favor::ledger::{Coupons, Sent};
use crate::favor::media::Image;
use crate::favor::modify::Entries;
use crate::favor::notifications::Notifications;
use crate::favor::payment::Redemption;
use crate::favor::platform_favor::PlatformFavor;
use crate::protocol::answer::{Answer, Outcome};
use crate::protocol::input;

/// How far Beijing is ahead of UTC, in seconds.
pub(crate) const BEIJING: u64 = 8 * 60 * 60;
pub(crate) const DAY: u64 = 24 * 60 * 60;

#[derive(Default)]
pub(crate) struct State {
    /// How far the platform's time is ahead of the real one, in seconds.
    advanced: u64,
    pub(crate) stocks: Vec<Stock>,
    pub(crate) coupons: Coupons,
    /// To flow files.
    pub(crate) links: Links,
    pub(crate) images: Vec<Image>,
    pub(crate) platform_favors: Vec<PlatformFavor>,
    /// Where used coupons are told.
    pub(crate) callback: Option<String>,
    pub(crate) notifications: Notifications,
    /// How many came, by operation.
    pub(crate) requests: BTreeMap<&'static str, u64>,
    pub(crate) faults: Faults,
}

pub(crate) struct Stock {
    pub(crate) id: String,
    pub(crate) created: UnixSeconds,
    /// As it was created. What can be changed since stands in `merchants`, `items` and `max_amount`.
    pub(crate) terms: CreateCouponStock,
    pub(crate) merchants: Entries,
    pub(crate) items: Entries,
    /// In fen.
    pub(crate) max_amount: i64,
    pub(crate) status: Status,
    /// When each state was last entered.
    pub(crate) started: Option<UnixSeconds>,
    pub(crate) paused: Option<UnixSeconds>,
    pub(crate) restarted: Option<UnixSeconds>,
    pub(crate) stopped: Option<UnixSeconds>,
    pub(crate) sent: Sent,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Unactivated,
    Running,
    Paused,
    Stopped,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unactivated => "unactivated",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stoped",
        }
    }
}

pub(crate) struct Coupon {
    pub(crate) id: String,
    pub(crate) openid: String,
    pub(crate) stock_id: String,
    pub(crate) out_request_no: String,
    pub(crate) sent: UnixSeconds,
    pub(crate) used: Option<Redemption>,
}

impl State {
    /// The time by which stocks begin and end.
    pub(crate) fn platform_time(&self, real_time: UnixSeconds) -> UnixSeconds {
        real_time.saturating_add(self.advanced)
    }

    /// `POST /_sandbox/clock`: lets time pass. Signatures go on by the real time.
    pub(crate) fn advance(&mut self, body: &[u8], real_time: UnixSeconds) -> Outcome {
        let body = input::object(body)?;
        let seconds = body.get("advance_seconds").and_then(Value::as_u64);
        let wrong = || Answer::param("body", "/advance_seconds", Value::Null, "a number of seconds");
        self.advanced = self.advanced.saturating_add(seconds.ok_or_else(wrong)?);
        Ok(Answer::ok(json!({ "platform_time": time(self.platform_time(real_time)) })))
    }

    pub(crate) fn stock(&self, id: &str) -> Option<&Stock> {
        self.stocks.iter().find(|stock| stock.id == id)
    }

    pub(crate) fn stock_mut(&mut self, id: &str) -> Option<&mut Stock> {
        self.stocks.iter_mut().find(|stock| stock.id == id)
    }

    pub(crate) fn send(&mut self, coupon: Coupon) {
        if let Some(stock) = self.stock_mut(&coupon.stock_id) {
            stock.sent.count(&coupon);
        }
        self.coupons.push(coupon);
    }

    /// The whole of it, for `GET /_sandbox/state`.
    pub(crate) fn json(&self, now: UnixSeconds) -> Value {
        let stocks: Vec<Value> = self.stocks.iter().map(Stock::json).collect();
        let coupons = self
            .coupons
            .iter()
            .filter_map(|coupon| Some(coupon.whole_json(self.stock(&coupon.stock_id)?, now)));
        json!({
            "stocks": stocks,
            "coupons": coupons.collect::<Vec<_>>(),
            "platform_favors": self.platform_favors.iter().map(PlatformFavor::json).collect::<Vec<_>>(),
            "images": self.images.iter().map(Image::json).collect::<Vec<_>>(),
            "notifications": self.notifications.json(),
            "requests": self.requests,
            "faults": self.faults.json(),
        })
    }
}

impl Stock {
    pub(crate) fn available(&self, now: UnixSeconds) -> bool {
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let begin = self.terms.available_begin_time.unix_seconds().unwrap_or(i64::MAX);
        begin <= now && !self.ended(now)
    }

    /// Whether it was started and has not ended; it may be paused.
    pub(crate) fn activated(&self, now: UnixSeconds) -> bool {
        let started = matches!(self.status, Status::Running | Status::Paused);
        started && !self.ended(i64::try_from(now).unwrap_or(i64::MAX))
    }

    /// When it ends, or ended by being stopped.
    pub(crate) fn end(&self) -> Option<UnixSeconds> {
        let end = self.terms.available_end_time.unix_seconds();
        self.stopped.or(end.and_then(|end| end.try_into().ok()))
    }

    /// The days in Beijing on which it is valid.
    pub(crate) fn days(&self) -> Option<RangeInclusive<u64>> {
        let begin = self.terms.available_begin_time.unix_seconds()?.try_into().ok()?;
        Some(beijing_day(begin)..=beijing_day(self.end()?))
    }

    fn ended(&self, now: i64) -> bool {
        self.terms.available_end_time.unix_seconds().is_some_and(|end| end < now)
    }

    /// What the budget of a day is; all of it if the stock has none.
    pub(crate) fn max_amount_by_day(&self) -> i64 {
        self.terms.stock_use_rule.max_amount_by_day.map_or(self.max_amount, Fen::get)
    }

    /// Coupons that the budget is good for. At creation that is `max_coupons`; that it stays so when the budget
    /// is changed is inferred.
    fn max_coupons(&self) -> i64 {
        self.max_amount.checked_div(self.coupon_amount()).unwrap_or(self.terms.stock_use_rule.max_coupons)
    }

    pub(crate) fn coupon_amount(&self) -> i64 {
        self.terms.coupon_use_rule.fixed_normal_coupon.map_or(0, |coupon| coupon.coupon_amount.get())
    }

    pub(crate) fn transaction_minimum(&self) -> i64 {
        let coupon = self.terms.coupon_use_rule.fixed_normal_coupon;
        coupon.map_or(0, |coupon| coupon.transaction_minimum.get())
    }

    /// As `QueryStock` answers it.
    pub(crate) fn json(&self) -> Value {
        let terms = &self.terms;
        let mut rule = json!({
            "max_coupons": self.max_coupons(),
            "max_amount": self.max_amount,
            "max_amount_by_day": self.max_amount_by_day(),
            "max_coupons_per_user": terms.stock_use_rule.max_coupons_per_user,
            "coupon_type": "NORMAL",
            "combine_use": terms.coupon_use_rule.combine_use.unwrap_or(false),
        });
        set(&mut rule, "fixed_normal_coupon", self.amounts());
        if !terms.coupon_use_rule.trade_type.is_empty() {
            let kinds = terms.coupon_use_rule.trade_type.iter().map(|kind| kind.as_str().into());
            set(&mut rule, "trade_type", Some(Value::Array(kinds.collect())));
        }
        let description = terms.pattern_info.as_ref().map_or("", |pattern| pattern.description.as_str());
        let mut json = json!({
            "stock_id": self.id,
            "stock_creator_mchid": terms.belong_merchant.as_str(),
            "stock_name": terms.stock_name,
            "status": self.status.as_str(),
            "create_time": time(self.created),
            "description": description,
            "stock_use_rule": rule,
            "available_begin_time": terms.available_begin_time.as_str(),
            "available_end_time": terms.available_end_time.as_str(),
            "distributed_coupons": self.sent.total(),
            "no_cash": terms.no_cash,
            "singleitem": !self.items.entries.is_empty(),
            "stock_type": "NORMAL",
        });
        set(&mut json, "start_time", self.started.map(|at| time(at).into()));
        set(&mut json, "stop_time", self.stopped.map(|at| time(at).into()));
        json
    }

    fn amounts(&self) -> Option<Value> {
        let coupon = self.terms.coupon_use_rule.fixed_normal_coupon?;
        Some(json!({
            "coupon_amount": coupon.coupon_amount.get(),
            "transaction_minimum": coupon.transaction_minimum.get(),
        }))
    }
}

impl Coupon {
    pub(crate) fn status(&self, stock: &Stock, now: UnixSeconds) -> &'static str {
        match &self.used {
            Some(_) => "USED",
            None if stock.ended(i64::try_from(now).unwrap_or(i64::MAX)) => "EXPIRED",
            None => "SENDED",
        }
    }

    /// All that the sandbox knows of it.
    pub(crate) fn whole_json(&self, stock: &Stock, now: UnixSeconds) -> Value {
        let mut json = self.json(stock, now);
        set(&mut json, "openid", Some(self.openid.clone().into()));
        if let Some(redemption) = &self.used {
            set(&mut json, "order_amount", Some(redemption.order_amount.into()));
            let refund = redemption.refund.as_ref();
            let refund =
                refund.map(|refund| json!({ "refund_id": refund.id, "refund_time": time(refund.at) }));
            set(&mut json, "refund", refund);
        }
        json
    }

    /// As `QueryCoupon` answers it.
    pub(crate) fn json(&self, stock: &Stock, now: UnixSeconds) -> Value {
        let terms = &stock.terms;
        let description = terms.pattern_info.as_ref().map_or("", |pattern| pattern.description.as_str());
        let mut json = json!({
            "stock_creator_mchid": terms.belong_merchant.as_str(),
            "stock_id": self.stock_id,
            "coupon_id": self.id,
            "out_request_no": self.out_request_no,
            "coupon_name": terms.stock_name,
            "status": self.status(stock, now),
            "description": description,
            "create_time": time(self.sent),
            "coupon_type": "NORMAL",
            "no_cash": terms.no_cash,
            "available_begin_time": terms.available_begin_time.as_str(),
            "available_end_time": terms.available_end_time.as_str(),
            "singleitem": !stock.items.entries.is_empty(),
        });
        set(&mut json, "normal_coupon_information", stock.amounts());
        set(&mut json, "consume_information", self.used.as_ref().map(Redemption::json));
        json
    }
}

pub(crate) fn set(json: &mut Value, name: &str, value: Option<Value>) {
    if let (Value::Object(fields), Some(value)) = (json, value) {
        fields.insert(name.to_owned(), value);
    }
}

/// The number of a day in Beijing.
pub(crate) fn beijing_day(unix: UnixSeconds) -> u64 {
    unix.saturating_add(BEIJING) / DAY
}

/// RFC 3339 in Beijing time.
pub(crate) fn time(unix: UnixSeconds) -> String {
    Timestamp::from_unix(unix).map(|time| time.as_str().to_owned()).unwrap_or_default()
}
