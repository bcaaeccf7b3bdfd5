//! Whatever the ids, query values and bodies: the sandbox accepts what the core signed, and nothing else.

use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, StatusCode};
use proptest::prelude::*;
use wechatpay_conformance::{PROVIDERS, TIMESTAMP, credentials};
use wechatpay_core::cashcoupons::*;
use wechatpay_core::{Client, Merchant, Nonce, Operation, PlatformKeys, Stamp};
use wechatpay_sandbox::Sandbox;

pub(crate) const NOW: u64 = TIMESTAMP;

pub(crate) static WORLD: LazyLock<(Client, Sandbox)> = LazyLock::new(|| {
    let credentials = credentials(NOW);
    let private_key = credentials.private_key_pem();
    let merchant =
        Merchant::from_pem(PROVIDERS[1], credentials.mchid().into(), credentials.serial_no(), private_key);
    let keys = PlatformKeys::new();
    keys.add_public_key(PROVIDERS[1], credentials.public_key_id(), credentials.public_key_pem()).unwrap();
    (Client::new(merchant.unwrap(), keys).unwrap(), Sandbox::new(credentials).unwrap())
});

/// Texts as hostile as a caller can make them, of the characters that may be sent at all.
fn text() -> impl Strategy<Value = String> {
    let hostile =
        prop::sample::select(vec!['/', '%', '+', ' ', '|', '?', '#', '&', '=', '.', '"', '\\', '\n', '代']);
    let any = any::<char>().prop_filter("BMP only", |c| *c <= '\u{ffff}');
    prop::collection::vec(prop_oneof![hostile, any], 1..24)
        .prop_map(String::from_iter)
        .prop_filter("dot segments cannot be sent", |text| text != "." && text != "..")
}

fn request(operation: &impl Operation, nonce: [u8; 16]) -> Request<Bytes> {
    let stamp = Stamp { unix_seconds: NOW, nonce: Nonce::from_entropy(nonce) };
    WORLD.0.request(operation, stamp).unwrap()
}

pub(crate) fn copy(request: &Request<Bytes>) -> Request<Bytes> {
    let mut copy = Request::new(request.body().clone());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_signed_is_accepted(
        openid in text(), coupon in text(), appid in text(), number in "[0-9A-Za-z|_*-]{1,40}", nonce: [u8; 16],
    ) {
        let id = |text: &str| text.chars().take(20).collect::<String>();
        let send = SendCoupon::new(
            openid.as_str().into(), id(&coupon).into(), number.into(), appid.as_str().into(), id(&appid).into(),
        );
        let list = ListCouponsByFilter::by_creator(openid.as_str().into(), appid.as_str().into(), id(&appid).into());
        let query = QueryCoupon::new(openid.into(), coupon.into(), appid.into());
        for request in [request(&send, nonce), request(&list, nonce), request(&query, nonce)] {
            let answer = WORLD.1.handle(request, NOW);
            // Whatever it says of the content, it is signed: the request's own signature was accepted.
            prop_assert!(answer.headers().contains_key("wechatpay-signature"), "{answer:?}");
            prop_assert_ne!(answer.status(), StatusCode::UNAUTHORIZED);
        }
    }

    #[test]
    fn an_answer_comes_back_to_the_same_user(openid in text(), nonce: [u8; 16]) {
        // An unknown coupon of exactly this user, not of another path: 404 with the platform's JSON.
        let query = QueryCoupon::new(openid.as_str().into(), "1".into(), "wx".into());
        let response = WORLD.1.handle(request(&query, nonce), NOW);
        let error = WORLD.0.response::<QueryCoupon>(&response, NOW).unwrap_err();
        let code = error.api().unwrap().code().cloned();
        prop_assert_eq!(code, Some(wechatpay_core::error::ErrorCode::ResourceNotExists));
    }

    #[test]
    fn any_other_byte_of_the_body_is_refused(position: prop::sample::Index, flip in 1_u8.., nonce: [u8; 16]) {
        let mut request = request(&send(), nonce);
        let mut body = request.body().to_vec();
        body[position.index(request.body().len())] ^= flip;
        *request.body_mut() = body.into();
        prop_assert_eq!(WORLD.1.handle(request, NOW).status(), StatusCode::UNAUTHORIZED);
    }

    #[test]
    fn any_other_byte_of_the_target_is_refused(position: prop::sample::Index, other in "[0-9A-Za-z~_]", nonce: [u8; 16]) {
        let original = request(&QueryStock::new("9856888".into(), "123456".into()), nonce);
        let target = original.uri().path_and_query().unwrap().as_str();
        // The part that no route depends on: id and query.
        let changeable = "/v3/marketing/favor/stocks/".len();
        let at = changeable + position.index(target.len() - changeable);
        let changed = format!("{}{other}{}", &target[..at], &target[at + 1..]);
        prop_assume!(changed != target);
        let mut request = copy(&original);
        *request.uri_mut() = changed.parse().unwrap();
        prop_assert_eq!(WORLD.1.handle(request, NOW).status(), StatusCode::UNAUTHORIZED);
    }

    #[test]
    fn any_other_byte_of_the_header_is_refused(position: prop::sample::Index, flip in 1_u8..127, nonce: [u8; 16]) {
        let mut request = request(&send(), nonce);
        let mut header = request.headers()["authorization"].as_bytes().to_vec();
        let at = position.index(header.len());
        header[at] ^= flip;
        // What HTTP cannot carry never arrives.
        let Ok(header) = HeaderValue::from_bytes(&header) else { return Ok(()) };
        request.headers_mut().insert(HeaderName::from_static("authorization"), header);
        prop_assert_eq!(WORLD.1.handle(request, NOW).status(), StatusCode::UNAUTHORIZED);
    }

    #[test]
    fn any_other_byte_of_an_answer_is_refused(position: prop::sample::Index, flip in 1_u8.., nonce: [u8; 16]) {
        let mut response = WORLD.1.handle(request(&list(), nonce), NOW);
        prop_assert!(WORLD.0.response::<ListStocks>(&response, NOW).is_ok());
        let mut body = response.body().to_vec();
        let at = position.index(body.len());
        body[at] ^= flip;
        *response.body_mut() = body.into();
        let error = WORLD.0.response::<ListStocks>(&response, NOW).unwrap_err();
        prop_assert!(matches!(error, wechatpay_core::Error::Verify(_)), "{error:?}");
    }

    #[test]
    fn no_answer_makes_the_client_panic(status in 200_u16..600, headers: Vec<(u8, String)>, body: Vec<u8>) {
        let mut response = http::Response::new(Bytes::from(body));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        const NAMES: [&str; 6] = [
            "wechatpay-timestamp", "wechatpay-nonce", "wechatpay-serial", "wechatpay-signature", "request-id",
            "retry-after",
        ];
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                let name = NAMES[usize::from(name) % NAMES.len()];
                response.headers_mut().append(HeaderName::from_static(name), value);
            }
        }
        // Nothing that is not signed is ever a success.
        prop_assert!(WORLD.0.response::<SendCoupon>(&response, NOW).is_err());
    }
}

fn send() -> SendCoupon {
    SendCoupon::new("oUser".into(), "9865000".into(), "n-1".into(), "wx1".into(), "1900000001".into())
}

fn list() -> ListStocks {
    ListStocks::new(WORLD.1.credentials().mchid().into())
}
