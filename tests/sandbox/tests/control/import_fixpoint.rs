//! An export that is imported is exported again as it was, whatever happened before.

use http::StatusCode;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{Client, DAY, FAVOR, credentials, platform_favor, send_body, terms};
use crate::import::put;

/// What happens in a random campaign.
#[derive(Debug, Clone)]
enum Step {
    Signed(String, Value),
    Control(String, Value),
    Deliver(Result<u16, String>),
    Cancel,
}

fn modify(stock: usize, action: &str, mut body: Value) -> Step {
    body["stock_creator_mchid"] = credentials().mchid().into();
    Step::Signed(format!("/stocks/{}/{action}", 10_000_001 + stock), body)
}

fn sends() -> impl Strategy<Value = Step> {
    (0_usize..3, 0_u8..4, 0_u8..20).prop_map(|(stock, user, number)| {
        let body = send_body(&(10_000_001 + stock).to_string(), &format!("send-{number}"));
        Step::Signed(format!("/users/o{user}/coupons"), body)
    })
}

fn payments() -> impl Strategy<Value = Step> {
    let goods = json!([{ "goods_id": "g/1", "quantity": 2, "price": 300, "discount_amount": 100 }]);
    let bodies =
        vec![json!({}), json!({ "order_amount": 1234, "consume_mchid": "150", "goods_detail": goods })];
    let path = |coupon: usize, what: &str| format!("/coupons/{}/{what}", 20_000_001 + coupon);
    prop_oneof![
        2 => (0_usize..8, prop::sample::select(bodies))
            .prop_map(move |(coupon, body)| Step::Control(path(coupon, "redeem"), body)),
        1 => (0_usize..8).prop_map(move |coupon| Step::Control(path(coupon, "refund"), json!({}))),
    ]
}

fn changes_of_stocks() -> impl Strategy<Value = Step> {
    let statuses = prop::sample::select(vec!["start", "start", "start", "pause", "restart", "stop"]);
    prop_oneof![
        5 => (0_usize..3, statuses).prop_map(|(stock, action)| modify(stock, action, json!({}))),
        1 => (0_usize..3, 0_u8..9).prop_map(|(stock, last)| {
            modify(stock, "modify-merchants", json!({ "add_mchid_list": [format!("188888888{last}")] }))
        }),
        1 => (0_usize..3, 0_u8..9).prop_map(|(stock, last)| {
            modify(stock, "modify-goods-id", json!({ "add_goods_id_list": [format!("g{last}")] }))
        }),
        1 => (0_usize..3, 2500_u32..9000).prop_map(|(stock, target)| {
            let body = json!({ "current_max_amount": 2500, "target_max_amount": target });
            modify(stock, "max-amount-modify", body)
        }),
    ]
}

fn settings() -> impl Strategy<Value = Step> {
    let limits = vec![
        json!({}),
        json!({ "preset": "documented" }),
        json!({ "not_enough": { "every": 3, "times": 2 }, "*": { "per_minute": 50 } }),
        json!({ "forget_out_request_no_after_seconds": 60 }),
    ];
    let others = vec![
        Step::Control("/merchant/certificate".to_owned(), json!({ "api_v3_key": false })),
        Step::Control("/merchant/certificate".to_owned(), json!({ "state": "expired" })),
        Step::Control("/merchant/certificate".to_owned(), json!({ "state": "valid" })),
        Step::Control("/notifications".to_owned(), json!({ "signed_by": "certificate" })),
        Step::Control("/certificates/rotate".to_owned(), json!({})),
    ];
    prop_oneof![
        2 => prop::sample::select(limits).prop_map(|body| Step::Control("/limits".to_owned(), body)),
        1 => prop::sample::select(others),
        1 => (0..DAY).prop_map(|s| Step::Control("/clock".to_owned(), json!({ "advance_seconds": s }))),
        1 => (0_u64..3, 1_u64..3).prop_map(|(skip, times)| {
            let fault = json!({ "operation": "stock.query", "fault": "delay", "skip": skip, "times": times });
            Step::Control("/faults".to_owned(), fault)
        }),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let callback = json!({ "mchid": credentials().mchid(), "notify_url": "http://127.0.0.1:9/notify" });
    let answers = vec![Ok(200), Ok(500), Err("no answer".to_owned())];
    let step = prop_oneof![
        3 => (0_u8..5).prop_map(|number| {
            Step::Signed("/coupon-stocks".to_owned(), terms(&format!("create-{number}")))
        }),
        6 => sends(),
        3 => payments(),
        4 => changes_of_stocks(),
        2 => settings(),
        1 => Just(Step::Signed("/callbacks".to_owned(), callback)),
        1 => (0_u8..3).prop_map(|number| Step::Signed("/platform-favor".to_owned(), platform_favor(&format!("favor-{number}")))),
        2 => prop::sample::select(answers).prop_map(Step::Deliver),
        1 => Just(Step::Cancel),
    ];
    prop::collection::vec(step, 1..50)
}

/// Many steps are refused, which is as good.
fn take(client: &Client, step: &Step) {
    match step {
        Step::Signed(path, body) => {
            let call = client.call_now("POST", &format!("{FAVOR}{path}"), body.to_string());
            // With faults, so that they are counted.
            client.respond(&call);
        }
        Step::Control(path, body) => _ = client.control_post(path, body.clone()),
        Step::Deliver(answer) => {
            if let Some(delivery) = client.sandbox.next_delivery(client.now) {
                let status = answer.clone().map(|status| StatusCode::from_u16(status).unwrap());
                client.sandbox.delivered(delivery.attempt, status);
            }
        }
        Step::Cancel => {
            if let Some(last) = client.notifications().last() {
                let id = last["id"].as_str().unwrap();
                client.control("POST", &format!("/notifications/{id}/cancel"));
            }
        }
    }
}

/// The export but for the keys, which an import leaves alone.
fn export(client: &Client) -> Value {
    let mut export = client.export();
    export.as_object_mut().unwrap().remove("platform_keys").unwrap();
    export
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_import_gives_what_was_exported(steps in steps()) {
        let client = Client::new();
        let image = json!({ "media_url": "https://wxpaylogo.qpic.cn/wxpaylogo/1/0", "sha256": "00", "size": 5 });
        put(&client, &json!({ "images": [image] })).ok();
        // Something in most runs: a running stock, and where callbacks go.
        let stock = client.create_and_start(&terms("create-0"));
        client.send_ok("o0", &stock, "send-0");
        for step in &steps {
            take(&client, step);
        }
        let exported = export(&client);
        let other = Client::new();
        other.create(&terms("another"));
        put(&other, &exported).ok();
        prop_assert_eq!(&export(&other), &exported);
        // Also over itself.
        put(&client, &exported).ok();
        prop_assert_eq!(&export(&client), &exported);
    }
}

#[test]
fn an_attempt_in_flight_is_made_again() {
    let (client, _, coupon) = Client::with_coupon();
    let body = json!({ "mchid": credentials().mchid(), "notify_url": "http://127.0.0.1:9/notify" });
    client.post("/callbacks", &body).ok();
    client.redeem(&coupon).ok();
    let attempt = client.sandbox.next_delivery(client.now).unwrap().attempt;
    let exported = export(&client);
    assert_eq!(exported["notifications"][0]["status"], "in_flight");
    put(&client, &exported).ok();
    // The result of the attempt belongs to what was replaced.
    client.sandbox.delivered(attempt, Ok(StatusCode::OK));
    let again = client.sandbox.next_delivery(client.now).unwrap();
    assert_eq!(again.request.uri(), "http://127.0.0.1:9/notify");
    let body: Value = serde_json::from_slice(again.request.body()).unwrap();
    assert_eq!(body["id"], exported["notifications"][0]["id"]);
}

#[test]
fn a_forgotten_number_is_imported_with_the_coupon_that_has_it_now() {
    let (client, stock, coupon) = Client::with_coupon();
    client.control_post("/limits", json!({ "forget_out_request_no_after_seconds": 60 })).ok();
    client.advance(60);
    let second = client.send_ok("o1", &stock, "send-1");
    assert_ne!(second, coupon);
    client.control("DELETE", "/limits").ok();
    let exported = export(&client);
    put(&client, &exported).ok();
    assert_eq!(export(&client), exported);
    assert_eq!(client.send_ok("o1", &stock, "send-1"), second);
}
