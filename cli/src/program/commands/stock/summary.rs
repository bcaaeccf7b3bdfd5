//! A stock in few words.

use wechatpay_hyper::core::cashcoupons::Stock;
use wechatpay_hyper::core::types::{Fen, Timestamp};

use crate::program::texts::text;

/// What a stock is worth, such as `100 coupons of 5.00 yuan, 500.00 yuan in all`.
pub(crate) fn worth(stock: &Stock) -> String {
    let rule = stock.stock_use_rule.as_ref();
    let coupons = rule.and_then(|rule| rule.max_coupons);
    let mut worth = match (coupons, face(stock)) {
        (Some(coupons), Some(face)) => {
            text!("{coupons} coupons of {face} yuan", coupons = coupons, face = face)
        }
        (Some(coupons), None) => text!("{coupons} coupons", coupons = coupons),
        (None, Some(face)) => text!("coupons of {face} yuan", face = face),
        (None, None) => text!("coupons"),
    };
    if let Some(budget) = rule.and_then(|rule| rule.max_amount) {
        worth.push_str(&text!(", {budget} yuan in all", budget = budget));
    }
    worth
}

/// The discount of one coupon.
pub(crate) fn face(stock: &Stock) -> Option<Fen> {
    stock.stock_use_rule.as_ref()?.fixed_normal_coupon.as_ref()?.coupon_amount
}

pub(super) fn text(time: Option<&Timestamp>) -> Option<String> {
    time.map(|time| time.as_str().to_owned())
}
