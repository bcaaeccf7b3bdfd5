//! Any operation with any contents: refused, or signed so that whoever reads the request off the wire finds the same
//! message, and every parameter in its place.
#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use libfuzzer_sys::fuzz_target;
use percent_encoding::percent_decode_str;
use wechatpay_core::crypto::VerifyingKey as _;
use wechatpay_core::crypto::insecure::{Checksum, SayYes};
use wechatpay_core::testing::MadeUp;
use wechatpay_core::{Client, Merchant, PlatformKeys, Stamp};
use wechatpay_fuzz::{SERIAL, Task, show, with_operation};

struct Build<'a>(Unstructured<'a>);

impl Task for Build<'_> {
    fn run<O: MadeUp>(&mut self) {
        let Ok((operation, stamp)) = <(O, Stamp)>::arbitrary(&mut self.0) else { return };
        let client = client();
        let request = match client.request(&operation, stamp) {
            Ok(request) => request,
            Err(error) => return show(&error),
        };
        // What goes over the wire, and what another parser makes of it.
        let wire = wire(&request);
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let mut parsed = httparse::Request::new(&mut headers);
        let head = parsed.parse(&wire).unwrap().unwrap();
        assert_eq!(parsed.headers.len(), request.headers().len());
        let header = |name: &str| {
            let mut found = parsed.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
            let value = found.next().map(|header| std::str::from_utf8(header.value).unwrap());
            assert!(found.next().is_none());
            value
        };
        let (target, body) = (parsed.path.unwrap(), &wire[head..]);

        let fields = fields(header("authorization").unwrap());
        let [
            ("mchid", "1900000001"),
            ("nonce_str", nonce),
            ("timestamp", time),
            ("serial_no", "0F"),
            ("signature", signature),
        ] = fields[..]
        else {
            panic!("{fields:?}")
        };
        assert_eq!(time, stamp.unix_seconds.to_string());
        assert_eq!(nonce, stamp.nonce.as_str());
        let signed = match header("content-type")
            .and_then(|value| value.strip_prefix("multipart/form-data;boundary="))
        {
            Some(boundary) => meta(body, boundary),
            None => body,
        };
        let message =
            [format!("{}\n{target}\n{time}\n{nonce}\n", parsed.method.unwrap()).as_bytes(), signed, b"\n"]
                .concat();
        assert!(Checksum.verify(&message, &STANDARD.decode(signature).unwrap()).is_ok());
        check_target::<O>(&operation, target);
        assert_eq!(client.unsigned(&operation, stamp).unwrap().message(), message);
    }
}

fn client() -> Client {
    let merchant = Merchant::with_key("1900000001".into(), "0F", std::sync::Arc::new(Checksum)).unwrap();
    let keys = PlatformKeys::new();
    keys.add_key(SERIAL, std::sync::Arc::new(SayYes)).unwrap();
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

/// The fields of an `Authorization` header, strictly.
fn fields(header: &str) -> Vec<(&str, &str)> {
    let list = header.strip_prefix("WECHATPAY2-SHA256-RSA2048 ").unwrap();
    list.split(',')
        .map(|field| {
            let (name, value) = field.split_once('=').unwrap();
            (name, value.strip_prefix('"').unwrap().strip_suffix('"').unwrap())
        })
        .collect()
}

/// Every parameter is one segment or one value, encoded in the one way that no URL parser changes.
fn check_target<O: MadeUp>(operation: &O, target: &str) {
    let url = url::Url::parse("https://api.mch.weixin.qq.com").unwrap().join(target).unwrap();
    assert_eq!(url.as_str().strip_prefix("https://api.mch.weixin.qq.com").unwrap(), target);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path_template = operation.path();
    let template: Vec<_> = path_template.template().split('/').collect();
    let segments: Vec<_> = path.split('/').collect();
    assert_eq!(segments.len(), template.len());
    for (segment, template) in segments.iter().zip(template) {
        if template.starts_with('{') {
            check_encoded(segment);
            assert!(!matches!(*segment, "" | "." | ".."));
        } else {
            assert_eq!(*segment, template);
        }
    }
    for pair in query.split('&').filter(|_| !query.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap();
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        check_encoded(value);
    }
}

fn check_encoded(text: &str) {
    assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)), "{text}");
    let decoded = percent_decode_str(text).decode_utf8().unwrap();
    let again: String = decoded
        .bytes()
        .map(|byte| match byte {
            b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    assert_eq!(again, text);
}

/// The description in a form of two parts, which alone is signed; whatever is in the file.
fn meta<'a>(body: &'a [u8], boundary: &str) -> &'a [u8] {
    let delimiter = format!("\r\n--{boundary}");
    let find =
        |bytes: &[u8], text: &str| bytes.windows(text.len()).position(|window| window == text.as_bytes());
    let body = body.strip_prefix(&delimiter.as_bytes()[2..]).unwrap();
    let mut parts = Vec::new();
    let mut rest = body;
    while !rest.starts_with(b"--") {
        let part = rest.strip_prefix(b"\r\n").unwrap();
        let end = find(part, &delimiter).unwrap();
        let head = find(&part[..end], "\r\n\r\n").unwrap();
        parts.push((&part[..head], &part[head + 4..end]));
        rest = &part[end + delimiter.len()..];
    }
    assert_eq!(rest, b"--\r\n");
    let [(meta_head, meta), (file_head, _)] = parts[..] else { panic!("{} parts", parts.len()) };
    let has = |head: &[u8], text: &str| find(head, text).is_some();
    assert!(has(meta_head, "name=\"meta\"") && has(file_head, "name=\"file\""));
    assert!(serde_json::from_slice::<serde_json::Value>(meta).unwrap().is_object());
    meta
}

fuzz_target!(|data: &[u8]| {
    let mut input = Unstructured::new(data);
    let Ok(operation) = input.arbitrary() else { return };
    with_operation(operation, &mut Build(input));
});
