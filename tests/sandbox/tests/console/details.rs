//! What the pages say of coupons, callbacks and limits.

use serde_json::json;

use crate::common::Client;
use crate::{busy, open, submit};

#[test]
fn a_coupon_whose_payment_was_refunded_says_so() {
    let client = busy();
    let pages = ["/_sandbox/coupons", "/_sandbox/coupons/20000002"];
    let badges = || pages.map(|path| first_badge(&open(&client, path, "zh"), "main"));
    assert_eq!(badges(), ["已核销", "已核销"]);
    client.control("POST", "/coupons/20000002/refund").ok();
    assert_eq!(badges(), ["已退款", "已退款"]);
    // The other one is as before.
    assert_eq!(first_badge(&open(&client, "/_sandbox/coupons/20000001", "zh"), "main"), "可用");
}

/// The first word in a badge after a text.
fn first_badge(html: &str, after: &str) -> String {
    let badge = html.split_once(after).unwrap().1.split_once("class=\"badge").unwrap().1;
    badge.split_once('>').unwrap().1.split_once('<').unwrap().0.to_owned()
}

#[test]
fn limits_are_shown_and_can_be_removed_if_there_are_any() {
    let client = Client::new();
    let seen = || {
        let html = open(&client, "/_sandbox/limits", "en");
        let parts = ["There are no limits.", "coupon.send&quot;: {\n", "/_sandbox/forms/clear-limits"];
        parts.map(|part| html.contains(part))
    };
    assert_eq!(seen(), [true, false, false]);
    client.control_post("/limits", json!({ "coupon.send": { "per_second": 5 } })).ok();
    assert_eq!(seen(), [false, true, true]);
}

#[test]
fn a_callback_says_what_it_is_and_leads_to_its_coupon() {
    let client = busy();
    let id = client.notifications()[0]["id"].as_str().unwrap().to_owned();
    for path in ["/_sandbox/notifications".to_owned(), format!("/_sandbox/notifications/{id}")] {
        assert!(open(&client, &path, "zh").contains("<a href=\"/_sandbox/coupons/20000002\">20000002</a>"));
    }
    let html = open(&client, &format!("/_sandbox/notifications/{id}"), "zh");
    assert!(html.contains("<h1>回调 COUPON.USE</h1>"), "{html}");
}

/// The messages of programs are English. Who listens to the page hears them as such.
#[test]
fn english_sentences_in_chinese_pages_are_marked() {
    let client = busy();
    let delivery = client.sandbox.next_delivery(client.now).unwrap();
    client.sandbox.delivered(delivery.attempt, Err("connection failed".to_owned()));
    let id = client.notifications()[0]["id"].as_str().unwrap().to_owned();
    for (path, count) in
        [("/_sandbox/notifications".to_owned(), 1), (format!("/_sandbox/notifications/{id}"), 2)]
    {
        let html = open(&client, &path, "zh");
        assert_eq!(html.matches("connection failed").count(), count, "{path}");
        assert_eq!(html.matches("<span lang=\"en\">connection failed</span>").count(), count, "{path}");
    }
    let reply = submit(&client, "redeem", &[("coupon_id", "20000002")]);
    let html = String::from_utf8(reply.body.to_vec()).unwrap();
    assert!(html.contains("<p class=\"error\" role=\"alert\" lang=\"en\">The coupon is USED"), "{html}");
}
