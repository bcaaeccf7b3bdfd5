//! Authentication of requests, and signatures of responses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request};
use serde_json::json;

use crate::common::{Call, Client, FAVOR, FIELDS, NOW, Reply, Signer, assert_fields, credentials, terms};

fn create() -> Call {
    Call::new("POST", &format!("{FAVOR}/coupon-stocks"), terms("create-1").to_string())
}

/// Sends `call` with another `Authorization` header.
fn send_with_authorization(client: &Client, call: &Call, header: &str) -> Reply {
    let mut request = call.request();
    request.headers_mut().insert("authorization", HeaderValue::from_str(header).unwrap());
    client.raw(request)
}

/// Changes, signs and sends a request that lists the merchant's stocks.
fn list_with(client: &Client, change: impl FnOnce(&mut Call)) -> Reply {
    let mut call = Call::list_of_stocks();
    change(&mut call);
    client.raw(call.request())
}

#[track_caller]
fn assert_sign_error(reply: &Reply) {
    reply.assert_unsigned().assert_error(401, "SIGN_ERROR");
}

#[test]
fn authorization_fields_may_be_in_any_order() {
    let client = Client::new();
    for rotation in 0..FIELDS.len() {
        for separator in [",", ", ", " ,  ", ",\t"] {
            for reversed in [false, true] {
                let reply = list_with(&client, |call| {
                    call.order.rotate_left(rotation);
                    if reversed {
                        call.order.reverse();
                    }
                    call.separator = separator;
                });
                assert_eq!(reply.signer, Some(Signer::PublicKey), "{rotation} {separator:?} {reversed}");
                reply.ok();
            }
        }
    }
}

#[test]
fn a_missing_or_repeated_authorization_field_is_rejected() {
    let client = Client::new();
    for field in FIELDS {
        assert_sign_error(&list_with(&client, |call| call.order.retain(|name| *name != field)));
        assert_sign_error(&list_with(&client, |call| call.order.push(field)));
    }
}

#[test]
fn a_malformed_authorization_is_rejected() {
    let client = Client::new();
    let call = Call::list_of_stocks();
    let good = call.authorization();
    send_with_authorization(&client, &call, &good).ok();
    let (_, fields) = good.split_once(' ').unwrap();
    for bad in [
        "",
        "WECHATPAY2-SHA256-RSA2048",
        "WECHATPAY2-SHA256-RSA2048 ",
        fields,
        &format!("Bearer {fields}"),
        &format!("WECHATPAY2-SM2-WITH-SM3 {fields}"),
        &format!("WECHATPAY2-SHA256-RSA2048{fields}"),
        &format!("{good},"),
        &format!("{good},extra=\"1\""),
        &good.replace('"', ""),
        &good.replace('"', "'"),
        &good.replace("\",", "\";"),
        &good.replace("signature=\"", "signature=\"!"),
        &good.replace("timestamp=\"", "timestamp=\"x"),
        &good.replace("timestamp=\"", "timestamp=\"-"),
        &good.replace("timestamp=\"", "timestamp=\"+"),
    ] {
        let reply = send_with_authorization(&client, &call, bad);
        assert_sign_error(&reply);
        // Only what the sandbox adds.
        let members: Vec<&String> = reply.json["detail"].as_object().unwrap().keys().collect();
        assert_eq!(members, ["sandbox"], "{bad}");
        let other_scheme = bad.starts_with("Bearer") || bad.contains("SM2");
        assert_eq!(reply.json["message"].as_str().unwrap().contains("认证类型不正确"), other_scheme, "{bad}");
    }
    let twice = HeaderValue::from_str(&good).unwrap();
    let changes: [&dyn Fn(&mut HeaderMap); 3] = [
        &|headers| _ = headers.remove("authorization"),
        &|headers| _ = headers.append("authorization", twice.clone()),
        &|headers| _ = headers.insert("authorization", HeaderValue::from_bytes(b"\xff").unwrap()),
    ];
    for change in changes {
        let mut request = call.request();
        change(request.headers_mut());
        assert_sign_error(&client.raw(request));
    }
}

#[test]
fn a_timestamp_may_differ_by_300_seconds() {
    let client = Client::new();
    let at = |timestamp: u64| list_with(&client, |call| call.timestamp = timestamp.to_string());
    at(NOW - 300).ok();
    at(NOW + 300).ok();
    for timestamp in [NOW - 301, NOW + 301, 0, u64::MAX, NOW * 1000] {
        let reply = at(timestamp);
        assert_sign_error(&reply);
        assert!(reply.json["message"].as_str().unwrap().contains("timestamp"), "{reply:?}");
    }
}

/// Asserts that the signature does not match, and that the response shows the message that the platform verified.
#[track_caller]
fn assert_signature_mismatch(reply: &Reply, method: &str, target: &str, message: &[u8]) {
    assert_sign_error(reply);
    let detail = &reply.json["detail"];
    let expected =
        json!({ "field": "signature", "location": "authorization", "detail": { "issue": "sign not match" } });
    assert_fields(detail, expected);
    let seen = &detail["sign_information"];
    assert_fields(seen, json!({ "method": method, "url": target, "sign_message_length": message.len() }));
    // The head whole, then the first 8 bytes of the body and a newline.
    let lines: Vec<&[u8]> = message.splitn(5, |byte| *byte == b'\n').collect();
    let body = &lines[4][..lines[4].len() - 1];
    let shown = [&lines[..4].join(&b'\n'), &b"\n"[..], &body[..body.len().min(8)], b"\n"].concat();
    assert_eq!(seen["truncated_sign_message"], String::from_utf8(shown).unwrap());
}

#[test]
fn a_change_after_signing_is_rejected() {
    let client = Client::new();
    let signed = create();
    // Sends `sent` with the signature of `signed`.
    let send_with_signature = |sent: &Call| {
        let (theirs, ours) = (sent.authorization(), signed.authorization());
        let signature = |header: &str| header.split('"').nth(5).unwrap().to_owned();
        send_with_authorization(&client, sent, &theirs.replace(&signature(&theirs), &signature(&ours)))
    };
    let position = String::from_utf8_lossy(&signed.body).find("2500").unwrap();
    let changes: [fn(&mut Call, usize); 5] = [
        |call, position| call.body[position] = b'3',
        |call, _| call.body.push(b'\n'),
        |call, _| call.target.push_str("?a=1"),
        |call, _| call.timestamp = (NOW + 1).to_string(),
        |call, _| call.nonce.replace_range(0..1, "6"),
    ];
    for change in changes {
        let mut sent = signed.clone();
        change(&mut sent, position);
        assert_signature_mismatch(&send_with_signature(&sent), "POST", &sent.target, &sent.message());
    }
    // A well-formed but invalid signature.
    let header = signed.authorization();
    let signature = header.split('"').nth(5).unwrap();
    let zeros = STANDARD.encode([0; 256]);
    let reply = send_with_authorization(&client, &signed, &header.replace(signature, &zeros));
    assert_signature_mismatch(&reply, "POST", &signed.target, &signed.message());
    // No request was processed.
    assert_eq!(client.export()["stocks"], json!([]));
    send_with_signature(&signed).ok();
}

#[test]
fn the_method_is_signed() {
    let client = Client::new();
    let path = format!("{FAVOR}/users/o1/coupons");
    let (get, post) = (Call::new("GET", &path, ""), Call::new("POST", &path, ""));
    assert_signature_mismatch(
        &send_with_authorization(&client, &post, &get.authorization()),
        "POST",
        &path,
        &post.message(),
    );
}

#[test]
fn the_target_is_signed_as_it_was_sent() {
    let client = Client::new();
    // Encoding and order of the query do not matter, as long as the sent target is the signed one.
    for query in ["offset=0&limit=10", "limit=10&offset=0", "limit=1%30&offset=0", "limit=10&&offset=0&"] {
        let call = Call::new("GET", &format!("{FAVOR}/stocks?{query}&stock_creator_mchid=1"), "");
        client.raw(call.request()).ok();
    }
    let upper = Call::new("GET", &format!("{FAVOR}/users/a%2Fb/coupons?appid=x&creator_mchid=1"), "");
    let lower = Call::new("GET", &upper.target.replace("%2F", "%2f"), "");
    client.raw(upper.request()).ok();
    client.raw(lower.request()).ok();
    let reply = send_with_authorization(&client, &lower, &upper.authorization());
    assert_signature_mismatch(&reply, "GET", &lower.target, &lower.message());
}

#[test]
fn another_merchant_or_certificate_is_rejected() {
    let client = Client::new();
    assert_sign_error(&list_with(&client, |call| call.mchid = "1999999999".to_owned()));
    let other = if credentials().serial_no().ends_with('0') { "1" } else { "0" };
    assert_sign_error(&list_with(&client, |call| call.serial_no.replace_range(39..40, other)));
    // In decimal it is another number.
    assert_sign_error(&list_with(&client, |call| call.serial_no = "1".repeat(48)));
}

#[test]
fn the_serial_number_is_compared_as_a_number() {
    let client = Client::new();
    assert!(credentials().serial_no().starts_with('0'));
    let changes: [fn(&mut Call); 4] = [
        |call| call.serial_no.make_ascii_lowercase(),
        |call| _ = call.serial_no.remove(0),
        |call| call.serial_no.insert_str(0, "00"),
        |call| call.serial_no = call.serial_no.trim_start_matches('0').to_lowercase(),
    ];
    for change in changes {
        list_with(&client, change).ok();
    }
    let wrong: [fn(&mut Call); 4] = [
        |call| call.serial_no.push('0'),
        |call| call.serial_no.insert_str(0, "0x"),
        |call| call.serial_no.insert(0, ' '),
        |call| call.serial_no = "0".to_owned(),
    ];
    for change in wrong {
        assert_sign_error(&list_with(&client, change));
    }
}

#[test]
fn a_character_that_the_eighth_byte_cuts_is_not_shown() {
    let client = Client::new();
    for (body, shown) in [
        ("1234567券", "1234567"),
        ("12345券", "12345券"),
        ("123456券", "123456"),
        ("", ""),
        ("12345678", "12345678"),
        ("123456789", "12345678"),
    ] {
        let mut sent = Call::new("POST", &format!("{FAVOR}/users/o1/coupons"), body);
        let header = sent.authorization();
        sent.nonce.replace_range(0..1, "6");
        let header = header.replace("nonce_str=\"5", "nonce_str=\"6");
        let reply = send_with_authorization(&client, &sent, &header);
        let seen = &reply.json["detail"]["sign_information"];
        let text = seen["truncated_sign_message"].as_str().unwrap();
        assert_eq!(text.splitn(5, '\n').nth(4), Some(format!("{shown}\n").as_str()));
        assert_eq!(seen["sign_message_length"], sent.message().len());
    }
}

#[test]
fn accept_and_user_agent_are_checked_before_the_signature() {
    let client = Client::new();
    for name in ["user-agent", "accept"] {
        let mut request = Call::list_of_stocks().request();
        request.headers_mut().remove(name);
        client.raw(request.clone()).assert_unsigned().assert_error(400, "INVALID_REQUEST");
        request.headers_mut().remove("authorization");
        client.raw(request).assert_unsigned().assert_error(400, "INVALID_REQUEST");
    }
}

#[test]
fn unknown_paths_and_methods_get_empty_responses() {
    let client = Client::new();
    let empty = |method: &str, target: &str| {
        let reply = client.raw(Call::new(method, target, "").request());
        reply.assert_unsigned();
        assert!(reply.body.is_empty(), "{reply:?}");
        reply
    };
    let (unknown_action, not_utf8) =
        (format!("{FAVOR}/stocks/1/explode"), format!("{FAVOR}/users/%FF/coupons"));
    for target in ["/v3", "/v3/nothing", "/V3/certificates", "/v3/certificates/", &unknown_action, &not_utf8]
    {
        assert_eq!(empty("GET", target).status, 404, "{target}");
    }
    for (method, path, allowed) in [
        ("POST", "/v3/certificates", "GET"),
        ("HEAD", "/v3/certificates", "GET"),
        ("GET", &format!("{FAVOR}/coupon-stocks"), "POST"),
        ("POST", &format!("{FAVOR}/stocks"), "GET"),
        ("PATCH", &format!("{FAVOR}/stocks/1"), "GET"),
        ("GET", &format!("{FAVOR}/stocks/1/start"), "POST"),
        ("DELETE", &format!("{FAVOR}/users/o1/coupons"), "GET, POST"),
        ("POST", &format!("{FAVOR}/users/o1/coupons/1"), "GET"),
        ("POST", &format!("{FAVOR}/stocks/1/merchants"), "GET"),
        ("POST", &format!("{FAVOR}/stocks/1/items"), "GET"),
        ("DELETE", &format!("{FAVOR}/callbacks"), "GET, POST"),
        ("GET", &format!("{FAVOR}/media/image-upload"), "POST"),
        ("GET", &format!("{FAVOR}/platform-favor"), "POST"),
        ("POST", &format!("{FAVOR}/platform-favor/1"), "GET"),
        ("GET", "/v3/security/echo", "POST"),
        ("POST", "/v3/billdownload/file?token=1", "GET"),
        ("POST", "/mkt/storage/bill/download?bill_params=1", "GET"),
    ] {
        let reply = empty(method, path);
        assert_eq!((reply.status, reply.header("allow")), (405, allowed), "{method} {path}");
    }
    // Also for a request without headers.
    let request = Request::builder().uri("/v3/nothing").body(Bytes::new()).unwrap();
    assert_eq!(client.raw(request).assert_unsigned().status, 404);
}

#[test]
fn the_response_is_signed_with_the_requested_key() {
    let client = Client::new();
    let with = |serial: Option<&str>| {
        let reply = list_with(&client, |call| call.platform_serial = serial.map(str::to_owned));
        assert_eq!(reply.status, 200);
        reply.signer
    };
    assert_eq!(with(Some(credentials().public_key_id())), Some(Signer::PublicKey));
    assert_eq!(with(Some(credentials().platform_certificate_serial())), Some(Signer::Certificate));
    assert_eq!(with(Some("PUB_KEY_ID_1")), Some(Signer::Certificate));
    assert_eq!(with(None), Some(Signer::Certificate));
    assert_ne!(credentials().public_key_id(), credentials().platform_certificate_serial());
}

#[test]
fn an_error_after_authentication_is_signed() {
    let client = Client::new();
    for serial in [None, Some(credentials().public_key_id().to_owned())] {
        let signer = if serial.is_some() { Signer::PublicKey } else { Signer::Certificate };
        for (status, target) in
            [(400, format!("{FAVOR}/stocks")), (404, format!("{FAVOR}/stocks/1?stock_creator_mchid=1"))]
        {
            let mut call = Call::new("GET", &target, "");
            call.platform_serial.clone_from(&serial);
            let reply = client.raw(call.request());
            assert_eq!((reply.status, reply.signer), (status, Some(signer)));
        }
    }
}

#[test]
fn each_response_has_a_new_nonce_and_request_id() {
    let client = Client::new();
    let [one, two] = [(); 2].map(|()| client.raw(Call::list_of_stocks().request()));
    assert_eq!(one.body, two.body);
    for name in ["wechatpay-nonce", "request-id", "wechatpay-signature"] {
        assert_ne!(one.header(name), two.header(name));
    }
    assert_eq!(one.header("wechatpay-signature-type"), "WECHATPAY2-SHA256-RSA2048");
    assert_eq!(one.header("content-type"), "application/json; charset=utf-8");
}

#[test]
fn ids_in_the_path_are_decoded_once() {
    let client = Client::new();
    let mut expected = Vec::new();
    for (number, (encoded, decoded)) in [
        ("a%2Fb", "a/b"),
        ("%E4%BB%A3%E9%87%91%E5%88%B8", "代金券"),
        ("a%252Fb", "a%2Fb"),
        ("a+b", "a+b"),
        ("a%20b", "a b"),
        ("a%3Fb%23c", "a?b#c"),
        ("oUpF8-_~.", "oUpF8-_~."),
    ]
    .into_iter()
    .enumerate()
    {
        // One stock for each, so that no limit applies.
        let stock = client.create_and_start(&terms(&format!("create-{number}")));
        let coupon = client.send_ok(encoded, &stock, &format!("send-{number}"));
        assert_eq!(client.query_coupon(encoded, &coupon).ok()["coupon_id"], coupon);
        expected.push(decoded);
    }
    let coupons = client.export()["coupons"].take();
    let openids: Vec<_> = coupons.as_array().unwrap().iter().map(|coupon| &coupon["openid"]).collect();
    assert_eq!(openids, expected);
}

#[test]
fn an_empty_id_in_the_path_is_rejected() {
    let (client, stock) = Client::with_stock();
    for reply in [
        client.send("", &stock, "send-1"),
        client.query_stock(""),
        client.change_status("", "start"),
        client.get("/platform-favor/?stock_creator_mchid=1"),
    ] {
        assert_eq!(reply.assert_param_error()["location"], "uri_template");
    }
    assert_eq!(client.export()["coupons"], json!([]));
}
