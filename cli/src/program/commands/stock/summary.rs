//! A stock in few words.

use wechatpay_hyper::core::cashcoupons::Stock;
use wechatpay_hyper::core::types::{Fen, Timestamp};

/// What a stock is worth, such as `100 coupons of 5.00 yuan, 500.00 yuan in all`.
pub(crate) fn worth(stock: &Stock) -> String {
    let rule = stock.stock_use_rule.as_ref();
    let coupons = rule.and_then(|rule| rule.max_coupons);
    let coupons = coupons.map_or_else(|| "coupons".to_owned(), |coupons| format!("{coupons} coupons"));
    let face = face(stock).map(|face| format!(" of {face} yuan")).unwrap_or_default();
    let budget = rule.and_then(|rule| rule.max_amount);
    let budget = budget.map(|budget| format!(", {budget} yuan in all")).unwrap_or_default();
    format!("{coupons}{face}{budget}")
}

/// The discount of one coupon.
pub(crate) fn face(stock: &Stock) -> Option<Fen> {
    stock.stock_use_rule.as_ref()?.fixed_normal_coupon.as_ref()?.coupon_amount
}

pub(super) fn text(time: Option<&Timestamp>) -> Option<String> {
    time.map(|time| time.as_str().to_owned())
}
