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
    client.notifications()[0].clone()
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
    assert_eq!(client.notifications(), [] as [Value; 0]);
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
    let known = client.notifications();
    let delivered: Vec<&Value> = known.iter().map(|known| &known["delivered"]).collect();
    assert_eq!(delivered, [false, true, false]);
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

#[test]
fn in_the_mixed_phase_callbacks_are_signed_in_turn() {
    let (client, _) = redeemed();
    let added = client.control("POST", "/certificates/add").ok();
    let serials = |count: usize| {
        let mut signed = Vec::new();
        for _ in 0..count {
            let delivery = next_delivery(&client);
            signed.push(header(&delivery, "wechatpay-serial").to_owned());
            client.sandbox.delivered(delivery.attempt, Ok(StatusCode::NOT_FOUND));
            client.advance(60);
        }
        signed
    };
    let (old, new) = (credentials().platform_certificate_serial(), added["serial_no"].as_str().unwrap());
    client.control_post("/notifications", json!({ "signed_by": "certificate" })).ok();
    assert_eq!(serials(1), [old]);
    client.control_post("/certificates/mode", json!({ "mixed": true })).ok();
    assert_eq!(serials(3), [old, new, old]);
    client.control_post("/certificates/mode", json!({ "mixed": false })).ok();
    client.control_post("/notifications", json!({ "signed_by": "mixed" })).ok();
    let public = credentials().public_key_id();
    assert_eq!(serials(4), [old, public, old, public]);
}

#[test]
fn notifications_are_listed_by_offset_and_limit() {
    let client = Client::new();
    client.post("/callbacks", &callback_body(URL)).ok();
    let stock = client.create_and_start(&terms("create-1"));
    for number in 1..=3 {
        let coupon = client.send_ok(&format!("o{number}"), &stock, &format!("send-{number}"));
        client.redeem(&coupon).ok();
    }
    let all = client.control("GET", "/notifications").ok();
    assert_fields(&all, json!({ "total_count": 3, "offset": 0, "limit": 20 }));
    assert_eq!(all["data"].as_array().unwrap().len(), 3);
    // The offset is a number of entries, not of pages.
    let part = client.control("GET", "/notifications?offset=1&limit=2").ok();
    assert_fields(&part, json!({ "total_count": 3, "offset": 1, "limit": 2 }));
    assert_eq!(part["data"], json!([all["data"][1], all["data"][2]]));
    assert_eq!(client.control("GET", "/notifications?offset=3").ok()["data"], json!([]));
    for query in ["limit=0", "limit=1001", "limit=x", "offset=-1", "offset=1&offset=2"] {
        let reply = client.control("GET", &format!("/notifications?{query}"));
        let field = query.split('=').next().unwrap();
        assert_eq!(reply.assert_param_error()["field"], field);
        assert!(reply.json["message"].as_str().unwrap().is_ascii(), "{reply:?}");
    }
}

#[test]
fn a_notification_is_shown_with_its_content_and_attempts() {
    let (client, coupon) = redeemed();
    let id = notification(&client)["id"].as_str().unwrap().to_owned();
    let delivery = next_delivery(&client);
    client.sandbox.delivered(delivery.attempt, Err("connection failed".to_owned()));
    client.advance(60);
    let delivery = next_delivery(&client);
    client.sandbox.delivered(delivery.attempt, Ok(StatusCode::OK));
    let shown = client.control("GET", &format!("/notifications/{id}")).ok();
    assert_fields(&shown, json!({ "id": id, "coupon_id": coupon, "attempts": 2, "status": "delivered" }));
    assert_eq!(shown["body"].as_str().unwrap().as_bytes(), delivery.request.body());
    let opened: Value = serde_json::from_slice(&open(&envelope(&delivery)["resource"])).unwrap();
    assert_eq!(shown["plaintext"], opened);
    assert_eq!(
        shown["attempt_list"],
        json!([
            { "number": 1, "time": "2026-11-23T00:00:00+08:00", "failure": "connection failed" },
            { "number": 2, "time": "2026-11-23T00:01:00+08:00", "status": 200 },
        ])
    );
    client.control("GET", "/notifications/1").assert_error(404, "RESOURCE_NOT_EXISTS");
}

#[test]
fn a_notification_can_be_sent_again_whatever_became_of_it() {
    let (client, _) = redeemed();
    let id = notification(&client)["id"].as_str().unwrap().to_owned();
    let resend = || client.control("POST", &format!("/notifications/{id}/resend"));
    let end = |status: StatusCode| {
        let delivery = next_delivery(&client);
        resend().assert_error(409, "INVALID_REQUEST");
        client.sandbox.delivered(delivery.attempt, Ok(status));
        delivery
    };
    let first = end(StatusCode::OK);
    assert_nothing_due(&client);
    // After a success; the next attempt counts on.
    resend().ok();
    let second = end(StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(first.request.body(), second.request.body());
    assert_ne!(first.attempt, second.attempt);
    assert_fields(&notification(&client), json!({ "attempts": 2, "delivered": false }));
    // While it waits, and after the last attempt.
    for attempts in 3..=10 {
        assert_nothing_due(&client);
        resend().ok();
        end(StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(notification(&client)["attempts"], attempts);
    }
    assert_fields(&notification(&client), json!({ "status": "given_up", "next_attempt_time": null }));
    client.control("POST", "/notifications/1/resend").assert_error(404, "RESOURCE_NOT_EXISTS");
}

#[test]
fn a_cancelled_notification_is_sent_no_more() {
    let (client, _) = redeemed();
    let id = notification(&client)["id"].as_str().unwrap().to_owned();
    let cancel = || client.control("POST", &format!("/notifications/{id}/cancel"));
    assert_eq!(cancel().ok()["status"], "cancelled");
    assert_eq!(cancel().ok()["status"], "cancelled");
    client.advance(3600);
    assert_nothing_due(&client);
    assert_eq!(client.sandbox.next_delivery_in(client.now), None);
    // An attempt in flight is the last one, and its result counts.
    client.control("POST", &format!("/notifications/{id}/resend")).ok();
    let delivery = next_delivery(&client);
    assert_eq!(cancel().ok()["status"], "in_flight");
    client.sandbox.delivered(delivery.attempt, Ok(StatusCode::INTERNAL_SERVER_ERROR));
    assert_fields(&notification(&client), json!({ "status": "cancelled", "last_status": 500 }));
    client.control("POST", &format!("/notifications/{id}/resend")).ok();
    let delivery = next_delivery(&client);
    cancel().ok();
    client.sandbox.delivered(delivery.attempt, Ok(StatusCode::OK));
    assert_eq!(notification(&client)["status"], "delivered");
    cancel().assert_error(409, "INVALID_REQUEST");
    client.control("POST", "/notifications/1/cancel").assert_error(404, "RESOURCE_NOT_EXISTS");
}
