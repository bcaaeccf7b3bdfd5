//! Objects of the platform, as documents.

use serde::Serialize;
use serde_json::{Map, Value};
use wechatpay_hyper::core::Answer;

use super::writer::members;

/// The members of a response: those that this version knows as it reads them, and the others as received.
pub(crate) fn received<T: Serialize>(answer: &Answer<T>) -> Map<String, Value> {
    let mut received = serde_json::from_slice(answer.raw()).unwrap_or_default();
    merge(&mut received, members(&answer.value).into());
    members(received)
}

/// Replaces what is known. Members without a value are left out.
fn merge(received: &mut Value, known: Value) {
    match (received, known) {
        (Value::Object(received), Value::Object(known)) => {
            for (name, known) in known {
                merge(received.entry(name).or_insert(Value::Null), known);
            }
            received.retain(|_, value| !value.is_null());
        }
        (Value::Array(received), Value::Array(known)) if received.len() == known.len() => {
            received.iter_mut().zip(known).for_each(|(received, known)| merge(received, known));
        }
        (received, known) => *received = known,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wechatpay_hyper::core::cashcoupons::Coupon;
    use wechatpay_hyper::core::http::Response;

    use super::*;

    #[test]
    fn ids_are_text_and_amounts_numbers_however_they_were_sent_and_nothing_is_lost() {
        let raw = json!({
            "coupon_id": 9, "stock_id": "1", "status": "USED", "description": null, "new": [1],
            "normal_coupon_information": {"coupon_amount": "500", "new": {"a": 1}},
            "consume_information": {"transaction_id": 42, "goods_detail": [{"goods_id": 7, "new": true}]},
        });
        let coupon: Coupon = serde_json::from_value(raw.clone()).unwrap();
        let answer = Answer::unverified(coupon, &Response::new(raw.to_string().into()));
        let expected = json!({
            "coupon_id": "9", "stock_id": "1", "status": "USED", "new": [1],
            "normal_coupon_information": {"coupon_amount": 500, "new": {"a": 1}},
            "consume_information": {"transaction_id": "42", "goods_detail": [{"goods_id": "7", "new": true}]},
        });
        assert_eq!(Value::from(received(&answer)), expected);
    }
}
