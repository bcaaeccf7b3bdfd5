//! `/_sandbox/coupons/{coupon_id}/…`: redeems a coupon in a payment, and refunds the payment.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wechatpay_core::cashcoupons::GoodsDetail;
use wechatpay_core::types::UnixSeconds;

use crate::credentials::Credentials;
use crate::favor::callbacks::coupon_used;
use crate::protocol::json::{Object, control_typed};
use crate::protocol::problem::{refused, refused_member};
use crate::protocol::reply::{Handled, Reply};
use crate::state::State;
use crate::state::change::Change;
use crate::state::coupon::{Coupon, Redemption, Refund};
use crate::state::stock::Stock;

/// The parameters of a payment.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Payment {
    order_amount: Option<i64>,
    consume_mchid: Option<String>,
    goods_detail: Vec<GoodsDetail>,
}

/// `redeem`: uses the coupon in a payment, and notifies the merchant.
pub(crate) fn redeem(
    state: &mut State,
    credentials: &Credentials,
    id: &str,
    body: Object,
    now: UnixSeconds,
) -> Handled {
    let (coupon, stock) = find(state, id)?;
    match coupon.status(stock, now) {
        "SENDED" => {}
        other => {
            return Err(Reply::conflict(&format!(
                "The coupon is {other}; only a coupon that is SENDED can be redeemed."
            )));
        }
    }
    let payment: Payment = control_typed(body)?;
    if let Some(at) = payment.goods_detail.iter().position(|goods| goods.goods_id.is_empty()) {
        let rule = "must be a string that is not empty";
        return Err(refused("body", &format!("/goods_detail/{at}/goods_id"), Value::Null, rule));
    }
    let used = Coupon { used: Some(Box::new(pay(coupon, stock, payment, now)?)), ..coupon.clone() };
    let (full, notified) = (used.full_json(stock, now), used.json(stock, now));
    let notification = coupon_used(state, credentials, notified, now)?;
    let used = used.used.map(|redemption| Change::Used { coupon: id.to_owned(), redemption: *redemption });
    state.change_all(used.into_iter().chain(notification).collect())?;
    Ok(Reply::ok(full))
}

/// `refund`: refunds the payment.
pub(crate) fn refund(state: &mut State, id: &str, now: UnixSeconds) -> Handled {
    let (coupon, stock) = find(state, id)?;
    let status = coupon.status(stock, now);
    let not_used =
        || Reply::conflict(&format!("The coupon is {status}; only a coupon that is USED can be refunded."));
    if coupon.used.as_ref().ok_or_else(not_used)?.refund.is_some() {
        return Err(Reply::conflict("The payment of the coupon is refunded already."));
    }
    let refund = Refund { at: now, id: Refund::id_of(coupon.id) };
    state.change(Change::Refunded { coupon: id.to_owned(), refund })?;
    let (coupon, stock) = find(state, id)?;
    Ok(Reply::ok(coupon.full_json(stock, now)))
}

fn pay(coupon: &Coupon, stock: &Stock, payment: Payment, now: UnixSeconds) -> Result<Redemption, Reply> {
    let minimum = stock.transaction_minimum();
    let order_amount = payment.order_amount.unwrap_or(minimum);
    if order_amount < minimum {
        let rule = format!("must be at least the coupon's threshold of {minimum} fen");
        return Err(refused_member("order_amount", order_amount.into(), &rule));
    }
    let mchid = payment.consume_mchid.unwrap_or_else(|| stock.creator().to_owned());
    if !(1..=20).contains(&mchid.len()) || !mchid.bytes().all(|b| b.is_ascii_digit()) {
        return Err(refused_member("consume_mchid", mchid.into(), "must be 1 to 20 digits"));
    }
    Ok(Redemption {
        at: now,
        mchid: mchid.into(),
        transaction_id: Redemption::transaction_id_of(coupon.id).into(),
        order_amount,
        goods_detail: payment.goods_detail,
        refund: None,
    })
}

fn find<'a>(state: &'a State, id: &str) -> Result<(&'a Coupon, &'a Stock), Reply> {
    state.coupon(id).ok_or_else(|| Reply::not_found(&format!("There is no coupon with the id {id:?}.")))
}
