//! Stocks: their terms and their state.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wechatpay_core::cashcoupons::CreateCouponStock;
use wechatpay_core::types::{Fen, UnixSeconds};

use crate::calendar::{beijing_day, rfc3339};
use crate::protocol::json::present;
use crate::protocol::reply::Reply;
use crate::state::entries::Entries;
use crate::state::id::Id;
use crate::state::numbered::{Chosen, Numbered};

/// All stocks in the order of creation.
pub(crate) type Stocks = Numbered<10_000_001, Stock>;
pub(crate) type StockId = Id<10_000_001>;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Stock {
    pub(crate) id: StockId,
    pub(crate) created: UnixSeconds,
    /// The terms at creation. The fields that can change later are `merchants`, `items` and `max_amount`.
    pub(crate) terms: CreateCouponStock,
    pub(crate) merchants: Entries,
    pub(crate) items: Entries,
    /// The budget in fen.
    pub(crate) max_amount: i64,
    pub(crate) status: Status,
    /// The time of the last change to each status, by the name of its field in responses.
    #[serde(default)]
    pub(crate) changes: BTreeMap<Cow<'static, str>, UnixSeconds>,
    /// Counted while coupons are stored.
    #[serde(skip)]
    pub(crate) sent: Sent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

impl Chosen for Stock {
    fn number(&self) -> &str {
        self.terms.out_request_no.as_str()
    }
}

impl Stock {
    pub(crate) fn creator(&self) -> &str {
        self.terms.belong_merchant.as_str()
    }

    /// Returns an error unless `creator` created the stock.
    pub(crate) fn require_creator(&self, creator: &str) -> Result<(), Reply> {
        if self.creator() == creator { Ok(()) } else { Err(Reply::invalid_request("非法的商户号")) }
    }

    pub(crate) fn available(&self, now: UnixSeconds) -> bool {
        let begin = self.terms.available_begin_time.unix_seconds().unwrap_or(i64::MAX);
        begin <= signed(now) && !self.ended(now)
    }

    /// Whether the stock was started and has not ended. A paused stock is activated.
    pub(crate) fn activated(&self, now: UnixSeconds) -> bool {
        matches!(self.status, Status::Running | Status::Paused) && !self.ended(now)
    }

    /// The end of the stock: the time at which it was stopped, or that of its terms.
    pub(crate) fn end(&self) -> Option<UnixSeconds> {
        let end = self.terms.available_end_time.unix_seconds();
        self.changes.get("stop_time").copied().or(end.and_then(|end| end.try_into().ok()))
    }

    /// The days in Beijing on which the stock is valid.
    pub(crate) fn days(&self) -> Option<RangeInclusive<u64>> {
        let begin = self.terms.available_begin_time.unix_seconds()?.try_into().ok()?;
        Some(beijing_day(begin)..=beijing_day(self.end()?))
    }

    pub(crate) fn ended(&self, now: UnixSeconds) -> bool {
        self.terms.available_end_time.unix_seconds().is_some_and(|end| end < signed(now))
    }

    /// The daily budget, or the whole budget if the stock has none.
    pub(crate) fn max_amount_by_day(&self) -> i64 {
        self.terms.stock_use_rule.max_amount_by_day.map_or(self.max_amount, Fen::get)
    }

    /// The number of coupons that the budget covers. At creation this is `max_coupons`. Inferred: it changes with the
    /// budget.
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

    /// The stock as in the response of `QueryStock`.
    pub(crate) fn json(&self) -> Value {
        let terms = &self.terms;
        let rule = present(json!({
            "max_coupons": self.max_coupons(),
            "max_amount": self.max_amount,
            "max_amount_by_day": self.max_amount_by_day(),
            "max_coupons_per_user": terms.stock_use_rule.max_coupons_per_user,
            "coupon_type": "NORMAL",
            "combine_use": terms.coupon_use_rule.combine_use.unwrap_or(false),
            "fixed_normal_coupon": self.amounts(),
            "trade_type": Some(&terms.coupon_use_rule.trade_type).filter(|kinds| !kinds.is_empty()),
        }));
        let changed = |name| self.changes.get(name).map(|at| rfc3339(*at));
        present(json!({
            "stock_id": self.id,
            "stock_creator_mchid": self.creator(),
            "stock_name": terms.stock_name,
            "status": self.status.as_str(),
            "create_time": rfc3339(self.created),
            "description": self.description(),
            "stock_use_rule": rule,
            "available_begin_time": terms.available_begin_time.as_str(),
            "available_end_time": terms.available_end_time.as_str(),
            "distributed_coupons": self.sent.total(),
            "no_cash": terms.no_cash,
            "singleitem": !self.items.entries.is_empty(),
            "stock_type": "NORMAL",
            "start_time": changed("start_time"),
            "stop_time": changed("stop_time"),
        }))
    }

    pub(crate) fn description(&self) -> &str {
        self.terms.pattern_info.as_ref().map_or("", |pattern| pattern.description.as_str())
    }

    pub(crate) fn amounts(&self) -> Option<Value> {
        let coupon = self.terms.coupon_use_rule.fixed_normal_coupon?;
        Some(json!({
            "coupon_amount": coupon.coupon_amount.get(),
            "transaction_minimum": coupon.transaction_minimum.get(),
        }))
    }
}

/// The number of sent coupons of a stock.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent {
    total: i64,
    by_day: HashMap<u64, i64>,
}

impl Sent {
    pub(crate) fn count(&mut self, time: UnixSeconds) {
        let on_day = self.by_day.entry(beijing_day(time)).or_default();
        for count in [&mut self.total, on_day] {
            *count = count.saturating_add(1);
        }
    }

    pub(crate) fn total(&self) -> i64 {
        self.total
    }

    /// The number of coupons sent on the day in Beijing of this time.
    pub(crate) fn on_day_of(&self, time: UnixSeconds) -> i64 {
        self.by_day.get(&beijing_day(time)).copied().unwrap_or(0)
    }
}

/// Converts a time for comparison with the times of terms, which may be before 1970.
pub(crate) fn signed(unix: UnixSeconds) -> i64 {
    i64::try_from(unix).unwrap_or(i64::MAX)
}

/// The error for a stock that does not exist.
pub(crate) fn no_stock() -> Reply {
    Reply::not_found("批次不存在").internal_code(270_079_488)
}
