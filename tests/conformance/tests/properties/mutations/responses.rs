//! Changed responses and callbacks, checked by the client with a real key.

use serde_json::json;

use super::{CHANGES, Tally, all_changes, each_header_change};

use crate::*;

const KEY: &str = "0123456789abcdef0123456789abcdef";
/// The headers that belong to the signature, with the lengths of their values.
const HEADERS: [(&str, usize); 4] = [
    ("wechatpay-timestamp", 10),
    ("wechatpay-nonce", 32),
    ("wechatpay-serial", PUBLIC_KEY_ID.len()),
    ("wechatpay-signature", 344),
];

/// Checks that every change to the headers and the body is `rejected`.
fn check_all_rejected(headers: &HeaderMap, body: &Bytes, rejected: impl Fn(HeaderMap, Bytes) -> bool) {
    assert!(!rejected(headers.clone(), body.clone()), "the unchanged message is rejected");
    for (name, len) in HEADERS {
        let Tally { tried, impossible } = each_header_change(headers, name, |headers, what| {
            assert!(rejected(headers, body.clone()), "{what}");
        });
        assert_eq!(tried + impossible, len * CHANGES, "{name}");
        assert!(tried >= len * (CHANGES - 2), "{name}: {tried}");
    }
    let mut tried = 0;
    for (place, byte, changed) in all_changes(body) {
        assert!(rejected(headers.clone(), changed.into()), "body, byte {place} is {byte:#04x}");
        tried += 1;
    }
    assert_eq!(tried, body.len() * CHANGES);
    for changed in [[body, &b"\n"[..]].concat(), [b" ", &body[..]].concat(), body[1..].to_vec(), Vec::new()] {
        assert!(rejected(headers.clone(), changed.into()), "a body of another length");
    }
}

#[test]
fn a_response_with_any_changed_byte_is_rejected() {
    let (client, platform, _) = pair(NOW);
    fn check<O: ArbitraryOperation>(
        client: &Client,
        original: Response<Bytes>,
        check_unchanged: fn(Result<Answer<O::Response>, Error>),
    ) {
        check_all_rejected(original.headers(), original.body(), |headers, body| {
            let mut response = original.clone();
            (*response.headers_mut(), *response.body_mut()) = (headers, body);
            match read_response::<O>(client, &response, NOW) {
                Err(Error::Verify(_)) => return true,
                Err(Error::Api(error)) if !error.is_verified() => return true,
                result => check_unchanged(result),
            }
            false
        });
    }
    check::<SendCoupon>(&client, platform.coupon_sent(NOW), |result| {
        assert_eq!(result.unwrap().coupon_id.as_str(), "98674556");
    });
    // This response may be unsigned, but if there is a signature, it must be valid.
    let link = r#"{"url":"https://api.mch.weixin.qq.com/v3/f?token=t","hash_value":"0","hash_type":"SHA1"}"#;
    check::<UseFlow>(&client, platform.signed_response(200, link, NOW), |result| {
        assert!(result.unwrap().is_verified())
    });
    // An error response.
    let refusal = platform.signed_response(403, r#"{"code":"RULE_LIMIT","message":"已达上限"}"#, NOW);
    check::<SendCoupon>(&client, refusal, |result| match result {
        Err(Error::Api(error)) => assert!(error.is_verified()),
        other => panic!("{other:?}"),
    });
}

#[test]
fn a_callback_with_any_changed_byte_is_rejected() {
    let (client, platform, _) = pair(NOW);
    let key = || ApiV3Key::new(KEY).unwrap();
    let client: Client = client.with_api_v3_key(PROVIDERS[1], key());
    let used = wechatpay_core::testing::Platform::new(PUBLIC_KEY_ID, platform.key());
    let used = used.with_api_v3_key(PROVIDERS[1], key());
    let event = json!({ "stock_creator_mchid": "9800064", "stock_id": "9865888", "coupon_id": "98674556", "status": "USED" });
    let event: CouponUsed = serde_json::from_value(event).unwrap();
    let callback = used.callback("EV-1", &event, stamp()).unwrap();
    check_all_rejected(callback.headers(), callback.body(), |headers, body| {
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
