//! Verification: which responses are rejected, and with which error.

use wechatpay_conformance::bare::Post;

use crate::*;

#[test]
fn the_official_response_example_verifies() {
    let vector = &vectors()["response"];
    let text = |name: &str| vector[name].as_str().unwrap().to_owned();
    for provider in PROVIDERS {
        let merchant = Merchant::from_pem(provider, MCHID.into(), SERIAL_NO, PRIVATE_KEY).unwrap();
        let keys = trusting_public_key(provider, PUBLIC_KEY_ID, RESPONSE_KEY);
        let client = Client::new(merchant, keys).unwrap();
        let native = Post::new("/v3/pay/transactions/native");
        let response = |body: String| {
            Response::builder()
                .header("Wechatpay-Timestamp", text("timestamp"))
                .header("Wechatpay-Nonce", text("nonce"))
                .header("Wechatpay-Serial", PUBLIC_KEY_ID)
                .header("Wechatpay-Signature", text("signature"))
                .body(Bytes::from(body))
                .unwrap()
        };
        let now = text("timestamp").parse().unwrap();
        let answer = client.response(&native, &response(text("body")), now).unwrap();
        assert_eq!(answer.value, text("body").as_bytes());
        assert!(client.response(&native, &response(text("body") + " "), now).is_err());
    }
}

#[test]
fn the_official_aes_vector_decrypts() {
    let vector = &vectors()["aes_256_gcm"];
    let text = |name: &str| vector[name].as_str().unwrap().to_owned();
    let key = ApiV3Key::new(text("key")).unwrap();
    let nonce: [u8; 12] = text("nonce").as_bytes().try_into().unwrap();
    let ciphertext = STANDARD.decode(text("ciphertext_b64")).unwrap();
    for provider in PROVIDERS {
        let (aad, plaintext) = (text("aad"), text("plaintext"));
        let opened = provider.aead.open(key.as_bytes(), &nonce, aad.as_bytes(), &ciphertext).unwrap();
        assert_eq!(opened, plaintext.as_bytes());
        let sealed = provider.aead.seal(key.as_bytes(), &nonce, aad.as_bytes(), plaintext.as_bytes());
        assert_eq!(sealed.unwrap(), ciphertext);
        assert!(provider.aead.open(key.as_bytes(), &nonce, b"", &ciphertext).is_err());
        assert!(provider.aead.open(key.as_bytes(), &nonce, aad.as_bytes(), b"short").is_err());
    }
}

#[test]
fn each_verification_failure_has_its_own_error() {
    use VerifyErrorKind as Kind;
    let (client, platform, _) = pair(NOW);
    let response = platform.coupon_sent(NOW);
    let read = |response: &Response<Bytes>| read_response::<SendCoupon>(&client, response, NOW);
    assert_eq!(read(&response).unwrap().coupon_id.as_str(), "98674556");

    let set = |name: &'static str, value: &str| {
        verify_error_kind(read(&with_header(response.clone(), name, value)))
    };
    let changed = |change: fn(&mut Response<Bytes>)| {
        let mut response = response.clone();
        change(&mut response);
        verify_error_kind(read(&response))
    };
    let malformed = |header: &'static str, value: &str| {
        let kind = set(header, value);
        assert!(matches!(kind, Kind::MalformedHeader { name, .. } if name == header), "{kind:?}");
    };
    let serial = || PUBLIC_KEY_ID.to_owned();
    assert_eq!(changed(|response| response.headers_mut().clear()), Kind::Unsigned);
    malformed("Wechatpay-Signature", "!");
    malformed("Wechatpay-Nonce", &"n".repeat(129));
    malformed("Wechatpay-Timestamp", "+1554208460");
    malformed("Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3");
    let unknown = set("wechatpay-serial", "PUB_KEY_ID_2");
    assert_eq!(unknown, Kind::UnknownSerial { serial: "PUB_KEY_ID_2".to_owned(), known: vec![serial()] });
    let tampered = changed(|response| *response.body_mut() = COUPON_SENT.replace('6', "7").into());
    assert_eq!(tampered, Kind::WrongSignature { serial: serial() });
    let other_time = set("wechatpay-timestamp", &(NOW + 1).to_string());
    assert_eq!(other_time, Kind::WrongSignature { serial: serial() });
    // The second one is not base64.
    for probe in ["WECHATPAY/SIGNTEST/AAAA", "WECHATPAY/SIGNTEST/!"] {
        assert_eq!(set("wechatpay-signature", probe), Kind::Probe { serial: serial() });
    }
    // All headers except the last one, the signature type, which is optional.
    for (name, _) in platform.headers(COUPON_SENT, NOW).into_iter().take(4) {
        let mut response = response.clone();
        response.headers_mut().remove(name);
        assert_eq!(verify_error_kind(read(&response)), Kind::MissingHeader { name });
    }
}

#[test]
fn duplicate_signature_headers_are_rejected() {
    let (client, platform, _) = pair(NOW);
    for (name, value) in platform.headers(COUPON_SENT, NOW) {
        // The same value again, another value, and both values in one line.
        for again in [value.as_str(), "1"] {
            let mut response = platform.coupon_sent(NOW);
            response.headers_mut().append(name, HeaderValue::from_str(again).unwrap());
            let kind = verify_error_kind(read_response::<SendCoupon>(&client, &response, NOW));
            assert_eq!(kind, VerifyErrorKind::DuplicateHeader { name });
        }
        for joined in [format!("{value}, {value}"), format!("{value},1")] {
            let response = with_header(platform.coupon_sent(NOW), name, &joined);
            verify_error_kind(read_response::<SendCoupon>(&client, &response, NOW));
        }
    }
}

/// The protocol signs the time, nonce and body of a response, and nothing of the request. An attacker who can inject
/// recorded responses into the connection could pass off the response to one request as the response to another.
/// `docs/threats.md` describes this limit.
#[test]
fn a_signature_does_not_bind_a_response_to_its_request() {
    let (client, platform, _) = pair(NOW);
    let coupon = r#"{"coupon_id":"7","stock_id":"2","stock_creator_mchid":"3","status":"SENDED"}"#;
    let recorded = platform.signed_response(200, coupon, NOW - 300);
    let query =
        |coupon_id: &str| QueryCoupon::new(User { openid: "o".into(), appid: "wx".into() }, coupon_id.into());
    client.response(&query("7"), &recorded, NOW).unwrap();
    assert!(matches!(client.response(&query("8"), &recorded, NOW), Err(Error::Mismatch(_))));
    // The response to a SendCoupon repeats nothing of it.
    assert_eq!(read_response::<SendCoupon>(&client, &recorded, NOW).unwrap().coupon_id.as_str(), "7");
    // This works only within the time window, and only if the response has all required fields.
    assert!(read_response::<SendCoupon>(&client, &recorded, NOW + 1).is_err());
    assert!(read_response::<QueryStock>(&client, &platform.coupon_sent(NOW), NOW).is_err());
}

#[test]
fn a_response_to_another_request_is_an_error_that_names_the_field() {
    let (client, platform, _) = pair(NOW);
    let body = r#"{"start_time":"2015-05-20T13:29:35+08:00","stock_id":"2"}"#;
    let response = platform.signed_response(200, body, NOW);
    let error = client.response(&StartStock::new("1".into(), "3".into()), &response, NOW).unwrap_err();
    assert_eq!((error.outcome(), error.request_id()), (Outcome::Unknown, Some("0800A1B2-0")));
    assert_eq!(
        format!("{error:#}"),
        "the response belongs to another request: the response's stock_id is not that of the request (HTTP 200, \
         request id 0800A1B2-0)"
    );
    let Error::Mismatch(mismatch) = &error else { panic!("{error:?}") };
    assert_eq!((mismatch.field(), mismatch.http_status().as_u16()), ("stock_id", 200));
    assert_eq!((mismatch.request_id(), mismatch.body()), (error.request_id(), response.body()));
    // An error response is reported as such.
    let refused = platform.signed_response(400, body, NOW);
    let refused = client.response(&StartStock::new("1".into(), "3".into()), &refused, NOW).unwrap_err();
    assert!(refused.api().is_some(), "{refused:?}");
}

/// An operation whose response may be unsigned.
#[derive(Clone, serde::Serialize)]
struct Unsigned;

impl Operation for Unsigned {
    const NAME: &'static str = "unsigned";
    const METHOD: http::Method = http::Method::GET;
    const PATH: &'static str = "/";
    const IDEMPOTENT: bool = true;
    const RESPONSE_SIGNATURE: ResponseSignature = ResponseSignature::WhenPresent;
    type Response = Value;

    fn answers(&self, response: &Value) -> Result<(), &'static str> {
        if response["id"] == "1" { Ok(()) } else { Err("id") }
    }
}

#[test]
fn an_unsigned_response_must_belong_to_its_request_too() {
    let (client, ..) = pair(NOW);
    assert!(!client.response(&Unsigned, &unsigned(200, r#"{"id":"1"}"#), NOW).unwrap().is_verified());
    let error = client.response(&Unsigned, &unsigned(200, r#"{"id":"2"}"#), NOW).unwrap_err();
    assert!(matches!(&error, Error::Mismatch(error) if error.field() == "id"), "{error:?}");
}

/// What a response does not have contradicts nothing, and a URL may be spelled in another way.
#[test]
fn a_response_that_repeats_less_or_spells_it_otherwise_is_accepted() {
    let (client, platform, _) = pair(NOW);
    let read = |body: &str| platform.signed_response(200, body, NOW);
    let query = QueryStock::new("1".into(), "2".into());
    let without = read(r#"{"stock_id":"1","stock_creator_mchid":"","status":"running"}"#);
    client.response(&query, &without, NOW).unwrap();
    let set = SetCallback::new("1".into(), "https://Pay.example.com");
    for url in ["https://pay.example.com/", "HTTPS://pay.example.com:443", "pay.example.com"] {
        let body = format!(r#"{{"update_time":"2015-05-20T13:29:35+08:00","notify_url":"{url}"}}"#);
        client.response(&set, &read(&body), NOW).unwrap();
    }
    client.response(&set, &read(r#"{"update_time":"2015-05-20T13:29:35+08:00"}"#), NOW).unwrap();
    let budget = ModifyStockBudget::new(
        "1".into(),
        "2".into(),
        BudgetChange { current: Fen::new(5000), target: Fen::new(6000) },
    );
    client.response(&budget, &read(r#"{"max_amount":"6000","stock_id":"1"}"#), NOW).unwrap();
    // With an available merchant, the platform ignores the stock.
    let list = ListCouponsByFilter::by_available_merchant(
        User { openid: "o".into(), appid: "wx".into() },
        "3".into(),
    );
    let coupons = r#"{"total_count":1,"limit":20,"offset":0,"data":[
        {"coupon_id":"7","stock_id":"2","stock_creator_mchid":"3","status":"SENDED"}]}"#;
    client.response(&list.stock_id("1".into()), &read(coupons), NOW).unwrap();
}

#[test]
fn clocks_may_differ_by_up_to_300_seconds() {
    let (client, platform, _) = pair(NOW);
    let response = platform.coupon_sent(NOW);
    for now in [NOW - 300, NOW, NOW + 300] {
        assert!(read_response::<SendCoupon>(&client, &response, now).is_ok());
    }
    for now in [0, NOW - 301, NOW + 301, u64::MAX] {
        let kind = verify_error_kind(read_response::<SendCoupon>(&client, &response, now));
        assert_eq!(kind, VerifyErrorKind::Clock { timestamp: NOW, now });
    }
}

#[test]
fn errors_tell_whether_they_were_signed() {
    let (client, platform, _) = pair(NOW);
    let body = r#"{"code":"RULE_LIMIT","message":"已达上限"}"#;
    let signed =
        read_response::<SendCoupon>(&client, &platform.signed_response(403, body, NOW), NOW).unwrap_err();
    let api = signed.api().unwrap();
    assert!(api.is_verified());
    assert_eq!((api.code(), signed.outcome()), (Some(&ErrorCode::RuleLimit), Outcome::Rejected));

    let unsigned = read_response::<SendCoupon>(&client, &unsigned(403, body), NOW).unwrap_err();
    assert!(!unsigned.api().unwrap().is_verified());
    assert!(unsigned.api().unwrap().to_string().contains("unverified"));
    assert_eq!(unsigned.outcome(), Outcome::Unknown);

    let mut response = platform.signed_response(403, body, NOW);
    *response.body_mut() = body.replace("RULE", "NO").into();
    let changed = read_response::<SendCoupon>(&client, &response, NOW).unwrap_err();
    assert_eq!((changed.code().unwrap().as_str(), changed.outcome()), ("NO_LIMIT", Outcome::Unknown));
    assert!(matches!(verify_error_kind(Err::<(), _>(changed)), VerifyErrorKind::WrongSignature { .. }));
}

/// Whatever is wrong with the signature of an error: what it says is kept, with the reason, and proves nothing.
#[test]
fn an_error_that_cannot_be_verified_is_shown_with_the_reason() {
    let (client, platform, _) = pair(NOW);
    let body = r#"{"code":"RULE_LIMIT","message":"已达上限"}"#;
    let signed = platform.signed_response(403, body, NOW);
    let cases = [
        (unsigned(403, body), "the message has no signature"),
        (with_header(signed.clone(), "wechatpay-serial", "0A"), "signed with the unknown key \"0A\""),
        (with_header(signed.clone(), "wechatpay-signature", "AAAA"), "the signature does not match the key"),
        (with_header(signed.clone(), "wechatpay-signature", "WECHATPAY/SIGNTEST/AAAA"), "a signature probe"),
        (with_header(signed.clone(), "wechatpay-timestamp", "1"), "the signature time 1 is"),
        (with_header(signed, "wechatpay-nonce", ""), "the signature header Wechatpay-Nonce is empty"),
    ];
    for (response, reason) in cases {
        let error = read_response::<SendCoupon>(&client, &response, NOW).unwrap_err();
        assert_eq!((error.http_status().unwrap().as_u16(), error.outcome()), (403, Outcome::Unknown));
        assert_eq!(
            (error.code(), error.api().unwrap().message()),
            (Some(&ErrorCode::RuleLimit), Some("已达上限"))
        );
        assert_eq!(error.api().unwrap().body(), body);
        // It would be final if it were verified.
        assert_ne!(error.advice(), wechatpay_core::error::Advice::Change);
        let text = format!("{error:#}");
        assert!(
            text.starts_with("the response is an unverified error: RULE_LIMIT: 已达上限 (HTTP 403"),
            "{text}"
        );
        assert!(text.contains("unverified because ") && text.contains(reason), "{text}");
    }
}

/// A flow link may be unsigned, so whatever a proxy sends in its place is no proof of anything.
#[test]
fn an_unsigned_response_that_cannot_be_decoded_is_unknown() {
    let (client, platform, _) = pair(NOW);
    let outcome = |response: Response<Bytes>| {
        let error = read_response::<UseFlow>(&client, &response, NOW).unwrap_err();
        let Error::Decode(decode) = &error else { panic!("{error:?}") };
        (decode.is_verified(), error.outcome(), error.to_string() + ": " + &decode.to_string())
    };
    let (verified, unknown, text) = outcome(unsigned(200, "<html>"));
    assert_eq!((verified, unknown), (false, Outcome::Unknown));
    assert!(text.contains("unverified because it has no signature"), "{text}");
    let (verified, done, text) = outcome(platform.signed_response(200, "<html>", NOW));
    assert_eq!((verified, done), (true, Outcome::Done));
    assert!(!text.contains("unverified"), "{text}");
}

#[test]
fn a_verified_response_that_cannot_be_decoded_is_done() {
    let (client, platform, _) = pair(NOW);
    for body in ["", "{}", "[]", r#"{"coupon_id":""}"#, r#"{"coupon_id":7.5}"#, r#"["98674556"]"#] {
        let error =
            read_response::<SendCoupon>(&client, &platform.signed_response(200, body, NOW), NOW).unwrap_err();
        let Error::Decode(decode) = &error else { panic!("{error:?}") };
        assert_eq!((decode.body().as_ref(), error.outcome()), (body.as_bytes(), Outcome::Done));
    }
}

#[test]
fn the_merchants_own_key_is_rejected_as_a_platform_key() {
    let (client, _, credentials) = pair(NOW);
    let provider = PROVIDERS[1];
    // The merchant's certificate, its serial number, and its key under another serial number, added before or after the
    // client is created.
    let assert_rejected = |result: Result<(), KeyError>| {
        let error = result.unwrap_err();
        assert!(matches!(error, KeyError::MerchantKeyAsPlatformKey { .. }), "{error:?}");
        assert!(error.to_string().contains("the merchant's own"));
    };
    assert_rejected(client.platform().add_certificate(provider, credentials.certificate_pem()).map(drop));
    let serial = credentials.serial_no();
    assert_rejected(client.platform().add_public_key(provider, serial, credentials.public_key_pem()));

    let keys = trusting_certificate(provider, credentials.certificate_pem());
    let private_key = credentials.private_key_pem();
    assert_rejected(Client::new(merchant(provider, &credentials), keys.clone()).map(drop));
    let merchant = Merchant::from_pem(provider, credentials.mchid().into(), "0A", private_key).unwrap();
    assert_rejected(Client::new(merchant, keys).map(drop));
}

#[test]
fn certificates_and_public_keys_can_be_used_together() {
    let (client, _, credentials) = pair(NOW);
    let serial =
        client.platform().add_certificate(PROVIDERS[0], credentials.platform_certificate_pem()).unwrap();
    assert_eq!(serial, credentials.platform_certificate_serial());
    assert!(serial.starts_with('0') && serial.len() == 40, "{serial}");
    assert_eq!(client.platform().preferred_serial(NOW).as_deref(), Some(PUBLIC_KEY_ID));
    assert!(client.platform().remove(PUBLIC_KEY_ID));
    assert_eq!(client.platform().preferred_serial(NOW), Some(serial));
}

#[test]
fn small_keys_are_rejected() {
    // openssl genrsa 1024 | openssl rsa -pubout
    let pem = "-----BEGIN PUBLIC KEY-----\nMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDuBM5Vc2zxaqookvgtVidS4bXkkpfgTiG5jOmjdV269F1WfmlrAjaZhjFMhGPbFE4+umdDNDE60kMRyoMBkFm03uRWpVARy4MWYybG61ll5zvweu9qdi1F9DxL3f6BQAmXf+cuds5DoHLAlqM7aZgrZ9nOWthBtOnJDTOqG8UuWQIDAQAB\n-----END PUBLIC KEY-----\n";
    for provider in PROVIDERS {
        let error = PlatformKeys::new().add_public_key(provider, "PUB_KEY_ID_1", pem).unwrap_err();
        assert_eq!(error, KeyError::TooSmall { bits: 1024 });
    }
}
