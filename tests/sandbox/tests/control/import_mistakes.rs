//! Documents that are refused: each mistake is named with its place, and nothing changes.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use crate::common::{Client, credentials, terms, with, without};
use crate::import::{put, seed};

/// A document with something of everything, as an export gives it.
fn full() -> Value {
    let client = Client::new();
    put(&client, &seed()).ok();
    let body = json!({ "mchid": credentials().mchid(), "notify_url": "http://127.0.0.1:9/notify" });
    client.post("/callbacks", &body).ok();
    client.redeem("20000001").ok();
    client.control("POST", "/coupons/20000001/refund").ok();
    client.add_fault(json!({ "fault": "delay" }));
    client.control_post("/limits", json!({ "not_enough": { "times": 1 } })).ok();
    let mut export = client.export();
    export["images"] = json!([{ "media_url": "https://wxpaylogo.qpic.cn/1", "sha256": "00", "size": 1 }]);
    export
}

#[test]
fn every_mistake_is_named_with_its_place() {
    let (client, full) = (Client::with_coupon().0, full());
    put(&Client::new(), &full).ok();
    let before = client.export();
    let twice = |list: &str| {
        let entry = full[list][0].clone();
        with(full.clone(), &format!("/{list}"), json!([entry.clone(), entry]))
    };
    let changed = |pointer: &str, value: Value| (with(full.clone(), pointer, value), pointer.to_owned());
    let mut cases: Vec<(Value, String)> = [
        // Members that nobody reads, at every level.
        ("/cupons", json!([])),
        ("/stocks/0/foo", json!(1)),
        ("/stocks/0/terms/foo", json!(1)),
        ("/stocks/0/terms/stock_use_rule/foo", json!(1)),
        ("/coupons/0/foo", json!(1)),
        ("/coupons/0/consume_information/foo", json!(1)),
        ("/coupons/0/refund/foo", json!(1)),
        ("/images/0/foo", json!(1)),
        ("/notifications/0/foo", json!(1)),
        ("/faults/0/foo", json!(1)),
        ("/limits/foo", json!(1)),
        ("/limit_counts/foo", json!(1)),
        ("/clock/foo", json!(1)),
        ("/merchant_certificate/foo", json!(1)),
        // Wrong types.
        ("/stocks", json!({})),
        ("/stocks/0", json!([])),
        ("/stocks/0/terms", json!("terms")),
        ("/stocks/0/terms/stock_use_rule/max_coupons", json!("5")),
        ("/stocks/0/create_time", json!("yesterday")),
        ("/stocks/0/start_time", json!(-1)),
        ("/stocks/0/status", json!("started")),
        ("/stocks/0/budget", json!(0)),
        ("/stocks/0/merchants", json!([1])),
        ("/coupons/0", json!(null)),
        ("/coupons/0/openid", json!(7)),
        ("/coupons/0/consume_information", json!([])),
        ("/coupons/0/consume_information/consume_mchid", json!("x")),
        ("/coupons/0/consume_information/goods_detail", json!({})),
        ("/coupons/0/order_amount", json!(-5)),
        ("/images/0/sha256", json!(1)),
        ("/notifications/0/status", json!("lost")),
        ("/notifications/0/attempts", json!("1")),
        ("/notifications/0/attempt_list", json!({})),
        ("/faults/0/fault", json!("unknown")),
        ("/faults/0/operation", json!("unknown")),
        ("/limits/not_enough", json!(1)),
        ("/clock/advanced_seconds", json!(u64::MAX)),
        ("/notify_url", json!("http://elsewhere.example/")),
        ("/notifications_signed_by", json!("nobody")),
        ("/merchant_certificate/state", json!("lost")),
        ("/requests/coupon.send", json!("1")),
        // Values that no request can have.
        ("/stocks/0/terms/belong_merchant", json!("1900000109")),
        ("/stocks/0/terms/stock_use_rule/max_amount", json!(7)),
        ("/stocks/0/terms/out_request_no", json!("")),
        ("/coupons/0/out_request_no", json!("")),
        ("/coupons/0/openid", json!("")),
        // Wrong references, and gaps in the ids.
        ("/coupons/0/stock_id", json!("10000002")),
        ("/coupons/0/stock_id", json!("1")),
        ("/stocks/0/stock_id", json!("10000002")),
        ("/coupons/0/coupon_id", json!("20000000")),
        ("/faults/0/id", json!(0)),
    ]
    .into_iter()
    .map(|(pointer, value)| changed(pointer, value))
    .collect();
    // Entries that are there twice.
    cases.push((
        with(twice("stocks"), "/stocks/1/stock_id", "10000002"),
        "/stocks/1/terms/out_request_no".to_owned(),
    ));
    cases.push((
        with(twice("coupons"), "/coupons/1/coupon_id", "20000002"),
        "/coupons/1/out_request_no".to_owned(),
    ));
    cases.push((twice("stocks"), "/stocks/1/stock_id".to_owned()));
    cases.push((twice("notifications"), "/notifications/1/id".to_owned()));
    cases.push((twice("faults"), "/faults/1/id".to_owned()));
    for required in
        ["/stocks/0/terms", "/stocks/0/terms/stock_name", "/coupons/0/openid", "/coupons/0/stock_id"]
    {
        cases.push((without(full.clone(), required), required.to_owned()));
    }
    cases.push((
        with(full.clone(), "/notifications/0/attempt_list", json!([7])),
        "/notifications/0/attempt_list/0".to_owned(),
    ));
    let unused = without(without(full.clone(), "/coupons/0/consume_information"), "/coupons/0/order_amount");
    cases.push((without(unused, "/coupons/0/status"), "/coupons/0/refund".to_owned()));
    for (document, pointer) in cases {
        let reply = put(&client, &document);
        assert_eq!(reply.status, 400, "{pointer}: {reply:?}");
        let detail = reply.assert_param_error();
        let field = detail["field"].as_str().unwrap();
        assert_eq!(field, pointer, "{reply:?}");
        let message = reply.json["message"].as_str().unwrap();
        assert!(message.contains(field), "{pointer}: {message}");
        assert_eq!(client.export(), before, "{pointer}");
    }
}

#[test]
fn what_is_no_document_is_refused() {
    let client = Client::new();
    client.create(&terms("create-1"));
    for (text, says) in [
        ("", "JSON"),
        ("{\"stocks\": [", "JSON"),
        ("{} {}", "JSON"),
        ("[]", "object"),
        ("7", "object"),
        ("{\"stocks\": [], \"stocks\": []}", "twice"),
        ("\u{feff}{}", "JSON"),
    ] {
        let request = Request::put("/_sandbox/state").body(Bytes::from(text)).unwrap();
        let reply = client.raw(request);
        reply.assert_param_error();
        let message = reply.json["message"].as_str().unwrap();
        assert!(message.contains(says), "{text}: {message}");
        assert_eq!(client.count("stocks"), 1);
    }
}
