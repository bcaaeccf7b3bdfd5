//! Notifications: their content and their schedule.

use http::StatusCode;
use serde_json::{Value, json};
use wechatpay_sandbox::Delivery;

use super::callbacks::{URL, callback_body};
use crate::common::{Client, NOW, assert_fields, credentials, open, terms, verify};

/// Returns a client with a callback URL, and the id of a redeemed coupon.
fn redeemed() -> (Client, String) {
    let (client, _, coupon) = Client::with_coupon();
    client.post("/callbacks", &callback_body(URL)).ok();
    client.redeem(&coupon).ok();
    (client, coupon)
}

#[track_caller]
fn next_delivery(client: &Client) -> Delivery {
    client.sandbox.next_delivery(client.now).expect("nothing is due")
}

#[track_caller]
fn assert_nothing_due(client: &Client) {
    assert!(client.sandbox.next_delivery(client.now).is_none());
}

fn envelope(delivery: &Delivery) -> Value {
    serde_json::from_slice(delivery.request.body()).unwrap()
}

fn header<'a>(delivery: &'a Delivery, name: &str) -> &'a str {
    delivery.request.headers()[name].to_str().unwrap()
}

fn notification(client: &Client) -> Value {
    client.export()["notifications"][0].clone()
}

#[test]
fn the_notification_of_a_used_coupon_is_as_documented() {
    let (client, coupon) = redeemed();
    let delivery = next_delivery(&client);
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
    assert_fields(
        &envelope,
        json!({
            "create_time": "2026-11-23T00:00:00+08:00", "event_type": "COUPON.USE",
            "resource_type": "encrypt-resource", "summary": "用券成功",
        }),
    );
    let resource = &envelope["resource"];
    assert_fields(resource, json!({ "original_type": "coupon", "associated_data": "coupon" }));
    assert_eq!(resource["nonce"].as_str().unwrap().len(), 12);

    let used: Value = serde_json::from_slice(&open(resource)).unwrap();
    let transaction_id = used["consume_information"]["transaction_id"].as_str().unwrap();
    assert_eq!(transaction_id.len(), 28);
    let stock = client.export()["stocks"][0]["stock_id"].clone();
    assert_eq!(
        used,
        json!({
            "stock_creator_mchid": credentials().mchid(), "stock_id": stock, "coupon_id": coupon,
            "coupon_name": "双旦满减券", "description": "全场通用", "coupon_type": "NORMAL",
            "status": "USED", "create_time": "2026-11-23T00:00:00+08:00", "no_cash": true,
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
    assert_fields(&notification(&client), json!({ "id": envelope["id"], "coupon_id": coupon }));
}

#[test]
fn without_a_callback_url_no_notification_is_sent() {
    let (client, _, coupon) = Client::with_coupon();
    client.redeem(&coupon).ok();
    assert_eq!(client.sandbox.next_delivery_in(client.now), None);
    // A URL that is set later does not change this. The second redemption fails.
    client.post("/callbacks", &callback_body(URL)).ok();
    client.redeem(&coupon).assert_error(409, "INVALID_REQUEST");
    assert_nothing_due(&client);
    assert_eq!(client.export()["notifications"], json!([]));
}

#[test]
fn only_200_and_204_are_a_success() {
    for status in [200, 204] {
        let (client, _) = redeemed();
        let delivery = next_delivery(&client);
        client.sandbox.delivered(delivery.attempt, Ok(StatusCode::from_u16(status).unwrap()));
        let expected =
            json!({ "delivered": true, "attempts": 1, "last_status": status, "next_attempt_time": null });
        assert_fields(&notification(&client), expected);
        client.advance(3600);
        assert_nothing_due(&client);
        assert_eq!(client.sandbox.next_delivery_in(client.now), None);
    }
    for status in [201, 202, 301, 302, 307, 400, 401, 404, 500, 503] {
        let (client, _) = redeemed();
        let delivery = next_delivery(&client);
        client.sandbox.delivered(delivery.attempt, Ok(StatusCode::from_u16(status).unwrap()));
        let due = "2026-11-23T00:01:00+08:00";
        let expected = json!({ "delivered": false, "last_status": status, "next_attempt_time": due });
        assert_fields(&notification(&client), expected);
        client.advance(60);
        next_delivery(&client);
    }
}

#[test]
fn a_notification_is_attempted_nine_times_once_a_minute() {
    let (mut client, _) = redeemed();
    let mut seen: Vec<Delivery> = Vec::new();
    for attempt in 1..=9 {
        let delivery = next_delivery(&client);
        // The same notification, signed again with the real time.
        verify(delivery.request.headers(), delivery.request.body(), credentials().public_key_pem());
        assert_eq!(header(&delivery, "wechatpay-timestamp"), client.now.to_string());
        for earlier in &seen {
            assert_ne!(header(earlier, "wechatpay-nonce"), header(&delivery, "wechatpay-nonce"));
            assert_ne!(earlier.attempt, delivery.attempt);
            assert_eq!(envelope(earlier)["id"], envelope(&delivery)["id"]);
        }
        // The attempt is in flight, so the notification is not returned again.
        assert_nothing_due(&client);
        client.sandbox.delivered(delivery.attempt, Err("connection failed".to_owned()));
        let expected =
            json!({ "attempts": attempt, "delivered": false, "last_failure": "connection failed" });
        assert_fields(&notification(&client), expected);
        seen.push(delivery);
        if attempt < 9 {
            // The platform's time decides, which includes advances and the real time.
            assert_nothing_due(&client);
            assert_eq!(client.sandbox.next_delivery_in(client.now), Some(60));
            client.advance(50);
            client.now += 9;
            assert_nothing_due(&client);
            assert_eq!(client.sandbox.next_delivery_in(client.now), Some(1));
            client.now += 1;
        }
    }
    assert_eq!(notification(&client).get("next_attempt_time"), None);
    assert_eq!(client.sandbox.next_delivery_in(client.now), None);
    client.advance(24 * 3600);
    assert_nothing_due(&client);
}

#[test]
fn advancing_the_clock_makes_all_attempts_in_that_time_due() {
    let (client, _) = redeemed();
    client.sandbox.delivered(next_delivery(&client).attempt, Ok(StatusCode::INTERNAL_SERVER_ERROR));
    client.advance(3 * 60);
    for _ in 0..3 {
        client.sandbox.delivered(next_delivery(&client).attempt, Ok(StatusCode::INTERNAL_SERVER_ERROR));
    }
    assert_nothing_due(&client);
    client.advance(60);
    client.sandbox.delivered(next_delivery(&client).attempt, Ok(StatusCode::OK));
    assert_eq!(notification(&client)["attempts"], 5);
}

#[test]
fn an_attempt_without_a_report_fails_after_10_seconds() {
    let (mut client, _) = redeemed();
    let unreported = next_delivery(&client);
    // The timeout uses the real time, not the platform's time.
    client.advance(50);
    assert_eq!(client.sandbox.next_delivery_in(client.now), Some(10));
    client.now += 9;
    assert_nothing_due(&client);
    client.now += 1;
    let second = next_delivery(&client);
    assert_ne!(unreported.attempt, second.attempt);
    // A late report is ignored.
    client.sandbox.delivered(unreported.attempt, Ok(StatusCode::OK));
    assert_eq!(notification(&client)["delivered"], false);
    client.sandbox.delivered(second.attempt, Ok(StatusCode::OK));
    client.sandbox.delivered(second.attempt, Ok(StatusCode::NOT_FOUND));
    assert_fields(&notification(&client), json!({ "delivered": true, "last_status": 200 }));
}

#[test]
fn several_notifications_are_in_flight_in_order() {
    let client = Client::new();
    client.post("/callbacks", &callback_body(URL)).ok();
    let stock = client.create_and_start(&terms("create-1"));
    let mut coupons = Vec::new();
    for number in 1..=3 {
        let coupon = client.send_ok(&format!("o{number}"), &stock, &format!("send-{number}"));
        client.redeem(&coupon).ok();
        coupons.push(coupon);
    }
    let deliveries = [next_delivery(&client), next_delivery(&client), next_delivery(&client)];
    assert_nothing_due(&client);
    let notified = deliveries.each_ref().map(|delivery| {
        let used: Value = serde_json::from_slice(&open(&envelope(delivery)["resource"])).unwrap();
        used["coupon_id"].as_str().unwrap().to_owned()
    });
    assert_eq!(notified.to_vec(), coupons);
    client.sandbox.delivered(deliveries[1].attempt, Ok(StatusCode::OK));
    let state = client.export();
    let delivered = state["notifications"].as_array().unwrap().iter().map(|known| &known["delivered"]);
    assert_eq!(delivered.collect::<Vec<_>>(), [false, true, false]);
}

#[test]
fn notifications_are_signed_with_the_selected_key() {
    let (client, _) = redeemed();
    let select = |name: Value| client.control_post("/notifications", json!({ "signed_by": name }));
    for wrong in [json!("both"), json!(1), json!({})] {
        select(wrong).assert_param_error();
    }
    let signed = || {
        let delivery = next_delivery(&client);
        client.sandbox.delivered(delivery.attempt, Ok(StatusCode::NOT_FOUND));
        client.advance(60);
        delivery
    };
    let by_public_key = |delivery: &Delivery| {
        assert_eq!(header(delivery, "wechatpay-serial"), credentials().public_key_id());
        verify(delivery.request.headers(), delivery.request.body(), credentials().public_key_pem());
    };
    by_public_key(&signed());
    select("certificate".into()).ok();
    let delivery = signed();
    assert_eq!(header(&delivery, "wechatpay-serial"), credentials().platform_certificate_serial());
    verify(delivery.request.headers(), delivery.request.body(), credentials().platform_certificate_pem());
    // The newest certificate.
    let new = client.control("POST", "/certificates/rotate").ok();
    let list = client.call("GET", "/v3/certificates", "").ok();
    let pem = String::from_utf8(open(&list["data"][1]["encrypt_certificate"])).unwrap();
    let delivery = signed();
    assert_eq!(header(&delivery, "wechatpay-serial"), new["serial_no"]);
    verify(delivery.request.headers(), delivery.request.body(), &pem);
    // Without certificates.
    client.public_key_only(true);
    by_public_key(&signed());
    client.public_key_only(false);
    select("public_key".into()).ok();
    by_public_key(&signed());
}
