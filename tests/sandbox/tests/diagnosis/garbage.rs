//! Anything can arrive.

use bytes::Bytes;
use http::{HeaderValue, Request};
use proptest::prelude::*;

use crate::common::{Client, FAVOR};
use crate::forged::{Forged, codes};

/// Pieces of headers, so that some of them are almost right.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("WECHATPAY2-SHA256-RSA2048 ".to_owned()),
        Just(Forged::send().authorization()),
        "(mchid|nonce_str|timestamp|serial_no|signature|mch_id|x)[=:]",
        "[\"'“\\\\]",
        "[,; &{}]",
        "[0-9A-Fa-f]{0,64}",
        "[A-Za-z0-9+/=_%-]{0,400}",
        "\\PC{0,20}",
    ]
}

fn header() -> impl Strategy<Value = HeaderValue> {
    let text = proptest::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat().into_bytes());
    let bytes = prop_oneof![text, proptest::collection::vec(any::<u8>(), 0..200)];
    bytes.prop_filter_map("no header value", |bytes| HeaderValue::from_bytes(&bytes).ok())
}

fn target() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(Forged::list().target),
        "/v3/marketing/favor/(stocks|users/[!-~]{0,12}/coupons|media/image-upload)(\\?[!-\"$-~]{0,60})?",
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..300),
        "[{}\\[\\]\":,0-9a-z\\\\\n满 ]{0,100}".prop_map(String::into_bytes),
        Just(crate::forged::BODY.as_bytes().to_vec()),
        Just([b"[".repeat(200), b"]".repeat(200)].concat()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_request_gets_an_answer_and_a_refused_one_a_diagnosis(
        header in header(),
        target in target(),
        body in body(),
        post in any::<bool>(),
    ) {
        let client = Client::new();
        let request = Request::builder()
            .method(if post { "POST" } else { "GET" })
            .uri(target)
            .header("accept", "*/*")
            .header("user-agent", "x")
            .header("content-type", "multipart/form-data; boundary=b")
            .header("authorization", header);
        let Ok(request) = request.body(Bytes::from(body)) else { return Ok(()) };
        let reply = client.raw(request);
        if reply.status == 401 {
            prop_assert!(!codes(&reply).is_empty(), "{:?}", reply);
        }
    }

}

proptest! {
    // Each case is a whole search.
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// A right signature of other lines: everything is searched.
    #[test]
    fn any_signed_message_is_searched(body in body(), signed in body(), target in target()) {
        let client = Client::new();
        let mut forged = Forged::new("POST", &format!("{FAVOR}/users/o1/coupons"), body);
        forged.lines[1] = target.into_bytes();
        forged.lines[4] = signed;
        let reply = forged.sent_to(&client);
        prop_assert!(reply.status != 401 || !codes(&reply).is_empty(), "{:?}", reply);
    }
}
