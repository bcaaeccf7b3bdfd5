//! JSON that is deeply nested, huge, or not UTF-8, everywhere JSON is read: responses, errors, callbacks and their
//! encrypted content, lists of certificates. The input is validly signed where the signature is checked first, because
//! signed input may be malformed too.

use serde_json::json;

use crate::*;

const KEY: &str = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb";
const DEPTH: usize = 100_000;

fn setup() -> (Client, Platform) {
    let (client, platform, _) = pair(NOW);
    (client.with_api_v3_key(PROVIDERS[1], ApiV3Key::new(KEY).unwrap()), platform)
}

/// Nested lists and nested objects, each complete and truncated.
fn deep() -> [String; 4] {
    [
        "[".repeat(DEPTH) + &"]".repeat(DEPTH),
        "[".repeat(DEPTH),
        r#"{"a":"#.repeat(DEPTH) + "1" + &"}".repeat(DEPTH),
        r#"{"a":"#.repeat(DEPTH),
    ]
}

/// Runs a test on a stack that would overflow if each nesting level took one call.
fn on_a_small_stack(test: fn()) {
    thread::Builder::new().stack_size(512 * 1024).spawn(test).unwrap().join().unwrap();
}

fn read<O: ArbitraryOperation>(body: impl AsRef<[u8]>) -> Result<Answer<O::Response>, Error> {
    let (client, platform) = setup();
    read_response::<O>(&client, &platform.signed_response(200, &body, NOW), NOW)
}

/// Handles a signed callback with this body.
fn handle_callback(body: impl AsRef<[u8]>) -> Result<Notification<CouponUsed>, NotificationError> {
    let (client, platform) = setup();
    client.notification(&platform.callback(&body, NOW), NOW)
}

/// Handles a signed callback with this encrypted content.
fn handle_resource(content: impl AsRef<[u8]>) -> Result<Notification<CouponUsed>, NotificationError> {
    let resource = sealed(KEY, "", content);
    handle_callback(json!({"id": "EV-1", "event_type": "COUPON.USE", "resource": resource}).to_string())
}

/// Expects that the response cannot be decoded, and that the outcome is `Done`.
#[track_caller]
fn assert_decode_error<T: std::fmt::Debug>(result: Result<Answer<T>, Error>) {
    let error = result.unwrap_err();
    assert!(matches!(&error, Error::Decode(_)), "{error:?}");
    assert_eq!(error.outcome(), Outcome::Done);
}

/// Expects that the body of the callback cannot be decoded.
#[track_caller]
fn assert_envelope_error(result: Result<Notification<CouponUsed>, NotificationError>) {
    let error = result.unwrap_err();
    assert!(matches!(error.kind(), NotificationErrorKind::Envelope(_)), "{error:?}");
    assert_eq!(error.reply().status(), 400);
}

/// Expects that the encrypted content of the callback cannot be decoded.
#[track_caller]
fn assert_resource_error(result: Result<Notification<CouponUsed>, NotificationError>) {
    let error = result.unwrap_err();
    assert!(matches!(error.kind(), NotificationErrorKind::Resource { .. }), "{error:?}");
    assert_eq!(error.reply().status(), 500);
}

#[test]
fn deeply_nested_responses_and_errors_cause_no_stack_overflow() {
    on_a_small_stack(|| {
        let (client, platform) = setup();
        for (deep, closed) in deep().into_iter().zip([true, false, true, false]) {
            assert_decode_error(read::<SendCoupon>(&deep));
            assert_decode_error(read::<SendCoupon>(format!(r#"{{"coupon_id":{deep}}}"#)));
            assert_decode_error(read::<ListStocks>(format!(r#"{{"total_count":1,"data":[{deep}]}}"#)));
            // Unknown fields are skipped at any depth, but must be valid JSON.
            let other = read::<SendCoupon>(format!(r#"{{"coupon_id":"1","new":{deep}}}"#).as_bytes());
            assert_eq!(other.is_ok_and(|sent| sent.coupon_id.as_str() == "1"), closed);

            for (status, signed) in [(400, true), (502, false)] {
                let body = format!(r#"{{"code":"PARAM_ERROR","detail":{{"value":{deep}}}}}"#);
                let error = match signed {
                    true => platform.signed_response(status, &body, NOW),
                    false => unsigned(status, body),
                };
                let error = read_response::<SendCoupon>(&client, &error, NOW).unwrap_err();
                let api = error.api().unwrap();
                assert_eq!(api.code().is_some(), closed);
                assert!(api.detail().is_none_or(|detail| detail.value.is_none()));
                assert!(format!("{api} {api:?}").len() < 1024);
            }
        }
        // Short enough to be stored, but too deep to be decoded.
        let (open, close) = ("[".repeat(5000), "]".repeat(5000));
        let body = format!(r#"{{"code":"PARAM_ERROR","detail":{{"value":{open}{close}}}}}"#);
        let error = read_response::<SendCoupon>(&client, &platform.signed_response(400, &body, NOW), NOW)
            .unwrap_err();
        let api = error.api().unwrap();
        assert!(api.raw_detail().unwrap().len() > 10_000 && api.detail().unwrap().value.is_none());
        assert!(format!("{api} {api:?}").len() < 1024);
    });
}

#[test]
fn deeply_nested_callbacks_and_certificates_cause_no_stack_overflow() {
    on_a_small_stack(|| {
        let (client, platform) = setup();
        for (deep, closed) in deep().into_iter().zip([true, false, true, false]) {
            assert_envelope_error(handle_callback(&deep));
            assert_envelope_error(handle_callback(format!(
                r#"{{"id":"1","event_type":"COUPON.USE","resource":{deep}}}"#
            )));
            assert_resource_error(handle_resource(&deep));
            assert_resource_error(handle_resource(format!(r#"{{"coupon_id":{deep}}}"#)));
            let other = format!(
                r#"{{"stock_creator_mchid":"1","stock_id":"2","coupon_id":"3","status":"USED","new":{deep}}}"#
            );
            let other = handle_resource(other.as_bytes());
            assert_eq!(other.is_ok_and(|it| matches!(it.event, Received::Known(_))), closed);

            // The list is decoded before its signature is checked.
            for list in
                [format!("[{deep}]"), format!(r#"{{"data":{deep}}}"#), format!(r#"{{"data":[{deep}]}}"#)]
            {
                let list = platform.signed_response(200, &list, NOW);
                let kind = verify_error_kind(client.response(&DownloadCertificates, &list, NOW));
                assert!(matches!(kind, VerifyErrorKind::Certificate { .. }), "{kind:?}");
            }
        }
    });
}

#[test]
fn numbers_out_of_range_are_decode_errors() {
    let nines = "9".repeat(100_000);
    let (client, platform) = setup();
    let query = QueryStock::new("1".into(), "2".into());
    let stock = |number: &str| {
        let body = format!(
            r#"{{"stock_id":"1","stock_creator_mchid":"2","status":"running","new":1e999,"distributed_coupons":{number}}}"#
        );
        client.response(&query, &platform.signed_response(200, &body, NOW), NOW)
    };
    // The largest number is 2^63 - 1. The platform sometimes sends numbers as strings.
    for (number, value) in [
        ("9223372036854775807", i64::MAX),
        ("\"9223372036854775807\"", i64::MAX),
        ("-9223372036854775808", i64::MIN),
    ] {
        assert_eq!(stock(number).unwrap().distributed_coupons, Some(value), "{number}");
    }
    for number in [
        "9223372036854775808",
        "18446744073709551616",
        "-9223372036854775809",
        "\"9223372036854775808\"",
        "1.5",
        "1e2",
        "1e999",
        "1e99999999999999999999",
        "NaN",
        "0x10",
        "\"1e2\"",
        &nines,
        &format!("\"{nines}\""),
        &format!("1.{nines}"),
        &format!("1e{nines}"),
    ] {
        assert_decode_error(stock(number));
        let list = format!(r#"{{"total_count":{number},"data":[]}}"#);
        assert_decode_error(read::<ListStocks>(list));
    }
}

#[test]
fn invalid_utf8_is_rejected() {
    // In a known field, in an unknown field, and in a name. RFC 3629 allows neither 0xff nor surrogates.
    for bad in [&b"\xff"[..], b"\xc0\x80", b"\xed\xa0\x80", b"\xe4\xbb"] {
        let with = |before: &str, after: &str| [before.as_bytes(), bad, after.as_bytes()].concat();
        assert_decode_error(read::<SendCoupon>(&with(r#"{"coupon_id":""#, r#""}"#)));
        assert_decode_error(read::<SendCoupon>(&with(r#"{"coupon_id":"1","new":""#, r#""}"#)));
        assert_decode_error(read::<SendCoupon>(&with(r#"{"coupon_id":"1",""#, r#"":1}"#)));

        let resource = r#""event_type":"COUPON.USE","resource":{"algorithm":"","nonce":"","ciphertext":""}}"#;
        assert_envelope_error(handle_callback(with(r#"{"id":""#, &format!(r#"",{resource}"#))));
        assert_envelope_error(handle_callback(with(r#"{"id":"1","new":""#, &format!(r#"",{resource}"#))));
        let used = r#"{"stock_creator_mchid":"1","stock_id":"2","coupon_id":"3","status":"USED""#;
        assert_resource_error(handle_resource(with(&format!(r#"{used},"new":""#), r#""}"#)));
        assert_resource_error(handle_resource(with(&format!(r#"{used},"description":""#), r#""}"#)));

        let (client, platform) = setup();
        let list = platform.signed_response(200, &with(r#"{"data":[],"new":""#, r#""}"#), NOW);
        let kind = verify_error_kind(client.response(&DownloadCertificates, &list, NOW));
        assert!(matches!(kind, VerifyErrorKind::Certificate { .. }), "{kind:?}");
        // An error response is reported as such even if its body is invalid.
        let error = platform.signed_response(403, &with(r#"{"code":"NO_AUTH","message":""#, r#""}"#), NOW);
        let error = read_response::<SendCoupon>(&client, &error, NOW).unwrap_err();
        assert_eq!((error.api().unwrap().code(), error.outcome()), (None, Outcome::Rejected));
    }
    // In headers.
    let (client, platform) = setup();
    let bad = HeaderValue::from_bytes(b"\xff").unwrap();
    for (name, _) in platform.headers("", NOW) {
        let mut response = platform.coupon_sent(NOW);
        response.headers_mut().insert(name, bad.clone());
        let kind = verify_error_kind(read_response::<SendCoupon>(&client, &response, NOW));
        assert!(matches!(kind, VerifyErrorKind::MalformedHeader { .. }), "{name}: {kind:?}");
    }
    let mut response = platform.coupon_sent(NOW);
    response.headers_mut().insert("request-id", bad);
    assert_eq!(read_response::<SendCoupon>(&client, &response, NOW).unwrap().request_id(), None);
}
