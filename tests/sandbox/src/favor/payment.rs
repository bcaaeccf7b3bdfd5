//! `/_sandbox/coupons/{coupon_id}/…`: what happens to a coupon when a payment is made or given back.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use wechatpay_core::cashcoupons::GoodsDetail;
use wechatpay_core::types::UnixSeconds;

use crate::protocol::answer::{Answer, Outcome};
use crate::protocol::input;
use crate::state::{Coupon, State, Stock, set, time};

/// How a coupon was used.
pub(crate) struct Redemption {
    pub(crate) at: UnixSeconds,
    pub(crate) mchid: String,
    pub(crate) transaction_id: String,
    /// What the order came to before the coupon, in fen.
    pub(crate) order_amount: i64,
    pub(crate) goods_detail: Vec<GoodsDetail>,
    pub(crate) refund: Option<Refund>,
}

/// How the payment, with the coupon in it, was given back. The redemption stays.
pub(crate) struct Refund {
    pub(crate) at: UnixSeconds,
    pub(crate) id: String,
}

/// What a test may say about a payment.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Payment {
    order_amount: Option<i64>,
    consume_mchid: Option<String>,
    goods_detail: Vec<GoodsDetail>,
}

/// `redeem`: the coupon is used in a payment.
pub(crate) fn redeem(state: &mut State, id: &str, body: &[u8], now: UnixSeconds) -> Outcome {
    let (coupon, stock) = find(state, id)?;
    match coupon.status(stock, now) {
        "SENDED" => {}
        other => return Err(conflict(&format!("the coupon is {other}, only SENDED ones can be redeemed"))),
    }
    let redemption = Redemption::new(coupon, stock, Payment::read(body)?, now)?;
    if let Some(coupon) = state.coupons.get_mut(id) {
        coupon.used = Some(redemption);
    }
    show(state, id, now)
}

/// `refund`: the payment is given back.
pub(crate) fn refund(state: &mut State, id: &str, now: UnixSeconds) -> Outcome {
    let (coupon, stock) = find(state, id)?;
    let status = coupon.status(stock, now);
    let unused = || conflict(&format!("the coupon is {status}, only USED ones can be refunded"));
    if coupon.used.as_ref().ok_or_else(unused)?.refund.is_some() {
        return Err(conflict("the coupon was refunded before"));
    }
    // 28 digits, as a refund's number has.
    let refund = Refund { at: now, id: format!("50{id:0>26}") };
    if let Some(redemption) = state.coupons.get_mut(id).and_then(|coupon| coupon.used.as_mut()) {
        redemption.refund = Some(refund);
    }
    show(state, id, now)
}

impl Payment {
    fn read(body: &[u8]) -> Result<Self, Answer> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        let wrong = |error: serde_json::Error| Answer::param("body", "", Value::Null, &error.to_string());
        serde_json::from_value(Value::Object(input::object(body)?)).map_err(wrong)
    }
}

impl Redemption {
    fn new(coupon: &Coupon, stock: &Stock, payment: Payment, now: UnixSeconds) -> Result<Self, Answer> {
        let wrong = |field: &str, value: Value, issue: &str| Err(Answer::param("body", field, value, issue));
        let minimum = stock.transaction_minimum();
        let order_amount = payment.order_amount.unwrap_or(minimum);
        if order_amount < minimum {
            let issue = format!("the coupon is for orders from {minimum} fen");
            return wrong("/order_amount", order_amount.into(), &issue);
        }
        let creator = || stock.terms.belong_merchant.as_str().to_owned();
        let mchid = payment.consume_mchid.unwrap_or_else(creator);
        if !(1..=20).contains(&mchid.len()) || !mchid.bytes().all(|b| b.is_ascii_digit()) {
            return wrong("/consume_mchid", mchid.into(), "not 1 to 20 digits");
        }
        Ok(Self {
            at: now,
            mchid,
            // 28 digits, as a payment's number has.
            transaction_id: format!("42{:0>26}", coupon.id),
            order_amount,
            goods_detail: payment.goods_detail,
            refund: None,
        })
    }

    /// As `QueryCoupon` answers it.
    pub(crate) fn json(&self) -> Value {
        let mut json = json!({
            "consume_time": time(self.at),
            "consume_mchid": self.mchid,
            "transaction_id": self.transaction_id,
        });
        set(
            &mut json,
            "goods_detail",
            Some(json!(self.goods_detail)).filter(|_| !self.goods_detail.is_empty()),
        );
        json
    }
}

fn find<'a>(state: &'a State, id: &str) -> Result<(&'a Coupon, &'a Stock), Answer> {
    let coupon = state.coupons.get(id);
    let found = coupon.and_then(|coupon| Some((coupon, state.stock(&coupon.stock_id)?)));
    found.ok_or_else(|| Answer::not_found("no such coupon"))
}

fn show(state: &State, id: &str, now: UnixSeconds) -> Outcome {
    let (coupon, stock) = find(state, id)?;
    Ok(Answer::ok(coupon.whole_json(stock, now)))
}

fn conflict(message: &str) -> Answer {
    Answer::error(StatusCode::CONFLICT, "INVALID_REQUEST", message)
}
