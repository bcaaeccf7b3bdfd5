//! Callbacks in the ledger: each is kept once, and forwarded until the receiver has taken it.

use serde_json::json;
use wechatpay_cli::ledger::{ForwardEnd, Heard, Ledger as _};
use wechatpay_core::cashcoupons::CouponUsed;
use wechatpay_core::notification::Notification;

use super::common::{Kept, NOW};

fn notification(id: &str, coupon: &str, transaction: &str) -> Notification<CouponUsed> {
    let used = json!({
        "stock_id": "9865000", "coupon_id": coupon, "status": "USED",
        "normal_coupon_information": { "coupon_amount": 100, "transaction_minimum": 200 },
        "consume_information": {
            "consume_time": "2026-11-23T00:00:00+08:00", "consume_mchid": "1900007291", "transaction_id": transaction
        },
    });
    let resource = used.to_string().into_bytes();
    serde_json::from_value(json!({
        "id": id, "create_time": "2026-11-23T00:00:01+08:00", "event_type": "COUPON.USE",
        "event": { "known": used }, "resource": String::from_utf8(resource).unwrap(),
    }))
    .unwrap()
}

fn heard(id: &str, coupon: &str) -> Heard {
    Heard::new(&notification(id, coupon, &format!("42{coupon}")), NOW)
}

fn signed(id: &str, signature: &str) -> Heard {
    heard(id, id).to_forward(vec![("wechatpay-signature".into(), signature.into())], b"{\"id\":\"\\u0000\"}")
}

/// How many rows of a table are so.
fn rows(kept: &Kept, table: &str, condition: &str) -> usize {
    kept.sql(&format!("UPDATE {table} SET received_at = received_at WHERE {condition}"))
}

fn a_notification_is_kept_once_however_often_it_arrives() {
    let mut kept = Kept::new();
    let batch = [heard("EV-1", "7"), heard("EV-2", "8"), heard("EV-1", "7")];
    assert_eq!(kept.ledger.keep_notifications(&batch).unwrap(), [true, true, false]);
    assert_eq!(kept.ledger.keep_notifications(&batch[1..]).unwrap(), [false, false]);
    assert_eq!((rows(&kept, "notification", "1 = 1"), rows(&kept, "use_seen", "1 = 1")), (2, 2));
    for (id, coupon) in [("EV-1", "7"), ("EV-2", "8")] {
        let kept_so = format!(
            "id = '{id}' AND received_at = {NOW} AND created_at = '2026-11-23T00:00:01+08:00' \
             AND event_type = 'COUPON.USE' AND stock_id = '9865000' AND coupon_id = '{coupon}' AND forward_at IS NULL"
        );
        assert_eq!(rows(&kept, "notification", &kept_so), 1);
        let used = format!(
            "coupon_id = '{coupon}' AND transaction_id = '42{coupon}' AND source = 'callback' AND fen = 100 \
             AND stock_id = '9865000' AND at = {NOW} AND at_text = '2026-11-23T00:00:00+08:00'"
        );
        assert_eq!(rows(&kept, "use_seen", &used), 1);
    }
}

/// PostgreSQL has no such character. It must lose no callback, and none that arrives at the same time.
fn a_notification_with_a_zero_character_is_kept() {
    let mut kept = Kept::new();
    let batch = [heard("EV-1", "7"), heard("EV\0-2", "8\0"), heard("EV-3", "9")];
    assert_eq!(kept.ledger.keep_notifications(&batch).unwrap(), [true; 3]);
    assert_eq!(kept.ledger.keep_notifications(&batch).unwrap(), [false; 3]);
    let counts = kept.ledger.heard().unwrap();
    assert_eq!((counts.notifications, counts.uses), (3, 3));
}

/// The platform may tell of one use twice, and a coupon that can be used in parts is used several times.
fn a_use_is_known_by_coupon_and_payment() {
    let mut kept = Kept::new();
    for (id, transaction) in [("EV-1", "1"), ("EV-2", "1"), ("EV-3", "2")] {
        let heard = Heard::new(&notification(id, "7", transaction), NOW);
        assert_eq!(kept.ledger.keep_notifications(&[heard]).unwrap(), [true]);
    }
    let counts = kept.ledger.heard().unwrap();
    assert_eq!((counts.notifications, counts.uses, counts.to_forward), (3, 2, 0));
}

fn the_amount_is_what_was_used_of_the_coupon() {
    let mut kept = Kept::new();
    let json = json!({
        "id": "EV-1", "event_type": "COUPON.USE", "resource": "{}",
        "event": { "known": {
            "stock_id": "9865000", "coupon_id": "7", "business_type": "MULTIUSE",
            "normal_coupon_information": { "coupon_amount": 100 },
            "consume_information": { "consume_amount": 30 },
        } },
    });
    let notification: Notification<CouponUsed> = serde_json::from_value(json).unwrap();
    kept.ledger.keep_notifications(&[Heard::new(&notification, NOW)]).unwrap();
    let used = "coupon_id = '7' AND transaction_id = '' AND at IS NULL AND fen = 30";
    assert_eq!(rows(&kept, "use_seen", used), 1);
}

fn an_event_of_another_type_is_kept_and_is_no_use() {
    let mut kept = Kept::new();
    let json =
        json!({ "id": "EV-1", "event_type": "COUPON.NEW", "event": "unknown", "resource": "{\"a\":1}" });
    let notification: Notification<CouponUsed> = serde_json::from_value(json).unwrap();
    assert_eq!(kept.ledger.keep_notifications(&[Heard::new(&notification, NOW)]).unwrap(), [true]);
    let other = "event_type = 'COUPON.NEW' AND resource = '{\"a\":1}' AND coupon_id IS NULL";
    assert_eq!(rows(&kept, "notification", other), 1);
    assert_eq!(kept.ledger.heard().unwrap().uses, 0);
}

fn callbacks_are_forwarded_in_their_order_until_they_are_taken() {
    let mut kept = Kept::new();
    kept.ledger.keep_notifications(&[heard("EV-0", "6"), signed("1", "a"), signed("2", "b")]).unwrap();
    let ledger = &mut kept.ledger;

    let first = ledger.forward(None, NOW, NOW + 10).unwrap().due.unwrap();
    assert_eq!((first.id.as_str(), first.body.as_str(), first.failures), ("1", "{\"id\":\"\\u0000\"}", 0));
    assert_eq!(first.headers, [("wechatpay-signature".to_owned(), "a".to_owned())]);
    // While it is under way, another listener gets the next one, and a third one none.
    let second = ledger.forward(None, NOW, NOW + 20).unwrap().due.unwrap();
    assert_eq!(second.id, "2");
    let none = ledger.forward(None, NOW, NOW + 10).unwrap();
    assert_eq!((none.due, none.next), (None, Some(NOW + 10)));

    // One is taken; the other is not, and waits.
    let taken = ForwardEnd::Taken { number: second.number };
    assert_eq!(ledger.forward(Some(taken), NOW + 5, NOW + 15).unwrap().due, None);
    let failed = ForwardEnd::Failed { number: first.number, again_at: NOW + 100 };
    let waiting = ledger.forward(Some(failed), NOW + 5, NOW + 15).unwrap();
    assert_eq!((waiting.due, waiting.next), (None, Some(NOW + 100)));
    let again = ledger.forward(None, NOW + 100, NOW + 110).unwrap().due.unwrap();
    assert_eq!((again.id.as_str(), again.failures), ("1", 1));
    // Its process ends: it is due again.
    let again = ledger.forward(None, NOW + 110, NOW + 120).unwrap().due.unwrap();
    assert_eq!(again.id, "1");
    let end = ledger.forward(Some(ForwardEnd::Taken { number: again.number }), NOW + 111, NOW + 120).unwrap();
    assert_eq!((end.due, end.next), (None, None));
    for (id, at) in [("1", NOW + 111), ("2", NOW + 5)] {
        let done = format!("id = '{id}' AND forwarded_at = {at} AND forward_at IS NULL AND original IS NULL");
        assert_eq!(rows(&kept, "notification", &done), 1);
    }
    assert_eq!(rows(&kept, "notification", "id = 'EV-0' AND forwarded_at IS NULL AND forward_at IS NULL"), 1);
}

fn a_repetition_renews_the_signature_of_what_is_still_to_be_forwarded() {
    let mut kept = Kept::new();
    let keep =
        |kept: &mut Kept, signature| kept.ledger.keep_notifications(&[signed("1", signature)]).unwrap();
    assert_eq!((keep(&mut kept, "a"), keep(&mut kept, "b")), (vec![true], vec![false]));
    let due = kept.ledger.forward(None, NOW, NOW + 10).unwrap().due.unwrap();
    assert_eq!(due.headers, [("wechatpay-signature".to_owned(), "b".to_owned())]);
    kept.ledger.forward(Some(ForwardEnd::Taken { number: due.number }), NOW, NOW).unwrap();
    // What was taken is not forwarded again.
    assert_eq!(keep(&mut kept, "c"), [false]);
    assert_eq!(kept.ledger.forward(None, NOW + 1000, NOW + 1000).unwrap().due, None);
    assert_eq!(kept.ledger.heard().unwrap().to_forward, 0);
}

fn a_callback_that_cannot_be_kept_leaves_nothing() {
    let mut kept = Kept::new();
    kept.sql("DROP TABLE use_seen");
    assert!(kept.ledger.keep_notifications(&[signed("1", "a")]).is_err());
    assert_eq!(rows(&kept, "notification", "1 = 1"), 0);
}

fn nothing_of_a_notification_is_shown() {
    let mut kept = Kept::new();
    let heard = signed("1", "secret");
    kept.ledger.keep_notifications(std::slice::from_ref(&heard)).unwrap();
    let due = kept.ledger.forward(None, NOW, NOW).unwrap();
    let shown = format!("{heard:?} {due:?}");
    assert!(!shown.contains("secret") && !shown.contains("9865000"), "{shown}");
}

everywhere!(
    a_notification_is_kept_once_however_often_it_arrives,
    a_notification_with_a_zero_character_is_kept,
    a_use_is_known_by_coupon_and_payment,
    the_amount_is_what_was_used_of_the_coupon,
    an_event_of_another_type_is_kept_and_is_no_use,
    callbacks_are_forwarded_in_their_order_until_they_are_taken,
    a_repetition_renews_the_signature_of_what_is_still_to_be_forwarded,
    a_callback_that_cannot_be_kept_leaves_nothing,
    nothing_of_a_notification_is_shown,
);
