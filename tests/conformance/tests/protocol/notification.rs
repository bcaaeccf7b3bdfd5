//! Callbacks: which are accepted, which are rejected, and the response to each.

use http::StatusCode;
use wechatpay_core::notification::{
    Event, Notification, NotificationError, NotificationErrorKind, Received, ReplayGuard, accepted, refused,
};

use crate::*;

const KEY: &str = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb";

/// The documented content with all fields.
fn used() -> Value {
    json!({
        "stock_creator_mchid": "9800064", "stock_id": "9865888", "coupon_id": "98674556",
        "singleitem_discount_off": {"single_price_max": 100},
        "discount_to": {"cut_to_price": 100, "max_price": 10},
        "coupon_name": "满减券", "status": "USED", "description": "说明",
        "create_time": "2015-05-20T13:29:35+08:00", "coupon_type": "NORMAL", "no_cash": true,
        "available_begin_time": "2015-05-20T13:29:35+08:00", "available_end_time": "2015-05-21T13:29:35+08:00",
        "singleitem": true, "normal_coupon_information": {"coupon_amount": 100, "transaction_minimum": 200},
        "consume_information": {
            "consume_time": "2015-05-20T13:29:35+08:00", "consume_mchid": "9856081",
            "transaction_id": "4200752501201407033233368018", "consume_amount": 50,
            "goods_detail": [{"goods_id": "a_goods1", "quantity": 7, "price": 1, "discount_amount": 4}],
        },
        "business_type": "MULTIUSE",
    })
}

/// A callback body with this content, encrypted as by the platform.
fn envelope(content: &Value, aad: &str) -> Value {
    let mut resource = sealed(KEY, aad, content.to_string());
    resource["original_type"] = "coupon".into();
    json!({
        "id": "EV-2018022511223320873", "create_time": "2015-05-20T13:29:35+08:00",
        "event_type": "COUPON.USE", "resource_type": "encrypt-resource", "summary": "用券成功",
        "resource": resource,
    })
}

fn setup() -> (Client, Platform) {
    let (client, platform, _) = pair(NOW);
    (client.with_api_v3_key(PROVIDERS[1], ApiV3Key::new(KEY).unwrap()), platform)
}

fn read(client: &Client, request: &Request<Vec<u8>>) -> Result<Notification<CouponUsed>, NotificationError> {
    client.notification(request, NOW)
}

#[test]
fn a_used_coupon_is_decoded_with_all_fields() {
    let (client, platform) = setup();
    let notification =
        read(&client, &platform.callback(&envelope(&used(), "coupon").to_string(), NOW)).unwrap();
    assert_eq!(notification.id, "EV-2018022511223320873");
    assert_eq!((notification.event_type.as_str(), notification.summary.as_str()), ("COUPON.USE", "用券成功"));
    assert_eq!(notification.original_type, "coupon");
    assert_eq!(notification.create_time.as_ref().unwrap().unix_seconds(), Some(1_432_099_775));
    assert_eq!(serde_json::from_slice::<Value>(notification.resource()).unwrap(), used());
    let Received::Known(event) = notification.event else { panic!("{notification:?}") };
    assert_eq!((event.coupon_id.as_str(), event.stock_id.as_str()), ("98674556", "9865888"));
    assert_eq!(event.status, Some(CouponStatus::Used));
    assert_eq!(event.business_type, Some(BusinessType::MultiUse));
    assert_eq!(event.singleitem_discount_off.unwrap().single_price_max, Some(Fen::new(100)));
    let discount = event.discount_to.unwrap();
    assert_eq!((discount.cut_to_price, discount.max_price), (Some(Fen::new(100)), Some(Fen::new(10))));
    let consumed = event.consume_information.unwrap();
    assert_eq!(consumed.consume_amount, Some(Fen::new(50)));
    assert_eq!(consumed.goods_detail[0].quantity, Some(7));
}

#[test]
fn a_callback_with_required_fields_only_is_decoded() {
    let (client, platform) = setup();
    let least = json!({"stock_id": "2", "coupon_id": "3"});
    let mut body = envelope(&least, "");
    // Both may be missing, and are then empty.
    let resource = body["resource"].as_object_mut().unwrap();
    resource.remove("associated_data");
    resource.remove("original_type");
    for name in ["summary", "create_time", "resource_type"] {
        body.as_object_mut().unwrap().remove(name);
    }
    let mut request = platform.callback(&body.to_string(), NOW);
    request.headers_mut().remove("wechatpay-signature-type");
    let notification = read(&client, &request).unwrap();
    assert!(matches!(notification.event, Received::Known(event) if event.coupon_id.as_str() == "3"));

    // However an absent value is written.
    for absent in [Value::Null, json!(""), json!({}), json!([])] {
        for name in ["summary", "create_time", "resource_type"] {
            body[name] = absent.clone();
        }
        body["resource"]["original_type"] = absent.clone();
        let notification = read(&client, &platform.callback(&body.to_string(), NOW)).unwrap();
        assert_eq!((notification.create_time, notification.summary), (None, String::new()), "{absent}");
    }
    body["id"] = json!(7);
    assert_eq!(read(&client, &platform.callback(&body.to_string(), NOW)).unwrap().id, "7");
}

#[test]
fn the_envelope_of_a_callback_is_read_as_leniently_as_a_response() {
    let (client, platform) = setup();
    let read = |name: &str, value: &Value| {
        let mut body = envelope(&used(), "coupon");
        body[name] = value.clone();
        read(&client, &platform.callback(&body.to_string(), NOW))
    };
    for absent in [json!(null), json!(""), json!([]), json!({})] {
        for name in ["create_time", "summary"] {
            let notification = read(name, &absent).unwrap();
            assert_eq!((name == "create_time"), notification.create_time.is_none(), "{absent}");
        }
        // Without an ID, a repetition could not be told from another event.
        assert!(read("id", &absent).is_err(), "{absent}");
    }
    assert_eq!(read("id", &json!(7)).unwrap().id, "7");
    // There is only one algorithm.
    let mut body = envelope(&used(), "coupon");
    for absent in [Some(json!(null)), Some(json!("")), None] {
        match absent {
            Some(absent) => body["resource"]["algorithm"] = absent,
            None => drop(body["resource"].as_object_mut().unwrap().remove("algorithm")),
        }
        client.notification::<CouponUsed>(&platform.callback(&body.to_string(), NOW), NOW).unwrap();
    }
}

/// The ID of a payment has 28 digits, which are too many for a number.
#[test]
fn an_id_may_be_a_number_of_any_length() {
    let (client, platform) = setup();
    let payment = "4200752501201407033233368018";
    let texts = used().to_string();
    let numbers = texts.replace(&format!("\"{payment}\""), payment);
    assert!(texts != numbers && serde_json::from_str::<Value>(&numbers).is_ok());
    let events = [texts, numbers].map(|content| {
        let mut resource = sealed(KEY, "", content);
        resource["original_type"] = "coupon".into();
        let body = json!({"id": "EV-1", "event_type": "COUPON.USE", "resource": resource}).to_string();
        read(&client, &platform.callback(&body, NOW)).unwrap().event
    });
    let Received::Known(used) = &events[0] else { panic!("{events:?}") };
    assert_eq!(used.consume_information.as_ref().unwrap().transaction_id.as_deref(), Some(payment));
    assert_eq!(events[0], events[1]);

    let send = |body: &str| {
        let body = platform.signed_response(200, body, NOW);
        client.response(&send_coupon(), &body, NOW)
    };
    let sent = send(r#"{"coupon_id":98765432109876543210}"#).unwrap();
    assert_eq!(sent.coupon_id, "98765432109876543210");
    assert_eq!(sent.raw(), r#"{"coupon_id":98765432109876543210}"#);
    for no_id in [
        "98765432109876543210.0",
        "98765432109876543210e0",
        "[98765432109876543210]",
        "098765432109876543210",
    ] {
        let error = send(&format!(r#"{{"coupon_id":{no_id}}}"#)).unwrap_err();
        assert_eq!(error.outcome(), Outcome::Done, "{no_id}");
    }
}

#[test]
fn an_event_of_another_type_is_unknown_and_its_content_is_kept() {
    let (client, platform) = setup();
    let other = json!({"out_trade_no": "1"});
    let mut body = envelope(&other, "transaction");
    body["event_type"] = "TRANSACTION.SUCCESS".into();
    let notification = read(&client, &platform.callback(&body.to_string(), NOW)).unwrap();
    assert_eq!(notification.event, Received::Unknown);
    // A URL that receives several types can decode each one.
    #[derive(serde::Deserialize)]
    struct Paid {
        out_trade_no: String,
    }
    impl Event for Paid {
        const EVENT_TYPE: &'static str = "TRANSACTION.SUCCESS";
    }
    assert_eq!(notification.read_as::<Paid>().unwrap().unwrap().out_trade_no, "1");
    assert!(notification.read_as::<CouponUsed>().is_none());
    assert_eq!(serde_json::from_slice::<Value>(notification.resource()).unwrap(), other);
}

#[test]
fn callbacks_are_accepted_from_the_headers_of_any_framework() {
    let (client, platform) = setup();
    let body = envelope(&used(), "coupon").to_string();
    let headers = platform.headers(&body, NOW);
    let upper_case = headers.clone().map(|(name, value)| (name.to_uppercase(), value.into_bytes()));
    let others = [("HOST".to_owned(), b"x".to_vec()), ("not a name!".to_owned(), b"\0".to_vec())];
    let pairs = || upper_case.iter().cloned().chain(others.iter().cloned());
    let notification = client.notification_from::<CouponUsed>(pairs(), body.as_bytes(), NOW).unwrap();
    assert_eq!(notification, read(&client, &platform.callback(&body, NOW)).unwrap());
    let request = platform.callback(&body, NOW);
    client.notification_from::<CouponUsed>(request.headers(), request.body(), NOW).unwrap();
    // Any number of headers is accepted. A header map would panic when it is full.
    let many = (0..40_000).map(|n| (format!("wechatpay-{n}"), Vec::new()));
    client.notification_from::<CouponUsed>(pairs().chain(many), body.as_bytes(), NOW).unwrap();
    // Duplicate headers are detected, any number of them.
    for times in [1, 40_000] {
        let again = std::iter::repeat_n(("wechatpay-NONCE".to_owned(), b"x".to_vec()), times);
        let again = pairs().chain(again);
        let error = client.notification_from::<CouponUsed>(again, body.as_bytes(), NOW).unwrap_err();
        assert!(matches!(
            error.kind(),
            NotificationErrorKind::Verify(VerifyErrorKind::DuplicateHeader { name: "Wechatpay-Nonce" })
        ));
    }
}

/// Every invalid callback is an error with a response to send, never a panic.
#[test]
fn invalid_callbacks_are_rejected_with_the_right_response() {
    let (client, platform) = setup();
    let good = envelope(&used(), "coupon");
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut body = good.clone();
        change(&mut body);
        platform.callback(&body.to_string(), NOW)
    };
    let set = |name: &'static str, value: Value| changed(&move |body| body["resource"][name] = value.clone());
    let header = |name: &'static str, value: &str| {
        let mut request = changed(&|_| {});
        request.headers_mut().insert(name, HeaderValue::try_from(value).unwrap());
        request
    };
    let mut unsigned = changed(&|_| {});
    unsigned.headers_mut().clear();
    let mut consumed = changed(&|_| {});
    consumed.body_mut().clear();
    let without = |name: &str| {
        let mut request = changed(&|_| {});
        request.headers_mut().remove(name);
        request
    };
    // Parsed and written again by a framework.
    let mut rewritten = changed(&|_| {});
    let spaced = serde_json::to_string_pretty(&good).unwrap();
    *rewritten.body_mut() = spaced.into_bytes();
    let headers = "; frameworks and proxies must pass on the Wechatpay-* headers unchanged";
    let mut tampered = changed(&|_| {});
    let len = tampered.body().len();
    tampered.body_mut()[len - 3] ^= 1;

    let cases: Vec<(Request<Vec<u8>>, u16, &str)> = vec![
        (
            unsigned,
            401,
            "the message has no signature; frameworks and proxies must pass on the Wechatpay-* headers",
        ),
        (
            without("wechatpay-nonce"),
            401,
            "header Wechatpay-Nonce is missing; frameworks and proxies must pass on",
        ),
        (header("wechatpay-nonce", ""), 401, headers),
        (
            rewritten,
            401,
            "; the body must be the bytes as they were received, not JSON that a framework or a proxy has",
        ),
        (consumed, 401, "; the body is empty: a handler or extractor that ran before may have consumed it"),
        (tampered, 401, "the signature does not match the key"),
        (header("wechatpay-timestamp", "1"), 401, "the signature time 1 is "),
        (header("wechatpay-serial", "PUB_KEY_ID_9"), 401, "add it with PlatformKeys::add_public_key"),
        (header("wechatpay-serial", "AB12"), 401, "Client::receive fetches it"),
        (header("wechatpay-serial", "AB12"), 401, "Client::notification sends DownloadCertificates"),
        (header("wechatpay-signature", "WECHATPAY/SIGNTEST/AAAA"), 401, "the message is a signature probe"),
        (
            changed(&|body| drop(body.as_object_mut().unwrap().remove("resource"))),
            400,
            "does not have the documented structure",
        ),
        // An empty id is not an id: the next callback without one would be a duplicate of it.
        (changed(&|body| body["id"] = "".into()), 400, "does not have the documented structure"),
        (changed(&|body| body["event_type"] = "".into()), 400, "does not have the documented structure"),
        (changed(&|body| body["resource"] = Value::Null), 400, "does not have the documented structure"),
        (changed(&|body| *body = json!([])), 400, "does not have the documented structure"),
        (platform.callback("", NOW), 400, "does not have the documented structure; the body is empty"),
        (platform.callback("{\"id\":", NOW), 400, "does not have the documented structure"),
        (set("nonce", "short".into()), 500, "a nonce that is not 12 bytes long"),
        (set("nonce", "".into()), 500, "a nonce that is not 12 bytes long"),
        (set("nonce", "代金券代".into()), 500, "could not be decrypted"),
        (set("nonce", "0123456789ax".into()), 500, "could not be decrypted"),
        (set("associated_data", "other".into()), 500, "could not be decrypted"),
        (set("algorithm", "AES_256_CBC".into()), 500, "not encrypted with AEAD_AES_256_GCM"),
        (set("ciphertext", "!".into()), 500, "not valid base64"),
        (set("ciphertext", "".into()), 500, "could not be decrypted"),
        (set("ciphertext", STANDARD.encode([7; 40]).into()), 500, "could not be decrypted"),
        (
            platform.callback(&envelope(&json!({"coupon_id": "1"}), "").to_string(), NOW),
            500,
            "the content of the callback EV-2018022511223320873 (17 bytes) does not have the documented structure",
        ),
    ];
    for (request, status, message) in cases {
        let error = read(&client, &request).unwrap_err();
        assert!(error.to_string().contains(message), "{message:?}: {error}");
        let reply = error.reply();
        assert_eq!(reply.status(), status, "{error}");
        let body: Value = serde_json::from_slice(reply.body()).unwrap();
        assert_eq!(body["code"], "FAIL");
        assert!(body["message"].is_string());
        assert_eq!(error.is_probe(), message.contains("probe"), "{error}");
    }
}

/// A response of our own driver has the right bytes by construction, so its error does not mention them.
#[test]
fn only_callbacks_mention_bodies_that_a_framework_has_rewritten() {
    let (client, platform, _) = pair(NOW);
    let mut response = platform.coupon_sent(NOW);
    *response.body_mut() = Bytes::from_static(b"{}");
    let error = client.response(&send_coupon(), &response, NOW).unwrap_err();
    let text = format!("{error:#}");
    assert!(text.contains("the signature does not match") && !text.contains("framework"), "{text}");
}

#[test]
fn a_stored_notification_is_read_back_whole_and_is_not_verified() {
    let (client, platform) = setup();
    let body = envelope(&used(), "coupon").to_string();
    let mut other = envelope(&json!({"out_trade_no": "1"}), "");
    other["event_type"] = "TRANSACTION.SUCCESS".into();
    for body in [body.clone(), other.to_string()] {
        let notification = read(&client, &platform.callback(&body, NOW - 7)).unwrap();
        assert!(notification.is_verified() && notification.clone().is_verified());
        let stored = serde_json::to_string(&notification).unwrap();
        let again: Notification<CouponUsed> = serde_json::from_str(&stored).unwrap();
        assert!(!again.is_verified() && !again.clone().is_verified());
        assert_eq!(again, notification);
        assert_eq!(again.resource(), notification.resource());
        assert_eq!(serde_json::to_string(&again).unwrap(), stored);
        // Whoever can write to the storage cannot make it verified.
        let mut forged: Value = serde_json::from_str(&stored).unwrap();
        forged["verified"] = true.into();
        assert!(!serde_json::from_value::<Notification<CouponUsed>>(forged).unwrap().is_verified());
        // It is still the same delivery.
        let guard = ReplayGuard::new(10);
        assert!(guard.is_new(&notification) && !guard.is_new(&again));
    }
    let stored = serde_json::to_value(read(&client, &platform.callback(&body, NOW - 7)).unwrap()).unwrap();
    assert_eq!(stored["event"]["known"]["coupon_id"], "98674556");
    assert_eq!(serde_json::from_str::<Value>(stored["resource"].as_str().unwrap()).unwrap(), used());
    assert_eq!((&stored["received_at"], &stored["signed_at"]), (&json!(NOW), &json!(NOW - 7)));
}

#[test]
fn a_notification_differs_by_content_and_delivery() {
    let (client, platform) = setup();
    let body = envelope(&used(), "coupon").to_string();
    let stored = serde_json::to_value(read(&client, &platform.callback(&body, NOW)).unwrap()).unwrap();
    let parse = |json: Value| serde_json::from_value::<Notification<CouponUsed>>(json).unwrap();
    for name in stored.as_object().unwrap().keys() {
        let mut changed = stored.clone();
        changed[name] = match name.as_str() {
            "create_time" => "2026-01-01T00:00:00+08:00".into(),
            "event" => "unknown".into(),
            "received_at" | "signed_at" => 1.into(),
            _ => "other".into(),
        };
        assert_ne!(parse(changed), parse(stored.clone()), "{name}");
    }
}

#[test]
fn the_error_of_undecodable_content_contains_the_content() {
    let (client, platform) = setup();
    let strange = json!({"coupon_id": 1});
    let error = read(&client, &platform.callback(&envelope(&strange, "").to_string(), NOW)).unwrap_err();
    let NotificationErrorKind::Resource { resource, .. } = error.kind() else { panic!("{error:?}") };
    assert_eq!(serde_json::from_slice::<Value>(resource).unwrap(), strange);
}

#[test]
fn errors_escape_and_shorten_the_callback_id() {
    let (client, platform) = setup();
    let mut envelope = envelope(&json!({"coupon_id": 1}), "");
    envelope["id"] = format!("EV\r\n\u{1b}[31m\u{61c}{}", "9".repeat(100_000)).into();
    let error = read(&client, &platform.callback(&envelope.to_string(), NOW)).unwrap_err();
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(
            shown.len() < 1000 && shown.contains(r"EV\r\n\u{1b}[31m\u{61c}999"),
            "{} {shown}",
            shown.len()
        );
    }
}

#[test]
fn callbacks_are_not_decrypted_without_the_right_api_v3_key() {
    let (client, platform, _) = pair(NOW);
    let request = platform.callback(&envelope(&used(), "coupon").to_string(), NOW);
    let error = read(&client, &request).unwrap_err();
    assert!(error.to_string().contains("with_api_v3_key"), "{error}");
    assert_eq!(error.reply().status(), StatusCode::INTERNAL_SERVER_ERROR);
    let other = client.with_api_v3_key(PROVIDERS[0], ApiV3Key::new([b'k'; 32]).unwrap());
    assert!(read(&other, &request).unwrap_err().to_string().contains("could not be decrypted"));
}

#[test]
fn the_provided_responses_are_as_documented() {
    assert_eq!((accepted().status(), accepted().body().len()), (StatusCode::NO_CONTENT, 0));
    let failure = refused("stored nowhere");
    assert_eq!(failure.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(failure.headers()["content-type"], "application/json");
    let body: Value = serde_json::from_slice(failure.body()).unwrap();
    assert_eq!(body, json!({"code": "FAIL", "message": "stored nowhere"}));
}

#[test]
fn replays_are_detected_and_retries_of_the_platform_are_not_replays() {
    let (client, platform) = setup();
    let body = envelope(&used(), "coupon").to_string();
    let at = |signed: u64, now: u64| -> Notification<CouponUsed> {
        client.notification(&platform.callback(&body, signed), now).unwrap()
    };
    let guard = ReplayGuard::new(2);
    assert!(guard.is_new(&at(NOW, NOW)));
    assert!(!guard.is_new(&at(NOW, NOW)));
    assert!(!guard.is_new(&at(NOW, NOW + 300)));
    // A retry of the platform has a new signature.
    assert!(guard.is_new(&at(NOW + 60, NOW + 60)));
    // The guard remembers the newest ones, up to its capacity.
    assert!(guard.is_new(&at(NOW + 61, NOW + 61)));
    assert!(!guard.is_new(&at(NOW + 61, NOW + 61)));
    assert!(!guard.is_new(&at(NOW + 60, NOW + 61)));
    assert!(guard.is_new(&at(NOW, NOW + 61)));
}
