//! Changed requests, checked by the sandbox.

use super::{CHANGES, Tally, all_changes, each_header_change};
use crate::sandbox_accepts::WORLD;

use crate::*;

fn signed(operation: &impl Operation) -> Request<Bytes> {
    let request = WORLD.0.request(operation, stamp()).unwrap();
    assert!(is_signed(&handle(request.clone())), "the unchanged request is rejected");
    request
}

fn handle(request: Request<Bytes>) -> Response<Bytes> {
    WORLD.1.handle(request, NOW)
}

/// The platform signs its response only if the request is authenticated.
fn is_signed(response: &Response<Bytes>) -> bool {
    response.headers().contains_key("wechatpay-signature")
}

fn assert_rejected(request: Request<Bytes>, what: &str) {
    let response = handle(request);
    assert_eq!(response.status(), 401, "{what}");
    assert!(!is_signed(&response), "{what}");
}

fn send() -> SendCoupon {
    SendCoupon::new(RequiredCouponFields {
        openid: "oUser".into(),
        appid: "wx1".into(),
        stock_id: "9865000".into(),
        stock_creator_mchid: "1900000001".into(),
        out_request_no: "n-1".into(),
    })
}

fn image() -> UploadMarketingImage {
    UploadMarketingImage::new(PROVIDERS[1], "logo.png", &b"\x89PNG\r\n\x1a\n\r\n--file-\0\xff"[..]).unwrap()
}

#[test]
fn a_request_with_any_changed_byte_in_its_authorization_is_rejected() {
    for request in [signed(&send()), signed(&QueryCallback::new("1900000001".into())), signed(&image())] {
        let serial_no = |headers: &HeaderMap| {
            let value = headers["authorization"].to_str().ok()?;
            Some(value.split_once("serial_no=\"")?.1.split_once('"')?.0.to_owned())
        };
        let signed_with = serial_no(request.headers()).unwrap();
        let mut same_number = 0;
        let tally = each_header_change(request.headers(), "authorization", |headers, what| {
            let changed = serial_no(&headers).filter(|changed| *changed != signed_with);
            let mut request = request.clone();
            *request.headers_mut() = headers;
            // A serial number in lower case is the same number.
            if changed.is_some_and(|changed| changed.eq_ignore_ascii_case(&signed_with)) {
                assert!(is_signed(&handle(request)), "{what}");
                same_number += 1;
            } else {
                assert_rejected(request, what);
            }
        });
        assert!(same_number <= signed_with.len(), "{same_number}");
        // Scheme, time, nonce, serial number, merchant number, names, quotes, and a 2048-bit signature in base64.
        let len =
            26 + 10 + 32 + 40 + 10 + "mchid=,nonce_str=,timestamp=,serial_no=,signature=".len() + 10 + 344;
        assert_eq!(tally.tried + tally.impossible, len * CHANGES);
        // At most two changes of a byte give a control character, which HTTP cannot transmit.
        assert!(tally.tried >= len * (CHANGES - 2), "{tally:?}");
    }
}

#[test]
fn a_request_with_any_changed_byte_in_its_body_is_rejected() {
    let request = signed(&send());
    let body =
        br#"{"stock_id":"9865000","out_request_no":"n-1","appid":"wx1","stock_creator_mchid":"1900000001"}"#;
    let mut tried = 0;
    for (place, byte, body) in all_changes(request.body()) {
        let mut request = request.clone();
        *request.body_mut() = body.into();
        assert_rejected(request, &format!("body, byte {place} is {byte:#04x}"));
        tried += 1;
    }
    assert_eq!(tried, body.len() * CHANGES);

    // A body where there was none, an appended byte, a missing byte, and an empty body.
    for (operation, body) in [
        (signed(&QueryCallback::new("1".into())), &b" "[..]),
        (signed(&send()), &[request.body(), &b"\n"[..]].concat()),
        (signed(&send()), &request.body()[..request.body().len() - 1]),
        (signed(&send()), b""),
    ] {
        let mut request = operation.clone();
        *request.body_mut() = Bytes::copy_from_slice(body);
        assert_rejected(request, "a body of another length");
    }
}

/// Only the description of a form is signed. It contains the hash of the file, which is checked after the signature.
#[test]
fn an_upload_with_any_changed_byte_in_its_image_or_description_is_rejected() {
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
    for (place, byte, body) in all_changes(request.body()) {
        let mut request = request.clone();
        *request.body_mut() = body.into();
        if meta.contains(&place) {
            assert_rejected(request, &format!("description, byte {place} is {byte:#04x}"));
            in_meta += 1;
        } else if file.contains(&place) {
            let response = handle(request);
            assert_eq!(response.status(), 403, "file, byte {place} is {byte:#04x}: {response:?}");
            in_file += 1;
        } else {
            // Some bytes of the form's structure have no meaning to the platform. It must not panic.
            handle(request);
        }
    }
    assert_eq!((in_meta, in_file), (meta.len() * CHANGES, file.len() * CHANGES));
}

/// The route is looked up before the signature is checked, so an unknown path gets an unsigned 404 or 405, and
/// everything else gets 401.
#[test]
fn a_request_with_any_changed_byte_in_its_target_is_rejected() {
    let stock = QueryStock::new("9856888".into(), "1900000001".into());
    let coupon = QueryCoupon::new(User { openid: "oUser".into(), appid: "wx a&b".into() }, "98674556".into());
    // Changes before the ids change the route.
    for (request, ids_from) in [
        (signed(&stock), "/v3/marketing/favor/stocks/"),
        (signed(&coupon), "/v3/marketing/favor/users/oUser/coupons/"),
    ] {
        let target = request.uri().path_and_query().unwrap().as_str();
        assert!(target.starts_with(ids_from));
        let (mut tally, mut rejected_ids) = (Tally::default(), 0);
        for (place, byte, changed) in all_changes(target.as_bytes()) {
            let what = format!("{target}, byte {place} is {byte:#04x}");
            let uri = String::from_utf8(changed).ok().filter(|changed| changed.starts_with('/'));
            let uri = uri.and_then(|changed| {
                let uri: Uri = changed.parse().ok()?;
                // Some parsers remove a fragment, which is never sent.
                (uri.path_and_query()?.as_str() == changed).then_some(uri)
            });
            let sendable = place > 0 && (reader::is_unreserved(byte) || b"!$&'()*+,;=:@/?%".contains(&byte));
            assert!(uri.is_some() || !sendable, "{what}: RFC 3986 allows it");
            let Some(uri) = uri else {
                tally.impossible += 1;
                continue;
            };
            let mut request = request.clone();
            *request.uri_mut() = uri;
            let response = handle(request);
            assert!(!is_signed(&response), "{what}");
            if place >= ids_from.len() && reader::is_unreserved(byte) && !target[place..].starts_with('?') {
                assert_eq!(response.status(), 401, "{what}");
                rejected_ids += 1;
            } else {
                assert!([401, 404, 405].contains(&response.status().as_u16()), "{what}");
            }
            tally.tried += 1;
        }
        assert_eq!(tally.tried + tally.impossible, target.len() * CHANGES);
        assert!(tally.tried > target.len() * CHANGES / 2, "{tally:?}");
        assert!(rejected_ids > (target.len() - ids_from.len()) * CHANGES / 3, "{rejected_ids}");
    }
}

#[test]
fn a_request_with_another_method_is_rejected() {
    for (request, other) in [
        (signed(&QueryCallback::new("1".into())), Method::POST),
        (signed(&SetCallback::new("1".into(), "https://example.com/")), Method::GET),
        (signed(&send()), Method::GET),
    ] {
        let mut request = request.clone();
        *request.method_mut() = other;
        assert_rejected(request, "method");
    }
}
