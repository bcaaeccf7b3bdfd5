//! JSON that is deep, huge, or not UTF-8, wherever JSON is read: answers, errors, callbacks and what is encrypted in
//! them, lists of certificates. All of it signed, where a signature is looked at first: what is signed may be wrong too.

use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use serde_json::json;
use wechatpay_conformance::{NONCE, PROVIDERS, Platform, TIMESTAMP, pair};
use wechatpay_core::cashcoupons::{CouponUsed, ListStocks, QueryStock, SendCoupon};
use wechatpay_core::error::VerifyErrorKind;
use wechatpay_core::notification::{Notification, NotificationError, NotificationErrorKind, Received};
use wechatpay_core::types::ApiV3Key;
use wechatpay_core::{Answer, Client, DownloadCertificates, Error, Operation, Outcome};

const NOW: u64 = TIMESTAMP;
const KEY: &str = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb";
const DEPTH: usize = 100_000;

fn setup() -> (Client, Platform) {
    let (client, platform, _) = pair(NOW);
    (client.with_api_v3_key(PROVIDERS[1], ApiV3Key::new(KEY).unwrap()), platform)
}

/// Lists in lists and objects in objects, closed and not.
fn deep() -> [String; 4] {
    [
        "[".repeat(DEPTH) + &"]".repeat(DEPTH),
        "[".repeat(DEPTH),
        r#"{"a":"#.repeat(DEPTH) + "1" + &"}".repeat(DEPTH),
        r#"{"a":"#.repeat(DEPTH),
    ]
}

/// On a stack on which a call for each level would end the process.
fn on_a_small_stack(test: fn()) {
    thread::Builder::new().stack_size(512 * 1024).spawn(test).unwrap().join().unwrap();
}

fn signature(platform: &Platform, body: &[u8]) -> HeaderValue {
    let message = [format!("{NOW}\n{NONCE}\n").as_bytes(), body, b"\n"].concat();
    platform.signature(&message).parse().unwrap()
}

/// A signed answer of any bytes.
fn answer(platform: &Platform, status: u16, body: &[u8]) -> Response<Bytes> {
    let mut answer = platform.answer(status, "", NOW);
    answer.headers_mut().insert("wechatpay-signature", signature(platform, body));
    *answer.body_mut() = Bytes::copy_from_slice(body);
    answer
}

fn read<O: Operation>(body: &[u8]) -> Result<Answer<O::Response>, Error> {
    let (client, platform) = setup();
    client.response::<O>(&answer(&platform, 200, body), NOW)
}

/// A signed callback of any bytes.
fn called(body: &[u8]) -> Result<Notification<CouponUsed>, NotificationError> {
    let (client, platform) = setup();
    let mut request: Request<Vec<u8>> = platform.callback("", NOW);
    request.headers_mut().insert("wechatpay-signature", signature(&platform, body));
    *request.body_mut() = body.to_vec();
    client.notification(&request, NOW)
}

/// A callback with this content, encrypted.
fn with_resource(content: &[u8]) -> Result<Notification<CouponUsed>, NotificationError> {
    let key = KEY.as_bytes().try_into().unwrap();
    let sealed = PROVIDERS[0].aead.seal(key, b"0123456789ab", b"", content).unwrap();
    let envelope = json!({
        "id": "EV-1", "event_type": "COUPON.USE",
        "resource": {
            "algorithm": "AEAD_AES_256_GCM", "nonce": "0123456789ab", "ciphertext": STANDARD.encode(sealed),
        },
    });
    called(envelope.to_string().as_bytes())
}

/// It happened, and the answer cannot be read.
#[track_caller]
fn unreadable<T: std::fmt::Debug>(result: Result<Answer<T>, Error>) {
    let error = result.unwrap_err();
    assert!(matches!(&error, Error::Decode(_)), "{error:?}");
    assert_eq!(error.outcome(), Outcome::Done);
}

#[track_caller]
fn no_envelope(result: Result<Notification<CouponUsed>, NotificationError>) {
    let error = result.unwrap_err();
    assert!(matches!(error.kind(), NotificationErrorKind::Envelope(_)), "{error:?}");
    assert_eq!(error.reply().status(), 400);
}

#[track_caller]
fn no_event(result: Result<Notification<CouponUsed>, NotificationError>) {
    let error = result.unwrap_err();
    assert!(matches!(error.kind(), NotificationErrorKind::Resource { .. }), "{error:?}");
    assert_eq!(error.reply().status(), 500);
}

#[test]
fn deep_answers_and_errors_end_no_process() {
    on_a_small_stack(|| {
        let (client, platform) = setup();
        for (deep, closed) in deep().into_iter().zip([true, false, true, false]) {
            unreadable(read::<SendCoupon>(deep.as_bytes()));
            unreadable(read::<SendCoupon>(format!(r#"{{"coupon_id":{deep}}}"#).as_bytes()));
            unreadable(read::<ListStocks>(format!(r#"{{"total_count":1,"data":[{deep}]}}"#).as_bytes()));
            // What is not known is passed over, however deep, but must be JSON.
            let other = read::<SendCoupon>(format!(r#"{{"coupon_id":"1","new":{deep}}}"#).as_bytes());
            assert_eq!(other.is_ok_and(|sent| sent.coupon_id.as_str() == "1"), closed);

            for (status, signed) in [(400, true), (502, false)] {
                let body = format!(r#"{{"code":"PARAM_ERROR","detail":{{"value":{deep}}}}}"#);
                let mut error = answer(&platform, status, body.as_bytes());
                if !signed {
                    error.headers_mut().clear();
                }
                let error = client.response::<SendCoupon>(&error, NOW).unwrap_err();
                let api = error.api().unwrap();
                assert_eq!((api.code().is_some(), api.detail().is_some()), (closed, false));
                assert!(format!("{api} {api:?}").len() < 1024);
            }
        }
        // Short enough to be kept, deep enough to be refused when it is read.
        let (open, close) = ("[".repeat(5000), "]".repeat(5000));
        let body = format!(r#"{{"code":"PARAM_ERROR","detail":{{"value":{open}{close}}}}}"#);
        let error = client.response::<SendCoupon>(&answer(&platform, 400, body.as_bytes()), NOW).unwrap_err();
        let api = error.api().unwrap();
        assert!(api.raw_detail().unwrap().len() > 10_000 && api.detail().is_none());
        assert!(format!("{api} {api:?}").len() < 1024);
    });
}

#[test]
fn deep_callbacks_and_certificates_end_no_process() {
    on_a_small_stack(|| {
        let (client, platform) = setup();
        for (deep, closed) in deep().into_iter().zip([true, false, true, false]) {
            no_envelope(called(deep.as_bytes()));
            no_envelope(called(
                format!(r#"{{"id":"1","event_type":"COUPON.USE","resource":{deep}}}"#).as_bytes(),
            ));
            no_event(with_resource(deep.as_bytes()));
            no_event(with_resource(format!(r#"{{"coupon_id":{deep}}}"#).as_bytes()));
            let other = format!(
                r#"{{"stock_creator_mchid":"1","stock_id":"2","coupon_id":"3","status":"USED","new":{deep}}}"#
            );
            let other = with_resource(other.as_bytes());
            assert_eq!(other.is_ok_and(|it| matches!(it.event, Received::Known(_))), closed);

            // Read before the signature is checked.
            for list in
                [format!("[{deep}]"), format!(r#"{{"data":{deep}}}"#), format!(r#"{{"data":[{deep}]}}"#)]
            {
                let list = answer(&platform, 200, list.as_bytes());
                let error = client.response::<DownloadCertificates>(&list, NOW).unwrap_err();
                let Error::Verify(error) = &error else { panic!("{error:?}") };
                assert!(matches!(error.kind(), VerifyErrorKind::Certificate { .. }), "{error:?}");
            }
        }
    });
}

#[test]
fn numbers_that_do_not_fit_are_errors() {
    let nines = "9".repeat(100_000);
    let stock = |number: &str| {
        read::<QueryStock>(
            format!(
                r#"{{"stock_id":"1","stock_creator_mchid":"2","status":"running","new":1e999,"distributed_coupons":{number}}}"#
            )
            .as_bytes(),
        )
    };
    // 2^63 - 1, the largest there is; and as text, for the platform writes numbers so at times.
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
        unreadable(stock(number));
        let list = format!(r#"{{"total_count":{number},"data":[]}}"#);
        unreadable(read::<ListStocks>(list.as_bytes()));
    }
}

#[test]
fn what_is_not_utf8_is_refused() {
    // Not UTF-8 in a value that is read, in one that is not, and in a name. RFC 3629: no 0xff, no surrogates.
    for bad in [&b"\xff"[..], b"\xc0\x80", b"\xed\xa0\x80", b"\xe4\xbb"] {
        let with = |before: &str, after: &str| [before.as_bytes(), bad, after.as_bytes()].concat();
        unreadable(read::<SendCoupon>(&with(r#"{"coupon_id":""#, r#""}"#)));
        unreadable(read::<SendCoupon>(&with(r#"{"coupon_id":"1","new":""#, r#""}"#)));
        unreadable(read::<SendCoupon>(&with(r#"{"coupon_id":"1",""#, r#"":1}"#)));

        let resource = r#""event_type":"COUPON.USE","resource":{"algorithm":"","nonce":"","ciphertext":""}}"#;
        no_envelope(called(&with(r#"{"id":""#, &format!(r#"",{resource}"#))));
        no_envelope(called(&with(r#"{"id":"1","new":""#, &format!(r#"",{resource}"#))));
        let used = r#"{"stock_creator_mchid":"1","stock_id":"2","coupon_id":"3","status":"USED""#;
        no_event(with_resource(&with(&format!(r#"{used},"new":""#), r#""}"#)));
        no_event(with_resource(&with(&format!(r#"{used},"description":""#), r#""}"#)));

        let (client, platform) = setup();
        let list = answer(&platform, 200, &with(r#"{"data":[],"new":""#, r#""}"#));
        let Err(Error::Verify(error)) = client.response::<DownloadCertificates>(&list, NOW) else { panic!() };
        assert!(matches!(error.kind(), VerifyErrorKind::Certificate { .. }), "{error:?}");
        // An error is one, whatever it says.
        let error = answer(&platform, 403, &with(r#"{"code":"NO_AUTH","message":""#, r#""}"#));
        let error = client.response::<SendCoupon>(&error, NOW).unwrap_err();
        assert_eq!((error.api().unwrap().code(), error.outcome()), (None, Outcome::Rejected));
    }
    // The same in headers.
    let (client, platform) = setup();
    for name in [
        "wechatpay-timestamp",
        "wechatpay-nonce",
        "wechatpay-serial",
        "wechatpay-signature",
        "wechatpay-signature-type",
    ] {
        let mut response = platform.answer(200, r#"{"coupon_id":"1"}"#, NOW);
        response.headers_mut().insert(name, HeaderValue::from_bytes(b"\xff").unwrap());
        let Err(Error::Verify(error)) = client.response::<SendCoupon>(&response, NOW) else {
            panic!("{name}")
        };
        assert!(matches!(error.kind(), VerifyErrorKind::MalformedHeader { .. }), "{name}: {error:?}");
    }
    let mut response = platform.answer(200, r#"{"coupon_id":"1"}"#, NOW);
    response.headers_mut().insert("request-id", HeaderValue::from_bytes(b"\xff").unwrap());
    assert_eq!(client.response::<SendCoupon>(&response, NOW).unwrap().request_id(), None);
}
