//! Faults without sockets: their assignment to requests, and their effects.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use serde_json::{Value, json};
use wechatpay_sandbox::Wire;

use crate::common::{
    Call, Client, DAY, FAVOR, NOW, Reply, Signer, creator_query, credentials, send_body, signature_is_valid,
    with,
};

/// Returns a client with a running stock, and a request to send a coupon of it.
fn client_with_send_call() -> (Client, Call) {
    let (client, stock) = Client::with_stock();
    let call =
        Call::new("POST", &format!("{FAVOR}/users/o1/coupons"), send_body(&stock, "send-1").to_string());
    (client, call)
}

#[track_caller]
fn without_delay(wire: Wire) -> Response<Bytes> {
    match wire {
        Wire::Whole { response, delay: Duration::ZERO } => response,
        other => panic!("{other:?}"),
    }
}

fn delay(wire: Wire) -> Duration {
    let Wire::Whole { delay, .. } = wire else { panic!("{wire:?}") };
    delay
}

fn pending_faults(client: &Client) -> Value {
    client.control("GET", "/faults").ok()["faults"].take()
}

#[test]
fn every_operation_is_matched_by_its_name() {
    let client = Client::new();
    let table = [
        ("stock.create", "POST", "/v3/marketing/favor/coupon-stocks"),
        ("stock.start", "POST", "/v3/marketing/favor/stocks/1/start"),
        ("stock.pause", "POST", "/v3/marketing/favor/stocks/1/pause"),
        ("stock.restart", "POST", "/v3/marketing/favor/stocks/1/restart"),
        ("stock.stop", "POST", "/v3/marketing/favor/stocks/1/stop"),
        ("stock.query", "GET", "/v3/marketing/favor/stocks/1"),
        ("stock.list", "GET", "/v3/marketing/favor/stocks"),
        ("stock.merchants", "GET", "/v3/marketing/favor/stocks/1/merchants"),
        ("stock.items", "GET", "/v3/marketing/favor/stocks/1/items"),
        ("stock.modify_merchants", "POST", "/v3/marketing/favor/stocks/1/modify-merchants"),
        ("stock.modify_items", "POST", "/v3/marketing/favor/stocks/1/modify-goods-id"),
        ("stock.modify_budget", "POST", "/v3/marketing/favor/stocks/1/max-amount-modify"),
        ("stock.use_flow", "GET", "/v3/marketing/favor/stocks/1/use-flow"),
        ("stock.refund_flow", "GET", "/v3/marketing/favor/stocks/1/refund-flow"),
        ("stock.use_flow_by_day", "GET", "/v3/marketing/favor/stocks/1/use-flow-by-day?bill_date=2026-11-23"),
        ("stock.refund_flow_by_day", "GET", "/v3/marketing/favor/stocks/1/refund-flow-by-day"),
        ("flow.download", "GET", "/v3/billdownload/file?token=1"),
        ("flow.download", "GET", "/mkt/storage/bill/download?bill_params=1"),
        ("coupon.send", "POST", "/v3/marketing/favor/users/o%2F1/coupons"),
        ("coupon.list", "GET", "/v3/marketing/favor/users/o1/coupons"),
        ("coupon.query", "GET", "/v3/marketing/favor/users/o1/coupons/1?appid=wx1"),
        ("callback.set", "POST", "/v3/marketing/favor/callbacks"),
        ("callback.query", "GET", "/v3/marketing/favor/callbacks"),
        ("media.upload", "POST", "/v3/marketing/favor/media/image-upload"),
        ("platform_favor.create", "POST", "/v3/marketing/favor/platform-favor"),
        ("platform_favor.query", "GET", "/v3/marketing/favor/platform-favor/1"),
        ("certificates.download", "GET", "/v3/certificates"),
        ("security.echo", "POST", "/v3/security/echo"),
    ];
    let respond = |(_, method, target): (&str, &str, &str)| {
        let request = Request::builder().method(method).uri(target).body(Bytes::new()).unwrap();
        client.sandbox.respond(request, NOW)
    };
    for entry in table {
        client.add_fault(json!({ "operation": entry.0, "fault": "close_before" }));
        for other in table.iter().filter(|other| other.0 != entry.0) {
            without_delay(respond(*other));
        }
        assert!(matches!(respond(entry), Wire::Closed), "{entry:?}");
        without_delay(respond(entry));
    }
    let requests = client.state()["requests"].take();
    assert_eq!(requests["stock.use_flow"], 2 + 27);
    assert_eq!(requests.as_object().unwrap().len(), 27);
}

#[test]
fn faults_are_applied_in_order_one_per_request() {
    let (client, send) = client_with_send_call();
    let list = Call::new("GET", &format!("{FAVOR}/stocks?stock_creator_mchid=1"), "");
    client.add_fault(json!({ "fault": "close_before", "times": 2, "skip": 1 }));
    client.add_fault(json!({ "operation": "*", "fault": "delay", "milliseconds": 5, "times": 2 }));
    client.add_fault(json!({ "fault": "truncate" }));

    without_delay(client.respond(&send));
    assert_eq!(pending_faults(&client)[0]["skip"], 0);
    assert!(matches!(client.respond(&send), Wire::Closed));
    assert_eq!(
        pending_faults(&client),
        json!([
            { "id": 1, "operation": "coupon.send", "fault": "close_before", "times": 1, "skip": 0 },
            { "id": 2, "operation": "*", "fault": "delay", "milliseconds": 5, "times": 2, "skip": 0 },
            { "id": 3, "operation": "coupon.send", "fault": "truncate", "times": 1, "skip": 0 },
        ])
    );
    assert_eq!(client.export()["faults"], pending_faults(&client));
    // Faults of other operations do not affect this one.
    assert_eq!(delay(client.respond(&list)), Duration::from_millis(5));
    assert!(matches!(client.respond(&send), Wire::Closed));
    assert_eq!(pending_faults(&client)[0]["times"], 1);
    assert_eq!(delay(client.respond(&send)), Duration::from_millis(5));
    without_delay(client.respond(&list));
    assert!(matches!(client.respond(&send), Wire::Cut { .. }));
    without_delay(client.respond(&send));
    assert_eq!(pending_faults(&client), json!([]));
    assert_eq!(client.state()["requests"]["coupon.send"], 6);
    assert_eq!(client.count("coupons"), 1);
}

#[test]
fn faults_apply_to_operations_only_and_not_in_handle() {
    let (client, send) = client_with_send_call();
    client.add_fault(json!({ "operation": "*", "fault": "close_before" }));
    assert_eq!(client.raw(send.request()).status, 200);
    for target in ["/_sandbox/state", "/nothing", "/v3/marketing/favor/callbacks/1"] {
        let request = Request::get(target).body(Bytes::new()).unwrap();
        without_delay(client.sandbox.respond(request, NOW));
    }
    assert_eq!(pending_faults(&client).as_array().unwrap().len(), 1);
    assert!(matches!(client.respond(&send), Wire::Closed));
}

#[test]
fn faults_can_be_removed() {
    let (client, send) = client_with_send_call();
    for fault in ["close_before", "truncate"] {
        client.add_fault(json!({ "fault": fault }));
    }
    assert_eq!(client.control("DELETE", "/faults").ok(), json!({ "faults": [] }));
    assert_eq!(pending_faults(&client), json!([]));
    without_delay(client.respond(&send));
}

#[test]
fn a_fault_can_be_read_and_removed_by_its_id() {
    let (client, send) = client_with_send_call();
    let add = |fault: &str| {
        let added =
            client.control_post("/faults", json!({ "operation": "coupon.send", "fault": fault })).ok();
        added["id"].clone()
    };
    let [first, second, third] = ["close_before", "truncate", "close_before"].map(add);
    let expected =
        json!({ "id": second, "operation": "coupon.send", "fault": "truncate", "skip": 0, "times": 1 });
    assert_eq!(client.control("GET", &format!("/faults/{second}")).ok(), expected);
    let left = client.control("DELETE", &format!("/faults/{first}")).ok();
    assert_eq!([&left["faults"][0]["id"], &left["faults"][1]["id"]], [&second, &third]);
    assert!(matches!(client.respond(&send), Wire::Cut { .. }));
    // It is used up.
    for method in ["GET", "DELETE"] {
        client.control(method, &format!("/faults/{second}")).assert_error(404, "RESOURCE_NOT_EXISTS");
        client.control(method, "/faults/x").assert_error(404, "RESOURCE_NOT_EXISTS");
    }
    client.control("DELETE", "/faults").ok();
    // An id is never used again.
    assert!(![first, second, third].contains(&add("delay")));
}

#[test]
fn the_number_of_pending_faults_is_limited() {
    let client = Client::new();
    let fault = json!({ "operation": "coupon.send", "fault": "delay" });
    for _ in 0..1000 {
        client.control_post("/faults", fault.clone()).ok();
    }
    client.control_post("/faults", fault.clone()).assert_error(409, "INVALID_REQUEST");
    client.control("DELETE", "/faults/7").ok();
    client.control_post("/faults", fault).ok();
}

#[test]
fn numbers_as_text_changes_numbers_and_signs_again() {
    let (client, stock, _) = Client::with_coupon();
    let paths = [
        (format!("/stocks/{stock}/items?{}&offset=0&limit=10", creator_query()), "stock.items"),
        (format!("/stocks/{stock}/merchants?{}&offset=0&limit=10", creator_query()), "stock.merchants"),
        (format!("/stocks/{stock}?{}", creator_query()), "stock.query"),
    ];
    for (path, operation) in paths {
        let call = Call::new("GET", &format!("{FAVOR}{path}"), "");
        client.add_fault(json!({ "operation": operation, "fault": "numbers_as_text" }));
        let changed = Reply::check(without_delay(client.respond(&call)));
        assert_eq!(changed.signer, Some(Signer::PublicKey));
        let plain = Reply::check(without_delay(client.respond(&call))).ok();
        let text = |number: &Value| Value::from(number.as_u64().unwrap().to_string());
        let mut expected = plain.clone();
        for pointer in
            ["/total_count", "/offset", "/limit", "/distributed_coupons", "/stock_use_rule/max_coupons"]
        {
            if let Some(number) = plain.pointer(pointer) {
                *expected.pointer_mut(pointer).unwrap() = text(number);
            }
        }
        if operation == "stock.query" {
            for name in ["max_amount", "max_amount_by_day", "max_coupons_per_user"] {
                expected["stock_use_rule"][name] = text(&plain["stock_use_rule"][name]);
            }
            let amounts = &plain["stock_use_rule"]["fixed_normal_coupon"];
            for name in ["coupon_amount", "transaction_minimum"] {
                expected["stock_use_rule"]["fixed_normal_coupon"][name] = text(&amounts[name]);
            }
        }
        assert_ne!(expected, plain);
        assert_eq!(changed.ok(), expected, "{operation}");
    }
}

#[test]
fn text_plain_changes_the_content_type_only() {
    let (client, send) = client_with_send_call();
    client.add_fault(json!({ "operation": "*", "fault": "text_plain" }));
    let changed = Reply::check(without_delay(client.respond(&send)));
    let plain = Reply::check(without_delay(client.respond(&send)));
    assert_eq!((changed.header("content-type"), changed.signer), ("text/plain", Some(Signer::PublicKey)));
    assert_eq!(plain.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(changed.ok(), plain.ok());
}

#[test]
fn an_invalid_fault_is_rejected_with_its_field() {
    let client = Client::new();
    let body = json!({ "operation": "coupon.send", "fault": "delay" });
    let with = |field: &str, value: Value| with(body.clone(), &format!("/{field}"), value);
    for (body, field, message) in [
        (
            json!({ "operation": "coupon.send", "fault": "delay", "a/b~": 1 }),
            "/a~1b~0",
            "not a parameter of delay",
        ),
        (json!({ "fault": "delay" }), "/operation", "must be a string, but it is missing."),
        (json!({ "operation": "coupon.send" }), "/fault", "must be a string"),
        (with("operation", "coupon.sent".into()), "/operation", "coupon.send"),
        (with("operation", 1.into()), "/operation", "must be a string"),
        (with("fault", "slow".into()), "/fault", "never_answers"),
        (with("times", 0.into()), "/times", "The member /times must be an integer from 1, but it is 0."),
        (with("times", "2".into()), "/times", "must be an integer"),
        (with("skip", (-1).into()), "/skip", "must be an integer"),
        (with("milliseconds", 1.5.into()), "/milliseconds", "must be an integer"),
        (with("milisecond", 1.into()), "/milisecond", "not a parameter of delay"),
        (with("acted", true.into()), "/acted", "not a parameter of delay"),
        (json!({ "operation": "*", "fault": "bad_gateway", "acted": 1 }), "/acted", "true or false"),
        (json!({ "operation": "*", "fault": "redirect", "location": "\n" }), "/location", "header"),
        (json!([]), "", "JSON"),
    ] {
        let reply = client.control_post("/faults", body.clone());
        assert_eq!(reply.assert_param_error()["field"], field, "{body}");
        assert!(reply.json["message"].as_str().unwrap().contains(message), "{reply:?}");
    }
    client.control("POST", "/faults").assert_param_error();
    assert_eq!(
        client.control("PUT", "/faults").assert_error(405, "METHOD_NOT_ALLOWED").header("allow"),
        "DELETE, GET, HEAD, POST"
    );
    assert_eq!(pending_faults(&client), json!([]));
}

#[test]
fn acted_selects_whether_the_request_is_processed() {
    let named = |names: &'static str| names.split(' ').map(|name| json!({ "fault": name }));
    let mut table = Vec::new();
    for (names, default) in
        [("never_answers redirect", true), ("accepted system_error forbidden bad_gateway unavailable", false)]
    {
        for mut fault in named(names) {
            table.push((fault.clone(), default));
            fault["acted"] = (!default).into();
            table.push((fault, !default));
        }
    }
    let always = "delay close_after truncate wrong_length oversized drip wrong_signature unsigned unknown_serial \
                  signature_probe stale_timestamp text_plain numbers_as_text";
    table.extend(named(always).map(|fault| (fault, true)));
    table.extend(named("close_before rate_limited").map(|fault| (fault, false)));
    for (fault, acted) in table {
        let (client, send) = client_with_send_call();
        client.add_fault(fault.clone());
        client.respond(&send);
        assert_eq!(client.count("coupons"), usize::from(acted), "{fault}");
        // The retry does not send a second coupon.
        without_delay(client.respond(&send));
        assert_eq!(client.count("coupons"), 1, "{fault}");
    }
}

#[test]
fn platform_errors_are_signed_and_as_documented() {
    let (client, send) = client_with_send_call();
    let reply = |fault: Value| {
        client.add_fault(fault);
        let reply = Reply::check(without_delay(client.respond(&send)));
        assert_eq!(reply.signer, Some(Signer::PublicKey));
        reply
    };
    let limited = reply(json!({ "fault": "rate_limited", "retry_after": 7 }));
    assert_eq!(limited.header("retry-after"), "7");
    // The documented internal code of this error.
    limited.assert_error(429, "FREQUENCY_LIMIT_EXCEED").assert_internal_code("268461336");
    assert_eq!(reply(json!({ "fault": "rate_limited" })).header("retry-after"), "1");
    reply(json!({ "fault": "system_error" })).assert_error(500, "SYSTEM_ERROR");
    reply(json!({ "fault": "unavailable" })).assert_error(503, "SERVICE_UNAVAILABLE");
    let accepted = reply(json!({ "fault": "accepted" }));
    assert_eq!((accepted.status, accepted.body), (202, Bytes::new()));
}

#[test]
fn responses_of_proxies_are_unsigned() {
    let (client, send) = client_with_send_call();
    for (fault, status) in [("forbidden", 403), ("bad_gateway", 502)] {
        client.add_fault(json!({ "operation": "*", "fault": fault }));
        let page = without_delay(client.respond(&send));
        assert_eq!(page.status(), status);
        assert_eq!(page.headers()["content-type"], "text/html");
        assert_eq!(page.headers().len(), 1, "no signature, no Request-ID");
        assert!(page.body().starts_with(b"<html>") && page.body().ends_with(b"</html>\r\n"));
    }

    client.add_fault(json!({ "operation": "*", "fault": "redirect" }));
    client
        .add_fault(json!({ "operation": "*", "fault": "redirect", "location": "https://example.com/?a=b" }));
    for location in ["/_sandbox/redirected", "https://example.com/?a=b"] {
        let reply = Reply::check(without_delay(client.respond(&send)));
        assert_eq!((reply.assert_unsigned().status, reply.header("location")), (302, location));
    }
}

/// Sends a request with a fault of the signature. Asserts that the body is correct, and returns the headers.
#[track_caller]
fn headers_with_fault(client: &Client, send: &Call, fault: Value) -> HeaderMap {
    client.add_fault(fault);
    let (parts, body) = without_delay(client.respond(send)).into_parts();
    assert_eq!(parts.status, 200);
    let response: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(response["coupon_id"], client.export()["coupons"][0]["coupon_id"]);
    // A retry without a fault, to compare the bodies.
    assert_eq!(body, without_delay(client.respond(send)).into_body());
    parts.headers
}

#[test]
fn signature_faults_change_only_the_signature_headers() {
    let (client, mut send) = client_with_send_call();
    let body = without_delay(client.respond(&send)).into_body();
    for (serial, pem) in [
        (credentials().public_key_id(), credentials().public_key_pem()),
        (credentials().platform_certificate_serial(), credentials().platform_certificate_pem()),
    ] {
        send.platform_serial = Some(serial.to_owned());
        let fault =
            |name: &str| headers_with_fault(&client, &send, json!({ "operation": "*", "fault": name }));

        let headers = fault("wrong_signature");
        assert!(!signature_is_valid(&headers, &body, pem));
        assert_eq!(STANDARD.decode(&headers["wechatpay-signature"]).unwrap().len(), 256);
        assert_eq!(headers["wechatpay-serial"], serial);
        assert_eq!(headers["wechatpay-timestamp"], NOW.to_string());

        let headers = fault("unsigned");
        assert!(headers.keys().all(|name| !name.as_str().starts_with("wechatpay-")), "{headers:?}");
        assert!(headers.contains_key("request-id"));

        let headers = fault("unknown_serial");
        assert!(signature_is_valid(&headers, &body, pem));
        let named = headers["wechatpay-serial"].to_str().unwrap();
        assert!(named.len() == 40 && named.bytes().all(|b| b.is_ascii_hexdigit()));
        let known = client.state()["platform_keys"].to_string();
        assert!(!known.contains(named));

        let headers = fault("signature_probe");
        assert!(!signature_is_valid(&headers, &body, pem));
        let signature = headers["wechatpay-signature"].to_str().unwrap();
        assert!(signature.starts_with("WECHATPAY/SIGNTEST/"));
        assert_eq!(STANDARD.decode(signature).unwrap().len(), 256);

        let stale = json!({ "operation": "*", "fault": "stale_timestamp", "seconds": 301 });
        for (headers, age) in
            [(fault("stale_timestamp"), 600), (headers_with_fault(&client, &send, stale), 301)]
        {
            assert!(signature_is_valid(&headers, &body, pem));
            assert_eq!(headers["wechatpay-timestamp"], (NOW - age).to_string());
            assert_eq!(headers["wechatpay-serial"], serial);
        }
    }
}

#[test]
fn body_faults_change_the_body() {
    let (client, send) = client_with_send_call();
    let real = without_delay(client.respond(&send)).into_body();
    for fault in ["truncate", "wrong_length", "oversized", "drip"] {
        client.add_fault(json!({ "operation": "*", "fault": fault }));
    }
    client.add_fault(json!({ "operation": "*", "fault": "oversized", "bytes": 5 }));
    client.add_fault(json!({ "operation": "*", "fault": "drip", "milliseconds": 20 }));

    let Wire::Cut { response, content_length } = client.respond(&send) else { panic!() };
    assert_eq!((response.body(), content_length), (&real.slice(..real.len() / 2), real.len() as u64));
    let Wire::Cut { response, content_length } = client.respond(&send) else { panic!() };
    assert_eq!((response.body(), content_length), (&real, real.len() as u64 + 1));
    assert_eq!(Reply::check(response).signer, Some(Signer::PublicKey));
    let Wire::Generated { response, bytes } = client.respond(&send) else { panic!() };
    assert_eq!((response.status().as_u16(), bytes), (200, 314_572_800));
    let Wire::Dripped { response, pause } = client.respond(&send) else { panic!() };
    assert_eq!((response.body(), pause), (&real, Duration::from_secs(1)));
    let Wire::Generated { bytes: 5, .. } = client.respond(&send) else { panic!() };
    let Wire::Dripped { pause, .. } = client.respond(&send) else { panic!() };
    assert_eq!(pause, Duration::from_millis(20));
}

#[test]
fn flow_files_have_body_faults_but_no_signature_faults() {
    let (client, stock, coupon) = Client::with_coupon();
    client.redeem(&coupon).ok();
    client.advance(10 * DAY);
    let link = client.get(&format!("/stocks/{stock}/use-flow")).ok();
    let target = link["url"].as_str().unwrap().strip_prefix("https://api.mch.weixin.qq.com").unwrap();
    let download = Call::new("GET", target, "");
    let file = without_delay(client.respond(&download)).into_body();
    assert!(file.ends_with("总条数\r\n`1\r\n".as_bytes()));
    for fault in ["wrong_signature", "unsigned", "unknown_serial", "signature_probe", "stale_timestamp"] {
        client.add_fault(json!({ "operation": "flow.download", "fault": fault }));
        let reply = Reply::check(without_delay(client.respond(&download)));
        assert_eq!((reply.assert_unsigned().status, &reply.body), (200, &file), "{fault}");
    }
    client.add_fault(json!({ "operation": "flow.download", "fault": "truncate" }));
    let Wire::Cut { response, content_length } = client.respond(&download) else { panic!() };
    assert_eq!((response.body(), content_length), (&file.slice(..file.len() / 2), file.len() as u64));
}
