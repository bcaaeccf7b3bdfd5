//! What is looked at before the first coupon is sent.

use wechatpay_hyper::core::bulk::{BulkOperation as _, Supply};
use wechatpay_hyper::core::cashcoupons::{SendCoupon, Stock, StockStatus};
use wechatpay_hyper::core::types::{Fen, Timestamp};

use crate::program::clock::unix_seconds;
use crate::program::texts::text;

/// The most that one merchant may give one user in a calendar month: 5000 yuan.
const MONTH: Fen = Fen::new(500_000);

/// What a stock says about a campaign.
pub(super) struct Preflight {
    /// Why no coupon can be sent.
    pub(super) blocks: Vec<String>,
    /// What is worth a look.
    pub(super) warnings: Vec<String>,
}

/// Compares a stock with the coupons that are still to be sent, and with the most that one user gets.
pub(super) fn preflight(stock: &Stock, coupons: u64, most_per_user: Option<u64>) -> Preflight {
    let (mut blocks, mut warnings) = (Vec::new(), Vec::new());
    match &stock.status {
        StockStatus::Running => {}
        status @ (StockStatus::Stopped
        | StockStatus::Paused
        | StockStatus::Unactivated
        | StockStatus::Audit) => {
            blocks.push(text!("the stock is not running, but {status}", status = status));
        }
        // A status that this version does not know may allow it.
        status => warnings.push(text!("the stock has the unknown status {status}", status = status)),
    }
    let now = i64::try_from(unix_seconds()).unwrap_or(i64::MAX);
    let seconds = |time: Option<&Timestamp>| time.and_then(Timestamp::unix_seconds);
    if let Some(begin) = stock.available_begin_time.as_ref().filter(|begin| begin.unix_seconds() > Some(now))
    {
        warnings.push(text!("the coupons can be used only from {begin}", begin = begin.as_str()));
    }
    if seconds(stock.available_end_time.as_ref()).is_some_and(|end| end <= now) {
        blocks.push(text!("the time of the stock is over"));
    }
    let rule = stock.stock_use_rule.as_ref();
    let left = rule.and_then(|rule| rule.max_coupons).zip(stock.distributed_coupons);
    let left = left.map(|(all, sent)| u64::try_from(all.saturating_sub(sent)).unwrap_or_default());
    if let Some(left) = left.filter(|left| *left < coupons) {
        blocks.push(text!(
            "the stock has {left} coupons left, and {coupons} are to be sent",
            left = left,
            coupons = coupons
        ));
    }
    if let Supply::There { per_day: Some(per_day) } = SendCoupon::supply(stock)
        && per_day < coupons
    {
        let days = coupons.div_ceil(per_day.max(1));
        warnings.push(text!(
            "the budget of a day is {per_day} coupons, so this takes at least {days} days",
            per_day = per_day,
            days = days
        ));
    }
    if let (Some(limit), Some(most)) = (rule.and_then(|rule| rule.max_coupons_per_user), most_per_user)
        && u64::try_from(limit).is_ok_and(|limit| limit < most)
    {
        warnings.push(text!(
            "the list has up to {most} coupons for one user, and the stock allows {limit}; the others will be refused",
            most = most,
            limit = limit
        ));
    }
    let face =
        rule.and_then(|rule| rule.fixed_normal_coupon.as_ref()).and_then(|coupon| coupon.coupon_amount);
    if let Some(face) = face
        && let Some(sum) = most_per_user.and_then(|most| total(most, face))
        && sum > MONTH
    {
        warnings.push(text!(
            "one user would get {sum} yuan; WeChat Pay refuses more than {most} yuan in a calendar month",
            sum = sum,
            most = MONTH
        ));
    }
    Preflight { blocks, warnings }
}

/// What so many coupons are worth.
pub(super) fn total(coupons: u64, face: Fen) -> Option<Fen> {
    Some(Fen::new(face.get().checked_mul(i64::try_from(coupons).ok()?)?))
}
