//! Answers and callbacks, to the client. The key is real.

use serde_json::json;

use super::{OTHERS, Tally, all_others, other_headers};

use crate::*;

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
    fn check<O: MadeUp>(
        client: &Client,
        answer: Response<Bytes>,
        untouched: fn(Result<Answer<O::Response>, Error>),
    ) {
        all_refused(answer.headers(), answer.body(), |headers, body| {
            let mut response = answer.clone();
            (*response.headers_mut(), *response.body_mut()) = (headers, body);
            match read_response::<O>(client, &response, NOW) {
                Err(Error::Verify(_)) => return true,
                result => untouched(result),
            }
            false
        });
    }
    check::<SendCoupon>(&client, platform.coupon_sent(NOW), |result| {
        assert_eq!(result.unwrap().coupon_id.as_str(), "98674556");
    });
    // It need not be signed, but what is signed must be right.
    let link = r#"{"url":"https://api.mch.weixin.qq.com/v3/f?token=t","hash_value":"0","hash_type":"SHA1"}"#;
    check::<UseFlow>(&client, platform.signed_response(200, link, NOW), |result| {
        assert!(result.unwrap().is_verified())
    });
    // Nor is a refusal believed.
    let refusal = platform.signed_response(403, r#"{"code":"RULE_LIMIT","message":"已达上限"}"#, NOW);
    check::<SendCoupon>(&client, refusal, |result| match result {
        Err(Error::Api(error)) => assert!(error.is_verified()),
        other => panic!("{other:?}"),
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
