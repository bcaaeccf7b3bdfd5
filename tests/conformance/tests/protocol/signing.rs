//! Signing, compared with the official vectors and with OpenSSL.

use wechatpay_conformance::bare::{Bare, Get};

use crate::*;

fn authorization(provider: &CryptoProvider, operation: &impl Operation) -> String {
    let request = official_client(provider).request(operation, stamp()).unwrap();
    request.headers()["authorization"].to_str().unwrap().to_owned()
}

fn signature(authorization: &str) -> String {
    let (_, rest) = authorization.split_once("signature=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

#[test]
fn signatures_equal_the_official_vectors() {
    fn check<const POST: bool>(provider: &CryptoProvider, path: &'static str, vector: &str) {
        let (body, expected) = request_vector(vector);
        // The body of the vector is empty if the request has none.
        let operation = Bare::<POST> { json: body.into(), ..Bare::new(path) };
        assert_eq!(signature(&authorization(provider, &operation)), expected, "{provider:?} {vector}");
    }
    for provider in PROVIDERS {
        check::<false>(provider, "/v3/refund/domestic/refunds/123123123123", "path");
        check::<true>(provider, "/v3/pay/transactions/jsapi", "body");
        check::<true>(provider, "/v3/marketing/favor/media/image-upload", "favor_image_upload");
    }
}

#[test]
fn the_authorization_header_is_as_documented() {
    let header = authorization(PROVIDERS[0], &Get::new("/v3/refund/domestic/refunds/123123123123"));
    let (fields, _) = header.split_once(",signature=\"").unwrap();
    assert_eq!(
        fields,
        format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{MCHID}\",nonce_str=\"{NONCE}\",timestamp=\"1554208460\",serial_no=\"{SERIAL_NO}\""
        )
    );
}

/// Values that could end a quoted string or a header are rejected.
#[test]
fn values_cannot_inject_into_headers() {
    let key = load_signing_key(PROVIDERS[1], PRIVATE_KEY).unwrap();
    let hostile = ["", "1\",serial_no=\"0A", "1\r\nHost: x", "1,2", "1\0", "１", "1\u{7f}"];
    for text in hostile {
        let merchant = |mchid: &str, serial: &str| Merchant::with_key(mchid.into(), serial, Arc::clone(&key));
        assert!(matches!(merchant(text, SERIAL_NO), Err(KeyError::Mchid { .. })), "{text:?}");
        assert!(matches!(merchant(MCHID, text), Err(KeyError::Serial { .. })), "{text:?}");
        assert_eq!(Nonce::parse(text), None);
        // The same with the length of a nonce.
        let padded: String = text.chars().chain("0".repeat(32).chars()).take(32).collect();
        assert_eq!(Nonce::parse(&padded).is_some(), text.is_empty(), "{padded:?}");
    }
    // The id of the platform's key is also sent in a header. The merchant configures it.
    for text in ["", "PUB_KEY_ID_1\r\nHost: x", "PUB_KEY_ID_1 2", "PUB_KEY_ID_１", "PUB_KEY_ID_1\0"] {
        let added = PlatformKeys::new().add_public_key(PROVIDERS[1], text, RESPONSE_KEY);
        assert!(matches!(added, Err(KeyError::Serial { .. })), "{text:?}");
    }
}

/// What is copied with a value, such as a line end, does not become a part of it.
#[test]
fn white_space_around_configured_values_is_removed() {
    for around in [" ", "\n", "\r\n", "\t", "\u{feff}", "\u{a0}", "\\n"] {
        let with = |text: &str| format!("{around}{text}{around}");
        let merchant =
            Merchant::from_pem(PROVIDERS[1], with(MCHID).into(), with(SERIAL_NO), PRIVATE_KEY).unwrap();
        assert_eq!((merchant.mchid().as_str(), merchant.serial_no()), (MCHID, SERIAL_NO));
        let keys = PlatformKeys::new();
        keys.add_public_key(PROVIDERS[1], with(PUBLIC_KEY_ID), RESPONSE_KEY).unwrap();
        assert_eq!(keys.serials(), [PUBLIC_KEY_ID]);
    }
}

/// The serial number in the header is the one that the platform has, however it was configured.
#[test]
fn the_authorization_header_carries_the_normal_form_of_the_serial_number() {
    let colons: Vec<_> =
        SERIAL_NO.as_bytes().chunks(2).map(|byte| std::str::from_utf8(byte).unwrap()).collect();
    for serial in [
        SERIAL_NO.to_lowercase(),
        format!("serial={SERIAL_NO}\n"),
        format!("0x{SERIAL_NO}"),
        format!("00{SERIAL_NO}"),
        colons.join(":"),
        colons.join(" "),
    ] {
        let merchant = Merchant::from_pem(PROVIDERS[1], MCHID.into(), &serial, PRIVATE_KEY).unwrap();
        assert_eq!(merchant.serial_no(), SERIAL_NO);
        let client = Client::new(merchant, PlatformKeys::new()).unwrap();
        let request = client.request(&Get::new("/"), stamp()).unwrap();
        let header = request.headers()["authorization"].to_str().unwrap();
        assert!(header.contains(&format!("serial_no=\"{SERIAL_NO}\"")), "{serial:?}: {header}");
    }
    // python3 -c "print(0x408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB)"
    let decimal = "368475901513257255001947488155316308835194601691";
    let error = Merchant::from_pem(PROVIDERS[1], MCHID.into(), decimal, PRIVATE_KEY).unwrap_err();
    assert!(
        error.to_string().contains("is a decimal number") && error.to_string().contains("-serial"),
        "{error}"
    );
    // A wrong merchant number is not called a wrong serial number.
    for mchid in ["", "wx8888888888888888", "mch_1", SERIAL_NO] {
        let error = Merchant::from_pem(PROVIDERS[1], mchid.into(), SERIAL_NO, PRIVATE_KEY).unwrap_err();
        assert!(matches!(error, KeyError::Mchid { .. }), "{error:?}");
        assert!(error.to_string().starts_with("the merchant number"), "{error}");
    }
}

#[test]
fn the_signed_target_equals_the_sent_target() {
    // Expected segments: python3 -c 'import urllib.parse,sys; print(urllib.parse.quote(sys.argv[1], safe=""))'
    for (openid, segment) in [
        ("a/b", "a%2Fb"),
        ("100%", "100%25"),
        ("a+b", "a%2Bb"),
        ("a b", "a%20b"),
        ("a|b", "a%7Cb"),
        ("代金券", "%E4%BB%A3%E9%87%91%E5%88%B8"),
        ("a..b", "a..b"),
        ("../v3", "..%2Fv3"),
        ("%2F", "%252F"),
    ] {
        let client = official_client(PROVIDERS[0]);
        let operation =
            QueryCoupon::new(User { openid: openid.into(), appid: "wx a&b=c".into() }, "9856888".into());
        let target = format!("/v3/marketing/favor/users/{segment}/coupons/9856888?appid=wx%20a%26b%3Dc");
        let unsigned = client.unsigned(&operation, stamp()).unwrap();
        let message = String::from_utf8(unsigned.message()).unwrap();
        assert_eq!(message, format!("GET\n{target}\n1554208460\n{NONCE}\n\n"));
        let request = client.request(&operation, stamp()).unwrap();
        assert_eq!(request.uri().to_string(), format!("https://api.mch.weixin.qq.com{target}"));
    }
    for openid in ["..", ".", ""] {
        let operation = QueryCoupon::new(User { openid: openid.into(), appid: "wx".into() }, "1".into());
        let error = official_client(PROVIDERS[0]).request(&operation, stamp()).unwrap_err();
        assert!(error.to_string().starts_with("openid is "), "{error}");
    }
}

#[test]
fn an_external_key_can_sign_in_two_steps() {
    let client = official_client(PROVIDERS[0]);
    let operation = QueryCoupon::new(User { openid: "oU".into(), appid: "wx".into() }, "1".into());
    let unsigned = client.unsigned(&operation, stamp()).unwrap();
    let key = load_signing_key(PROVIDERS[1], PRIVATE_KEY).unwrap();
    let signature = key.sign(&unsigned.message()).unwrap();
    let attached = unsigned.attach(&signature).unwrap();
    let direct = client.request(&operation, stamp()).unwrap();
    assert_eq!(attached.headers(), direct.headers());
    assert_eq!((attached.uri(), attached.body()), (direct.uri(), direct.body()));
}

/// `openssl dgst` derives the public key from the private key itself.
#[test]
fn openssl_verifies_the_signatures() {
    let Some(openssl) = OpenSsl::find() else { return };
    openssl.write("key", PRIVATE_KEY);
    let operation = documented_send_coupon();
    for provider in PROVIDERS {
        let client = official_client(provider);
        let message = client.unsigned(&operation, stamp()).unwrap().message();
        let signature = STANDARD.decode(signature(&authorization(provider, &operation))).unwrap();
        openssl.write("signature", signature);
        let verify = |message: &[u8]| {
            openssl.write("message", message);
            openssl.run("dgst -sha256 -prverify @key -signature @signature @message").status.success()
        };
        assert!(verify(&message), "{provider:?}");
        assert!(!verify(&message[1..]), "{provider:?}");
    }
}

/// The signatures are deterministic, so every provider and OpenSSL must create the same bytes, for all key sizes.
#[test]
fn every_provider_creates_the_same_signatures_as_openssl() {
    let Some(openssl) = OpenSsl::find() else { return };
    for bits in ["2048", "3072", "4096"] {
        openssl.output(&format!("genrsa -out @key {bits}"));
        let key = std::fs::read(openssl.path("key")).unwrap();
        let public = openssl.output("rsa -pubout -in @key");
        for message in [&b""[..], b"\n", "GET\n/v3/代金券\n1554208460\nN\n\n".as_bytes(), &[0xff; 5000]] {
            openssl.write("message", message);
            let expected = openssl.output("dgst -sha256 -sign @key @message");
            for provider in PROVIDERS {
                let signature = load_signing_key(provider, &key).unwrap().sign(message).unwrap();
                assert_eq!(signature, expected, "{provider:?} {bits}");
                load_verifying_key(provider, &public).unwrap().verify(message, &expected).unwrap();
            }
        }
    }
}
