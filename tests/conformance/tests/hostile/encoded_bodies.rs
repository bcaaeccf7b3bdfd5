//! Encoded bodies, with every driver. Drivers never request an encoding, and treat an encoded body as plain bytes. So a
//! small response cannot expand into a large one, and only signed bytes are decoded.

use crate::*;

with_every_driver!(
    a_response_is_not_decompressed,
    an_encoded_error_names_its_encoding,
    a_file_is_not_decompressed,
    an_encoded_body_that_is_cut_off_names_its_encoding,
);

/// `printf '{"coupon_id":"98674556"}' | gzip -n9 | base64 -w0`
const GZIPPED: &str = "H4sIAAAAAAACA6tWSs4vLcjPi89MUbJSsrQwMzcxNTVTqgUAqaCyKRgAAAA=";
/// `printf abc | gzip -n9 | base64 -w0`
const FILE_GZIPPED: &str = "H4sIAAAAAAACA0tMSgYAwkEkNQMAAAA=";

/// A response with this content encoding and body, whose signature covers `signed`.
fn encoded(platform: &Platform, encoding: &str, body: &[u8], signed: &[u8]) -> Vec<u8> {
    let mut response =
        with_header(platform.signed_response(200, signed, now()), "content-encoding", encoding);
    *response.body_mut() = Bytes::copy_from_slice(body);
    wire(&response)
}

fn a_response_is_not_decompressed<D: Driver>() {
    let (core, platform, _) = pair(now());
    let gzipped = STANDARD.decode(GZIPPED).unwrap();
    let plain = COUPON_SENT.as_bytes();
    let server = Scripted::start(|_| {
        vec![
            // Signed, then encoded in transit; encoded, then signed; two that only claim to be encoded.
            encoded(&platform, "gzip", &gzipped, plain),
            encoded(&platform, "gzip", &gzipped, &gzipped),
            encoded(&platform, "gzip", plain, plain),
            encoded(&platform, "br", plain, plain),
        ]
    });
    let driver = D::new(single_attempt_at(&core, &server.url));
    let send = send_coupon();
    let error = driver.send(&send).unwrap_err();
    assert_names_gzip(&error);
    let kind = verify_error_kind(Err::<(), _>(error));
    assert!(matches!(kind, VerifyErrorKind::WrongSignature { .. }), "{kind:?}");
    let error = driver.send(&send).unwrap_err();
    let Error::Decode(decode) = &error else { panic!("{error:?}") };
    assert_eq!((decode.body().as_ref(), error.outcome()), (gzipped.as_slice(), Outcome::Done));
    assert_names_gzip(&error);
    for _ in ["gzip", "br"] {
        assert_eq!(driver.send(&send).unwrap().raw().as_ref(), plain);
    }
    for request in server.all() {
        assert!(!request.head.to_lowercase().contains("accept-encoding"), "{}", request.head);
    }
}

/// Expects that the error says that the encoding is the reason, and gives no other.
#[track_caller]
fn assert_names_gzip(error: &Error) {
    let text = format!("{error:#}");
    assert!(text.contains("content encoding gzip, which was not requested"), "{text}");
    assert!(!text.contains("valid JSON") && !text.contains("truncated"), "{text}");
}

fn an_encoded_error_names_its_encoding<D: Driver>() {
    let (core, platform, _) = pair(now());
    let gzipped = STANDARD.decode(GZIPPED).unwrap();
    let server = Scripted::start(|_| {
        let mut response =
            with_header(platform.signed_response(403, "{}", now()), "content-encoding", "gzip");
        *response.body_mut() = gzipped.clone().into();
        vec![wire(&response), wire(&with_header(unsigned(403, &gzipped), "content-encoding", "gzip"))]
    });
    let driver = D::new(single_attempt_at(&core, &server.url));
    for _ in ["signed", "unsigned"] {
        let error = driver.send(&send_coupon()).unwrap_err();
        assert_names_gzip(&error);
        assert_eq!(error.api().unwrap().body().as_ref(), gzipped.as_slice());
    }
}

/// A proxy that compresses a body, but leaves the length of the original.
fn an_encoded_body_that_is_cut_off_names_its_encoding<D: Driver>() {
    let (core, platform, _) = pair(now());
    let gzipped = STANDARD.decode(GZIPPED).unwrap();
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1000\r\n\r\n";
    let cut = [head.as_bytes(), &gzipped].concat();
    let server = Scripted::start(|url| {
        let link = platform.signed_response(200, &link(url, ABC_SHA1), now());
        vec![cut.clone(), wire(&link), cut]
    });
    let driver = D::new(single_attempt_at(&core, &server.url));
    let response = driver.send(&send_coupon()).unwrap_err();
    let file = driver.download(&UseFlow::new("1".into()), Cursor::new(Vec::new())).unwrap_err();
    for error in [response, file] {
        assert!(matches!(error, Error::Transport(_)), "{error:?}");
        assert_names_gzip(&error);
    }
}

fn a_file_is_not_decompressed<D: Driver>() {
    let (core, platform, _) = pair(now());
    let gzipped = STANDARD.decode(FILE_GZIPPED).unwrap();
    let server = Scripted::start(|url| {
        // `printf abc | gzip -n9 | sha1sum`.
        let links = [ABC_SHA1, "0356d1f2a3780e99e3a382c7fbcd5655cef8a75b"]
            .map(|sha1| wire(&platform.signed_response(200, &link(url, sha1), now())));
        let file = unsigned(200, &gzipped);
        let file = wire(&with_header(file, "content-encoding", "gzip"));
        links.into_iter().flat_map(|link| [link, file.clone()]).collect()
    });
    let driver = D::new(at(&core, &server.url));
    let download = || driver.download(&UseFlow::new("1".into()), Cursor::new(Vec::new()));
    let error = download().unwrap_err();
    assert_names_gzip(&error);
    let Error::Download(DownloadError::Encoded { encoding, len }) = &error else { panic!("{error:?}") };
    assert_eq!((encoding.as_str(), *len), ("gzip", gzipped.len() as u64));
    assert_eq!(download().unwrap().into_inner().into_inner(), gzipped);
    for request in server.all() {
        assert!(!request.head.to_lowercase().contains("accept-encoding"), "{}", request.head);
    }
}
