//! The sandbox accepts every request that the core signs, with any ids, query values and bodies. `mutations` checks
//! that it rejects all others.

use crate::*;

pub(crate) static WORLD: LazyLock<(Client, Sandbox)> = LazyLock::new(|| {
    let credentials = credentials(NOW);
    let (id, pem) = (credentials.public_key_id(), credentials.public_key_pem());
    let keys = trusting_public_key(PROVIDERS[1], id, pem);
    let client = Client::new(merchant(PROVIDERS[1], &credentials), keys).unwrap();
    // Thousands of its requests are refused, and nobody reads why.
    let options = Options::new().diagnosis_candidates(0);
    (client, Sandbox::with_options(credentials, options).unwrap())
});

/// Texts with characters that are difficult to encode, and with any others that may be sent.
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

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn signed_requests_are_accepted(
        openid in text(), coupon in text(), appid in text(), number in "[0-9A-Za-z|_*-]{1,40}", nonce: [u8; 16],
    ) {
        let id = |text: &str| text.chars().take(20).collect::<String>();
        let send = SendCoupon::new(RequiredCouponFields { openid: openid.as_str().into(), appid: appid.as_str().into(), stock_id: id(&coupon).into(), stock_creator_mchid: id(&appid).into(), out_request_no: number.into() });
        let list = ListCouponsByFilter::by_creator(User { openid: openid.as_str().into(), appid: appid.as_str().into() }, id(&appid).into());
        let query = QueryCoupon::new(User { openid: openid.into(), appid: appid.into() }, coupon.into());
        for request in [request(&send, nonce), request(&list, nonce), request(&query, nonce)] {
            let response = WORLD.1.handle(request, NOW);
            // A signed response means that the signature of the request was accepted. Its status does not matter.
            prop_assert!(response.headers().contains_key("wechatpay-signature"), "{response:?}");
            prop_assert_ne!(response.status(), StatusCode::UNAUTHORIZED);
        }
    }

    #[test]
    fn an_openid_reaches_the_platform_unchanged(openid in text(), nonce: [u8; 16]) {
        // A 404 with the platform's JSON means an unknown coupon of this user. An unknown path has no JSON.
        let query = QueryCoupon::new(User { openid: openid.as_str().into(), appid: "wx".into() }, "1".into());
        let response = WORLD.1.handle(request(&query, nonce), NOW);
        let error = read_response::<QueryCoupon>(&WORLD.0, &response, NOW).unwrap_err();
        let code = error.api().unwrap().code().cloned();
        prop_assert_eq!(code, Some(wechatpay_core::error::ErrorCode::ResourceNotExists));
    }
}
