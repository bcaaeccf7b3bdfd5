//! Encoded bodies, by every driver: nobody asks for one, and what comes in one is taken as the bytes that came. So there
//! is nothing that a small answer could be blown up into, and nothing that is read but was not signed.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Response};
use wechatpay_conformance::drivers::Driver;
use wechatpay_conformance::scripted::{Scripted, wire};
use wechatpay_conformance::{NONCE, Platform, now, pair, with_every_driver};
use wechatpay_core::cashcoupons::{SendCoupon, UseFlow};
use wechatpay_core::error::{DownloadError, VerifyErrorKind};
use wechatpay_core::{BaseUrl, Error, Outcome, RetryPolicy};

with_every_driver!(an_encoded_answer_is_what_came, an_encoded_file_is_what_came);

const BODY: &str = r#"{"coupon_id":"98674556"}"#;
/// `printf '{"coupon_id":"98674556"}' | gzip -n9 | base64 -w0`
const GZIPPED: &str = "H4sIAAAAAAACA6tWSs4vLcjPi89MUbJSsrQwMzcxNTVTqgUAqaCyKRgAAAA=";
/// `printf abc | gzip -n9 | base64 -w0`
const FILE_GZIPPED: &str = "H4sIAAAAAAACA0tMSgYAwkEkNQMAAAA=";

/// Encoded in transit, and signed over these bytes.
fn encoded(platform: &Platform, encoding: &str, body: &[u8], signed: &[u8]) -> Vec<u8> {
    let now = now();
    let mut response: Response<Bytes> = platform.answer(200, "", now);
    let message = [format!("{now}\n{NONCE}\n").as_bytes(), signed, b"\n"].concat();
    let headers = response.headers_mut();
    headers.insert("wechatpay-signature", HeaderValue::from_str(&platform.signature(&message)).unwrap());
    headers.insert("content-encoding", HeaderValue::from_str(encoding).unwrap());
    *response.body_mut() = Bytes::copy_from_slice(body);
    wire(&response)
}

fn an_encoded_answer_is_what_came<D: Driver>() {
    let (core, platform, _) = pair(now());
    let gzipped = STANDARD.decode(GZIPPED).unwrap();
    let plain = BODY.as_bytes();
    let server = Scripted::start(|_| {
        vec![
            // Signed and then encoded on the way; encoded and then signed; said to be encoded, and not.
            encoded(&platform, "gzip", &gzipped, plain),
            encoded(&platform, "gzip", &gzipped, &gzipped),
            encoded(&platform, "gzip", plain, plain),
            encoded(&platform, "br", plain, plain),
        ]
    });
    let core = core.with_base_url(BaseUrl::parse(&server.url).unwrap()).with_retry(RetryPolicy::never());
    let driver = D::new(core);
    let send = SendCoupon::new("o".into(), "1".into(), "n-1".into(), "wx".into(), "1".into());
    match driver.send(&send) {
        Err(Error::Verify(error)) => {
            assert!(matches!(error.kind(), VerifyErrorKind::WrongSignature { .. }), "{error:?}");
        }
        other => panic!("{other:?}"),
    }
    let error = driver.send(&send).unwrap_err();
    let Error::Decode(decode) = &error else { panic!("{error:?}") };
    assert_eq!((decode.body().as_ref(), error.outcome()), (gzipped.as_slice(), Outcome::Done));
    for _ in ["gzip", "br"] {
        assert_eq!(driver.send(&send).unwrap().raw().as_ref(), plain);
    }
    for request in server.all() {
        assert!(!request.head.to_lowercase().contains("accept-encoding"), "{}", request.head);
    }
}

fn an_encoded_file_is_what_came<D: Driver>() {
    let (core, platform, _) = pair(now());
    let gzipped = STANDARD.decode(FILE_GZIPPED).unwrap();
    let server = Scripted::start(|url| {
        // `printf abc | sha1sum`; `printf abc | gzip -n9 | sha1sum`.
        let links = ["a9993e364706816aba3e25717850c26c9cd0d89d", "0356d1f2a3780e99e3a382c7fbcd5655cef8a75b"]
            .map(|hash| {
                let link = format!(r#"{{"url":"{url}/f?token=1","hash_value":"{hash}","hash_type":"SHA1"}}"#);
                wire(&platform.answer(200, &link, now()))
            });
        let file = Response::builder().header("content-encoding", "gzip").body(gzipped.clone().into());
        let file = wire(&file.unwrap());
        links.into_iter().flat_map(|link| [link, file.clone()]).collect()
    });
    let driver = D::new(core.with_base_url(BaseUrl::parse(&server.url).unwrap()));
    let download = || driver.download(&UseFlow::new("1".into()), Cursor::new(Vec::new()));
    match download() {
        Err(Error::Download(DownloadError::Hash { len, .. })) => assert_eq!(len, gzipped.len() as u64),
        other => panic!("{other:?}"),
    }
    assert_eq!(download().unwrap().into_inner().into_inner(), gzipped);
    for request in server.all() {
        assert!(!request.head.to_lowercase().contains("accept-encoding"), "{}", request.head);
    }
}
