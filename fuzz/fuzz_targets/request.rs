//! Any operation with any content: it is rejected, or independent parsers find the signed message in the request bytes,
//! with every parameter in its place.
#![no_main]

/// The reader of the property tests, which is independent of the core.
#[path = "../../tests/conformance/tests/properties/reader.rs"]
mod reader;

use arbitrary::{Arbitrary, Unstructured};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use libfuzzer_sys::fuzz_target;
use wechatpay_core::crypto::VerifyingKey as _;
use wechatpay_core::crypto::insecure::{AcceptAll, Checksum};
use wechatpay_core::testing::ArbitraryOperation;
use wechatpay_core::{Client, Merchant, PlatformKeys, Stamp};
use wechatpay_fuzz::{SERIAL, Task, show, with_operation};

struct Build<'a>(Unstructured<'a>);

impl Task for Build<'_> {
    fn run<O: ArbitraryOperation>(&mut self) {
        let Ok((operation, stamp)) = <(O, Stamp)>::arbitrary(&mut self.0) else { return };
        let client = client();
        let request = match client.request(&operation, stamp) {
            Ok(request) => request,
            Err(error) => return show(&error),
        };
        // The bytes on the wire, read by another parser.
        let wire = wire(&request);
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let mut parsed = httparse::Request::new(&mut headers);
        let head = parsed.parse(&wire).unwrap().unwrap();
        let (target, body) = (parsed.path.unwrap(), &wire[head..]);
        let mut read = Request::builder().method(parsed.method.unwrap()).uri(target);
        for header in parsed.headers.iter() {
            read = read.header(header.name, header.value);
        }
        let read = read.body(Bytes::copy_from_slice(body)).unwrap();
        assert_eq!(
            (read.headers().len(), read.headers().keys_len()),
            (request.headers().len(), request.headers().len())
        );

        let fields = reader::authorization(read.headers()["authorization"].as_bytes()).unwrap();
        assert_eq!((fields["mchid"].as_str(), fields["serial_no"].as_str()), ("1900000001", "0F"));
        assert_eq!(fields["timestamp"], stamp.unix_seconds.to_string());
        assert_eq!(fields["nonce_str"], stamp.nonce.as_str());
        let message = reader::message(&read).unwrap();
        assert!(Checksum.verify(&message, &STANDARD.decode(&fields["signature"]).unwrap()).is_ok());
        assert_eq!(client.unsigned(&operation, stamp).unwrap().message(), message);
        check_target::<O>(target);
        check_form(&read);
    }
}

fn client() -> Client {
    let merchant = Merchant::with_key("1900000001".into(), "0F", std::sync::Arc::new(Checksum)).unwrap();
    let keys = PlatformKeys::new();
    keys.add_key(SERIAL, std::sync::Arc::new(AcceptAll)).unwrap();
    Client::new(merchant, keys).unwrap()
}

fn wire(request: &Request<Bytes>) -> Vec<u8> {
    let target = request.uri().path_and_query().unwrap();
    let mut wire = format!("{} {target} HTTP/1.1\r\n", request.method()).into_bytes();
    for (name, value) in request.headers() {
        wire.extend_from_slice(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    [&wire, &b"\r\n"[..], request.body()].concat()
}

/// Checks that every parameter is one segment or one value, encoded in a way that a URL parser does not change.
fn check_target<O: ArbitraryOperation>(target: &str) {
    let url = url::Url::parse("https://api.mch.weixin.qq.com").unwrap().join(target).unwrap();
    assert_eq!(url.as_str().strip_prefix("https://api.mch.weixin.qq.com").unwrap(), target);
    let read = reader::target(target).unwrap();
    let template: Vec<_> = O::PATH.split('/').skip(1).collect();
    assert_eq!(read.segments.len(), template.len());
    for (segment, template) in read.segments.iter().zip(template) {
        assert!(template.starts_with('{') || segment == template);
    }
    for (name, _) in read.query {
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    }
}

/// Checks that a form has two parts, a description and a file, with any file content.
fn check_form(request: &Request<Bytes>) {
    let kind = request.headers().get("content-type").map(|kind| kind.to_str().unwrap());
    let Some(kind) = kind.filter(|kind| kind.starts_with("multipart/")) else { return };
    let parts = reader::multipart(kind, request.body()).unwrap();
    let [meta, file] = &parts[..] else { panic!("{} parts", parts.len()) };
    let has = |part: &reader::Part<'_>, text: &str| part.head.iter().any(|line| line.contains(text));
    assert!(has(meta, "name=\"meta\"") && has(file, "name=\"file\""));
    assert!(serde_json::from_slice::<serde_json::Value>(meta.content).unwrap().is_object());
}

fuzz_target!(|data: &[u8]| {
    let mut input = Unstructured::new(data);
    let Ok(operation) = input.arbitrary() else { return };
    with_operation(operation, &mut Build(input));
});
