//! Requests, to the sandbox.

use super::{OTHERS, Tally, all_others, other_headers};
use crate::sandbox_accepts::WORLD;

use crate::*;

fn signed(operation: &impl Operation) -> Request<Bytes> {
    let request = WORLD.0.request(operation, stamp()).unwrap();
    assert!(is_signed(&answer(request.clone())), "untouched, it is let in");
    request
}

fn answer(request: Request<Bytes>) -> Response<Bytes> {
    WORLD.1.handle(request, NOW)
}

/// The platform signs its answers to whom it lets in, and to nobody else.
fn is_signed(answer: &Response<Bytes>) -> bool {
    answer.headers().contains_key("wechatpay-signature")
}

fn refused(request: Request<Bytes>, what: &str) {
    let answer = answer(request);
    assert_eq!(answer.status(), 401, "{what}");
    assert!(!is_signed(&answer), "{what}");
}

fn send() -> SendCoupon {
    SendCoupon::new("oUser".into(), "9865000".into(), "n-1".into(), "wx1".into(), "1900000001".into())
}

fn image() -> UploadMarketingImage {
    UploadMarketingImage::new(PROVIDERS[1], "logo.png", &b"\x89PNG\r\n\x1a\n\r\n--file-\0\xff"[..]).unwrap()
}

#[test]
fn no_byte_of_the_authorization_can_be_another() {
    for request in [signed(&send()), signed(&QueryCallback::new("1900000001".into())), signed(&image())] {
        let tally = other_headers(request.headers(), "authorization", |headers, what| {
            let mut request = request.clone();
            *request.headers_mut() = headers;
            refused(request, what);
        });
        // Scheme, time, nonce, serial, names and quotes, and the signature of a key of 2048 bits in base64.
        let len =
            26 + 10 + 32 + 40 + 10 + "mchid=,nonce_str=,timestamp=,serial_no=,signature=".len() + 10 + 344;
        assert_eq!(tally.tried + tally.impossible, len * OTHERS);
        // None of these bytes is a control character, and of none but that of a digit or capital letter is there more
        // than one flip that makes it one.
        assert!(tally.tried >= len * (OTHERS - 2), "{tally:?}");
    }
}

#[test]
fn no_byte_of_a_body_can_be_another() {
    let request = signed(&send());
    let body =
        br#"{"stock_id":"9865000","out_request_no":"n-1","appid":"wx1","stock_creator_mchid":"1900000001"}"#;
    let mut tried = 0;
    for (place, byte, body) in all_others(request.body()) {
        let mut request = request.clone();
        *request.body_mut() = body.into();
        refused(request, &format!("body, byte {place} is {byte:#04x}"));
        tried += 1;
    }
    assert_eq!(tried, body.len() * OTHERS);

    // Where there is none, or after its end or without it.
    for (operation, body) in [
        (signed(&QueryCallback::new("1".into())), &b" "[..]),
        (signed(&send()), &[request.body(), &b"\n"[..]].concat()),
        (signed(&send()), &request.body()[..request.body().len() - 1]),
        (signed(&send()), b""),
    ] {
        let mut request = operation.clone();
        *request.body_mut() = Bytes::copy_from_slice(body);
        refused(request, "a body of another length");
    }
}

/// Of a form only the description is signed; it holds the hash of the file, which is looked at after the signature.
#[test]
fn no_byte_of_an_image_or_its_description_can_be_another() {
    let request = signed(&image());
    let kind = request.headers()["content-type"].to_str().unwrap();
    let parts = reader::multipart(kind, request.body()).unwrap();
    let begin = request.body().as_ptr() as usize;
    let places = |content: &[u8]| {
        let at = content.as_ptr() as usize - begin;
        at..at + content.len()
    };
    let (meta, file) = (places(parts[0].content), places(parts[1].content));
    assert_eq!((meta.len(), file.len()), (r#"{"filename":"logo.png","sha256":""}"#.len() + 64, 19));
    let (mut in_meta, mut in_file) = (0, 0);
    for (place, byte, body) in all_others(request.body()) {
        let mut request = request.clone();
        *request.body_mut() = body.into();
        if meta.contains(&place) {
            refused(request, &format!("description, byte {place} is {byte:#04x}"));
            in_meta += 1;
        } else if file.contains(&place) {
            let answer = answer(request);
            assert_eq!(answer.status(), 403, "file, byte {place} is {byte:#04x}: {answer:?}");
            in_file += 1;
        } else {
            // Of what holds the form together, some has no meaning to the platform. It must not panic.
            answer(request);
        }
    }
    assert_eq!((in_meta, in_file), (meta.len() * OTHERS, file.len() * OTHERS));
}

/// The route is looked up before the signature: what leads nowhere is told so, unsigned, and all else is refused.
#[test]
fn no_byte_of_a_target_can_be_another() {
    let stock = QueryStock::new("9856888".into(), "1900000001".into());
    let coupon = QueryCoupon::new("oUser".into(), "98674556".into(), "wx a&b".into());
    // Up to here it is the route that changes.
    for (request, ids_from) in [
        (signed(&stock), "/v3/marketing/favor/stocks/"),
        (signed(&coupon), "/v3/marketing/favor/users/oUser/coupons/"),
    ] {
        let target = request.uri().path_and_query().unwrap().as_str();
        assert!(target.starts_with(ids_from));
        let (mut tally, mut refused_there) = (Tally::default(), 0);
        for (place, byte, changed) in all_others(target.as_bytes()) {
            let what = format!("{target}, byte {place} is {byte:#04x}");
            let uri = String::from_utf8(changed).ok().filter(|changed| changed.starts_with('/'));
            let uri = uri.and_then(|changed| {
                let uri: Uri = changed.parse().ok()?;
                // Some parsers cut off a fragment, which is never sent.
                (uri.path_and_query()?.as_str() == changed).then_some(uri)
            });
            let sendable = place > 0 && (reader::is_unreserved(byte) || b"!$&'()*+,;=:@/?%".contains(&byte));
            assert!(uri.is_some() || !sendable, "{what}: RFC 3986 would have it sent");
            let Some(uri) = uri else {
                tally.impossible += 1;
                continue;
            };
            let mut request = request.clone();
            *request.uri_mut() = uri;
            let answer = answer(request);
            assert!(!is_signed(&answer), "{what}");
            if place >= ids_from.len() && reader::is_unreserved(byte) && !target[place..].starts_with('?') {
                assert_eq!(answer.status(), 401, "{what}");
                refused_there += 1;
            } else {
                assert!([401, 404, 405].contains(&answer.status().as_u16()), "{what}");
            }
            tally.tried += 1;
        }
        assert_eq!(tally.tried + tally.impossible, target.len() * OTHERS);
        assert!(tally.tried > target.len() * OTHERS / 2, "{tally:?}");
        assert!(refused_there > (target.len() - ids_from.len()) * OTHERS / 3, "{refused_there}");
    }
}

#[test]
fn no_method_can_be_another() {
    for (request, other) in [
        (signed(&QueryCallback::new("1".into())), Method::POST),
        (signed(&SetCallback::new("1".into(), "https://example.com/")), Method::GET),
        (signed(&send()), Method::GET),
    ] {
        let mut request = request.clone();
        *request.method_mut() = other;
        refused(request, "method");
    }
}
