//! The callback URL, and what is to be delivered there when.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test"
)]

mod common;

use common::{Call, Client, NOW, credentials, open, terms, verify};
use http::StatusCode;
use serde_json::{Value, json};
use wechatpay_sandbox::Delivery;

const URL: &str = "https://merchant.example/wechatpay/coupon";

fn setting(url: &str) -> Value {
    json!({ "mchid": credentials().mchid(), "notify_url": url })
}

fn query() -> String {
    format!("/callbacks?mchid={}", credentials().mchid())
}

/// A client with a callback URL, and the number of a coupon that was used.
fn redeemed() -> (Client, String) {
    let client = Client::new();
    client.post("/callbacks", &setting(URL)).ok();
    let stock = client.running(&terms("create-1"));
    let coupon = client.sent("o1", &stock, "send-1");
    client.control("POST", &format!("/coupons/{coupon}/redeem")).ok();
    (client, coupon)
}

#[track_caller]
fn next(client: &Client) -> Delivery {
    client.sandbox.next_delivery(client.now).expect("nothing is due")
}

#[track_caller]
fn nothing_due(client: &Client) {
    assert!(client.sandbox.next_delivery(client.now).is_none());
}

fn envelope(delivery: &Delivery) -> Value {
    serde_json::from_slice(delivery.request.body()).unwrap()
}

fn header<'a>(delivery: &'a Delivery, name: &str) -> &'a str {
    delivery.request.headers()[name].to_str().unwrap()
}

fn notification(client: &Client) -> Value {
    client.state()["notifications"][0].clone()
}

#[test]
fn a_callback_url_is_set_changed_and_queried() {
    let client = Client::new();
    client.get(&query()).refused(404, "RESOURCE_NOT_EXISTS");
    let other = "https://merchant.example:8443/";
    for url in [URL, other, "http://127.0.0.1:9/x", "http://localhost:9", "http://[::1]:9/x"] {
        let set = client.post("/callbacks", &setting(url)).ok();
        assert_eq!(set, json!({ "update_time": "2026-11-23T00:00:00+08:00", "notify_url": url }));
        let known = client.get(&query()).ok();
        assert_eq!(known, json!({ "notify_url": url, "mchid": credentials().mchid() }));
    }
    let mut body = setting(URL);
    body["switch"] = true.into();
    client.post("/callbacks", &body).ok();
    assert_eq!(client.get(&query()).ok()["notify_url"], URL);
}

#[test]
fn a_wrong_callback_is_refused() {
    let client = Client::new();
    let long = |length: usize| format!("{URL}/{}", "x".repeat(length - URL.len() - 1));
    client.post("/callbacks", &setting(&long(256))).ok();
    for url in [
        json!(long(257)),
        json!(""),
        json!(1),
        json!("merchant.example/x"),
        json!("/x"),
        json!("https:///x"),
        json!("https://merchant.example/a b"),
        json!("https://merchant.example/x?y=1"),
        json!("https://merchant.example/x?"),
        json!("https://merchant.example/x#y"),
        json!("https://user@merchant.example/x"),
        json!("http://merchant.example/x"),
        json!("http://10.0.0.1/x"),
        json!("http://127.0.0.1.merchant.example/x"),
        json!("ftp://127.0.0.1/x"),
    ] {
        let body = json!({ "mchid": credentials().mchid(), "notify_url": url });
        let reply = client.post("/callbacks", &body);
        let field = &reply.refused(400, "PARAM_ERROR").json["detail"]["field"];
        assert_eq!(field, "/notify_url", "{url}");
    }
    for switch in [json!(false), json!("true"), json!(1)] {
        let mut body = setting(URL);
        body["switch"] = switch;
        let reply = client.post("/callbacks", &body);
        assert_eq!(reply.refused(400, "PARAM_ERROR").json["detail"]["field"], "/switch");
    }
    client.post("/callbacks", &json!({ "notify_url": URL })).refused(400, "PARAM_ERROR");
    client.post("/callbacks", &json!({ "mchid": credentials().mchid() })).refused(400, "PARAM_ERROR");
    let stranger = json!({ "mchid": "1999999999", "notify_url": URL });
    client.post("/callbacks", &stranger).refused(400, "INVALID_REQUEST");
    client.get("/callbacks?mchid=1999999999").refused(400, "INVALID_REQUEST");
    client.get("/callbacks").refused(400, "PARAM_ERROR");
    assert_eq!(client.get(&query()).ok()["notify_url"], json!(long(256)));
}

#[test]
fn other_methods_are_refused() {
    let client = Client::new();
    for (method, path, allowed) in [
        ("DELETE", "/v3/marketing/favor/callbacks", "GET, POST"),
        ("GET", "/v3/marketing/favor/media/image-upload", "POST"),
        ("GET", "/v3/marketing/favor/platform-favor", "POST"),
        ("POST", "/v3/marketing/favor/platform-favor/1", "GET"),
        ("GET", "/v3/security/echo", "POST"),
    ] {
        let reply = client.raw(Call::new(method, path, "").request());
        assert_eq!((reply.unsigned().status, reply.header("allow")), (405, allowed), "{method} {path}");
    }
}

#[test]
fn a_used_coupon_is_notified_as_documented() {
    let (client, coupon) = redeemed();
    let delivery = next(&client);
    assert_eq!(
        (delivery.request.method().as_str(), delivery.request.uri().to_string()),
        ("POST", URL.to_owned())
    );
    verify(delivery.request.headers(), delivery.request.body(), credentials().public_key_pem());
    assert_eq!(header(&delivery, "wechatpay-serial"), credentials().public_key_id());
    assert_eq!(header(&delivery, "wechatpay-timestamp"), NOW.to_string());
    assert_eq!(header(&delivery, "content-type"), "application/json");
    assert_eq!(header(&delivery, "host"), "merchant.example");
    assert!(!header(&delivery, "user-agent").is_empty() && !header(&delivery, "request-id").is_empty());

    let envelope = envelope(&delivery);
    assert_eq!(envelope["id"].as_str().unwrap().len(), 36);
    assert_eq!(envelope["create_time"], "2026-11-23T00:00:00+08:00");
    assert_eq!(envelope["event_type"], "COUPON.USE");
    assert_eq!(envelope["resource_type"], "encrypt-resource");
    assert_eq!(envelope["summary"], "用券成功");
    let resource = &envelope["resource"];
    assert_eq!(
        (&resource["original_type"], &resource["associated_data"]),
        (&json!("coupon"), &json!("coupon"))
    );
    assert_eq!(resource["nonce"].as_str().unwrap().len(), 12);

    let used: Value = serde_json::from_slice(&open(resource)).unwrap();
    let transaction_id = used["consume_information"]["transaction_id"].as_str().unwrap();
    assert_eq!(transaction_id.len(), 28);
    let stock = client.state()["stocks"][0]["stock_id"].clone();
    assert_eq!(
        used,
        json!({
            "stock_creator_mchid": credentials().mchid(),
            "stock_id": stock,
            "coupon_id": coupon,
            "coupon_name": "双旦满减券",
            "status": "USED",
            "description": "全场通用",
            "create_time": "2026-11-23T00:00:00+08:00",
            "coupon_type": "NORMAL",
            "no_cash": true,
            "available_begin_time": "2026-11-23T00:00:00+08:00",
            "available_end_time": "2026-11-30T23:59:59+08:00",
            "singleitem": false,
            "normal_coupon_information": { "coupon_amount": 500, "transaction_minimum": 1000 },
            "consume_information": {
                "consume_time": "2026-11-23T00:00:00+08:00",
                "consume_mchid": credentials().mchid(),
                "transaction_id": transaction_id,
            },
        })
    );
    assert_eq!(notification(&client)["id"], envelope["id"]);
    assert_eq!(notification(&client)["coupon_id"], coupon);
}

#[test]
fn without_a_callback_url_nothing_is_notified() {
    let client = Client::new();
    let stock = client.running(&terms("create-1"));
    let coupon = client.sent("o1", &stock, "send-1");
    client.control("POST", &format!("/coupons/{coupon}/redeem")).ok();
    assert_eq!(client.sandbox.next_delivery_in(client.now), None);
    // Nor is it made up for later, nor does a second redemption, which fails, count.
    client.post("/callbacks", &setting(URL)).ok();
    client.control("POST", &format!("/coupons/{coupon}/redeem")).refused(409, "INVALID_REQUEST");
    nothing_due(&client);
    assert_eq!(client.state()["notifications"], json!([]));
}

#[test]
fn only_200_and_204_are_a_success() {
    for status in [200, 204] {
        let (client, _) = redeemed();
        let delivery = next(&client);
        client.sandbox.delivered(delivery.attempt, Ok(StatusCode::from_u16(status).unwrap()));
        let known = notification(&client);
        assert_eq!((&known["delivered"], &known["attempts"]), (&json!(true), &json!(1)));
        assert_eq!((&known["last_status"], known.get("next_attempt_time")), (&json!(status), None));
        client.advance(3600);
        nothing_due(&client);
        assert_eq!(client.sandbox.next_delivery_in(client.now), None);
    }
    for status in [201, 202, 301, 302, 307, 400, 401, 404, 500, 503] {
        let (client, _) = redeemed();
        let delivery = next(&client);
        client.sandbox.delivered(delivery.attempt, Ok(StatusCode::from_u16(status).unwrap()));
        let known = notification(&client);
        assert_eq!((&known["delivered"], &known["last_status"]), (&json!(false), &json!(status)));
        assert_eq!(known["next_attempt_time"], "2026-11-23T00:01:00+08:00");
        client.advance(60);
        next(&client);
    }
}

#[test]
fn it_is_tried_once_a_minute_nine_times_in_all() {
    let (mut client, _) = redeemed();
    let mut seen: Vec<Delivery> = Vec::new();
    for attempt in 1..=9 {
        let delivery = next(&client);
        // The same notification, signed anew by the real time.
        verify(delivery.request.headers(), delivery.request.body(), credentials().public_key_pem());
        assert_eq!(header(&delivery, "wechatpay-timestamp"), client.now.to_string());
        for earlier in &seen {
            assert_ne!(header(earlier, "wechatpay-nonce"), header(&delivery, "wechatpay-nonce"));
            assert_ne!(earlier.attempt, delivery.attempt);
            assert_eq!(envelope(earlier)["id"], envelope(&delivery)["id"]);
        }
        // Not given out twice.
        nothing_due(&client);
        client.sandbox.delivered(delivery.attempt, Err("the connection failed".to_owned()));
        let known = notification(&client);
        assert_eq!((&known["attempts"], &known["delivered"]), (&json!(attempt), &json!(false)));
        assert_eq!(known["last_failure"], "the connection failed");
        seen.push(delivery);
        if attempt < 9 {
            // The platform's time counts, whether it passes or is made to.
            nothing_due(&client);
            assert_eq!(client.sandbox.next_delivery_in(client.now), Some(60));
            client.advance(50);
            client.now += 9;
            nothing_due(&client);
            assert_eq!(client.sandbox.next_delivery_in(client.now), Some(1));
            client.now += 1;
        }
    }
    assert_eq!(notification(&client).get("next_attempt_time"), None);
    assert_eq!(client.sandbox.next_delivery_in(client.now), None);
    client.advance(24 * 3600);
    nothing_due(&client);
}

#[test]
fn a_leap_of_the_clock_brings_all_that_was_due_in_it() {
    let (client, _) = redeemed();
    client.sandbox.delivered(next(&client).attempt, Ok(StatusCode::INTERNAL_SERVER_ERROR));
    client.advance(3 * 60);
    for _ in 0..3 {
        client.sandbox.delivered(next(&client).attempt, Ok(StatusCode::INTERNAL_SERVER_ERROR));
    }
    nothing_due(&client);
    client.advance(60);
    client.sandbox.delivered(next(&client).attempt, Ok(StatusCode::OK));
    assert_eq!(notification(&client)["attempts"], 5);
}

#[test]
fn an_attempt_that_nobody_reports_has_failed() {
    let (mut client, _) = redeemed();
    let lost = next(&client);
    // The platform's time does not count here: the receiver has 5 real seconds.
    client.advance(50);
    assert_eq!(client.sandbox.next_delivery_in(client.now), Some(10));
    client.now += 9;
    nothing_due(&client);
    client.now += 1;
    let second = next(&client);
    assert_ne!(lost.attempt, second.attempt);
    // Its late report changes nothing.
    client.sandbox.delivered(lost.attempt, Ok(StatusCode::OK));
    assert_eq!(notification(&client)["delivered"], false);
    client.sandbox.delivered(second.attempt, Ok(StatusCode::OK));
    client.sandbox.delivered(second.attempt, Ok(StatusCode::NOT_FOUND));
    let known = notification(&client);
    assert_eq!((&known["delivered"], &known["last_status"]), (&json!(true), &json!(200)));
}

#[test]
fn several_are_under_way_at_a_time_in_order() {
    let client = Client::new();
    client.post("/callbacks", &setting(URL)).ok();
    let stock = client.running(&terms("create-1"));
    let mut coupons = Vec::new();
    for number in 1..=3 {
        let coupon = client.sent(&format!("o{number}"), &stock, &format!("send-{number}"));
        client.control("POST", &format!("/coupons/{coupon}/redeem")).ok();
        coupons.push(coupon);
    }
    let deliveries = [next(&client), next(&client), next(&client)];
    nothing_due(&client);
    let notified = deliveries.each_ref().map(|delivery| {
        let used: Value = serde_json::from_slice(&open(&envelope(delivery)["resource"])).unwrap();
        used["coupon_id"].as_str().unwrap().to_owned()
    });
    assert_eq!(notified.to_vec(), coupons);
    client.sandbox.delivered(deliveries[1].attempt, Ok(StatusCode::OK));
    let state = client.state();
    let delivered = state["notifications"].as_array().unwrap().iter().map(|known| &known["delivered"]);
    assert_eq!(delivered.collect::<Vec<_>>(), [false, true, false]);
}

#[test]
fn notifications_are_signed_with_the_key_that_was_chosen() {
    let (client, _) = redeemed();
    let choose = |name: Value| client.control_with("POST", "/notifications", &json!({ "signed_by": name }));
    for wrong in [json!("both"), json!(1), json!({})] {
        choose(wrong).refused(400, "PARAM_ERROR");
    }
    let signed = || {
        let delivery = next(&client);
        client.sandbox.delivered(delivery.attempt, Ok(StatusCode::NOT_FOUND));
        client.advance(60);
        delivery
    };
    let by_public_key = |delivery: &Delivery| {
        assert_eq!(header(delivery, "wechatpay-serial"), credentials().public_key_id());
        verify(delivery.request.headers(), delivery.request.body(), credentials().public_key_pem());
    };
    by_public_key(&signed());
    choose("certificate".into()).ok();
    let delivery = signed();
    assert_eq!(header(&delivery, "wechatpay-serial"), credentials().platform_certificate_serial());
    verify(delivery.request.headers(), delivery.request.body(), credentials().platform_certificate_pem());
    // The newest one.
    let new = client.control("POST", "/certificates/rotate").ok();
    let list = client.call("GET", "/v3/certificates", "").ok();
    let pem = String::from_utf8(open(&list["data"][1]["encrypt_certificate"])).unwrap();
    let delivery = signed();
    assert_eq!(header(&delivery, "wechatpay-serial"), new["serial_no"]);
    verify(delivery.request.headers(), delivery.request.body(), &pem);
    // None.
    client.control_with("POST", "/certificates/mode", &json!({ "public_key_only": true })).ok();
    by_public_key(&signed());
    client.control_with("POST", "/certificates/mode", &json!({ "public_key_only": false })).ok();
    choose("public_key".into()).ok();
    by_public_key(&signed());
}
