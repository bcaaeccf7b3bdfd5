//! Answers and callbacks, to the client. The key is real.

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use serde_json::json;
use wechatpay_conformance::{PROVIDERS, PUBLIC_KEY_ID, pair, stamp};
use wechatpay_core::cashcoupons::{CouponUsed, SendCoupon, UseFlow};
use wechatpay_core::notification::{NotificationErrorKind, Received};
use wechatpay_core::types::ApiV3Key;
use wechatpay_core::{Client, Error};

use super::{OTHERS, Tally, all_others, other_headers};
use crate::sandbox_accepts::NOW;

const KEY: &str = "0123456789abcdef0123456789abcdef";
/// Those that are signed, or say by whom: with their lengths.
const HEADERS: [(&str, usize); 4] = [
    ("wechatpay-timestamp", 10),
    ("wechatpay-nonce", 32),
    ("wechatpay-serial", PUBLIC_KEY_ID.len()),
    ("wechatpay-signature", 344),
];

/// Every other byte of the headers and the body; each must be `refused`.
fn all_refused(headers: &HeaderMap, body: &Bytes, refused: impl Fn(HeaderMap, Bytes) -> bool) {
    assert!(!refused(headers.clone(), body.clone()), "untouched, it is believed");
    for (name, len) in HEADERS {
        let Tally { tried, impossible } = other_headers(headers, name, |headers, what| {
            assert!(refused(headers, body.clone()), "{what}");
        });
        assert_eq!(tried + impossible, len * OTHERS, "{name}");
        assert!(tried >= len * (OTHERS - 2), "{name}: {tried}");
    }
    let mut tried = 0;
    for (place, byte, changed) in all_others(body) {
        assert!(refused(headers.clone(), changed.into()), "body, byte {place} is {byte:#04x}");
        tried += 1;
    }
    assert_eq!(tried, body.len() * OTHERS);
    for changed in [[body, &b"\n"[..]].concat(), [b" ", &body[..]].concat(), body[1..].to_vec(), Vec::new()] {
        assert!(refused(headers.clone(), changed.into()), "a body of another length");
    }
}

#[test]
fn no_byte_of_an_answer_can_be_another() {
    let (client, platform, _) = pair(NOW);
    let status = |status, headers, body| {
        let mut response = Response::new(body);
        (*response.status_mut(), *response.headers_mut()) =
            (http::StatusCode::from_u16(status).unwrap(), headers);
        response
    };
    let answer = platform.answer(200, r#"{"coupon_id":"98674556"}"#, NOW);
    all_refused(answer.headers(), answer.body(), |headers, body| {
        match client.response::<SendCoupon>(&status(200, headers, body), NOW) {
            Ok(answer) => assert_eq!(answer.coupon_id.as_str(), "98674556"),
            Err(Error::Verify(_)) => return true,
            Err(error) => panic!("{error:?}"),
        }
        false
    });
    // It need not be signed, but what is signed must be right.
    let link = r#"{"url":"https://api.mch.weixin.qq.com/v3/f?token=t","hash_value":"0","hash_type":"SHA1"}"#;
    let answer = platform.answer(200, link, NOW);
    all_refused(answer.headers(), answer.body(), |headers, body| {
        match client.response::<UseFlow>(&status(200, headers, body), NOW) {
            Ok(answer) => assert!(answer.is_verified()),
            Err(Error::Verify(_)) => return true,
            Err(error) => panic!("{error:?}"),
        }
        false
    });
    // Nor is a refusal believed.
    let answer = platform.answer(403, r#"{"code":"RULE_LIMIT","message":"已达上限"}"#, NOW);
    all_refused(answer.headers(), answer.body(), |headers, body| {
        match client.response::<SendCoupon>(&status(403, headers, body), NOW) {
            Err(Error::Api(error)) => assert!(error.is_verified()),
            Err(Error::Verify(_)) => return true,
            other => panic!("{other:?}"),
        }
        false
    });
}

#[test]
fn no_byte_of_a_callback_can_be_another() {
    let (client, platform, _) = pair(NOW);
    let key = || ApiV3Key::new(KEY).unwrap();
    let client: Client = client.with_api_v3_key(PROVIDERS[1], key());
    let used = wechatpay_core::testing::Platform::new(PUBLIC_KEY_ID, platform.key());
    let used = used.with_api_v3_key(PROVIDERS[1], key());
    let event = json!({ "stock_creator_mchid": "9800064", "stock_id": "9865888", "coupon_id": "98674556", "status": "USED" });
    let event: CouponUsed = serde_json::from_value(event).unwrap();
    let callback = used.callback("EV-1", &event, stamp()).unwrap();
    all_refused(callback.headers(), callback.body(), |headers, body| {
        let mut request = Request::new(body);
        *request.headers_mut() = headers;
        match client.notification::<CouponUsed>(&request, NOW) {
            Ok(notification) => assert_eq!(notification.event, Received::Known(event.clone())),
            Err(error) => match error.kind() {
                NotificationErrorKind::Verify(_) => return true,
                kind => panic!("{kind:?}"),
            },
        }
        false
    });
}
