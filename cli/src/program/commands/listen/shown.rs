//! What is written of a notification. Its content may have more than is known today, so it is not shown.

use serde_json::{Map, Value, json};
use wechatpay_hyper::core::cashcoupons::CouponUsed;
use wechatpay_hyper::core::notification::{Notification, Received};
use wechatpay_hyper::core::types::UnixMillis;

use crate::program::failure::Failure;
use crate::program::output::{Output, members};
use crate::program::texts::text;

/// A notification that was accepted.
pub(super) struct Shown {
    json: Map<String, Value>,
    text: String,
}

impl Shown {
    pub(super) fn new(notification: &Notification<CouponUsed>, received_at: UnixMillis) -> Self {
        let mut json = members(json!({
            "id": notification.id, "event_type": notification.event_type, "create_time": notification.create_time,
            "received_at": received_at,
        }));
        let mut text = notification.event_type.clone();
        match &notification.event {
            Received::Unknown => text.push_str(&format!(" {}", notification.id)),
            Received::Known(used) => {
                let payment = used.consume_information.as_ref();
                let whole = used.normal_coupon_information.as_ref().and_then(|it| it.coupon_amount);
                let amount = payment.and_then(|it| it.consume_amount).or(whole);
                let time = payment.and_then(|it| it.consume_time.as_ref());
                let transaction = payment.and_then(|it| it.transaction_id.as_ref());
                json.extend(members(json!({
                    "stock_id": used.stock_id, "coupon_id": used.coupon_id, "amount": amount,
                    "consume_time": time, "consume_mchid": payment.and_then(|it| it.consume_mchid.as_ref()),
                    "transaction_id": transaction,
                })));
                text.push(' ');
                text.push_str(&text!(
                    "coupon {coupon} of stock {stock}",
                    coupon = used.coupon_id,
                    stock = used.stock_id
                ));
                let amount = amount.map(|amount| text!(", {amount} yuan", amount = amount));
                let transaction = transaction.map(|id| text!(", payment {id}", id = id));
                let time = time.map(|time| format!(", {}", time.as_str()));
                text.extend([amount, transaction, time].into_iter().flatten());
            }
        }
        json.retain(|_, value| !value.is_null());
        Self { json, text: text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect() }
    }

    /// Writes it. `new` is known if callbacks are kept.
    pub(super) fn write(mut self, output: &Output, new: Option<bool>) -> Result<(), Failure> {
        self.json.insert("kept".to_owned(), new.is_some().into());
        if let Some(new) = new {
            self.json.insert("repeated".to_owned(), (!new).into());
        }
        if new == Some(false) {
            self.text.push_str(&text!(", repeated"));
        }
        output.document(self.json, || self.text)
    }
}
