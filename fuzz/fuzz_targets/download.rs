//! Any link to a file: the merchant's signature is sent to the platform's hosts only, and only a complete file with the
//! right hash is returned.
#![no_main]

use std::io::{Cursor, Read as _, Write as _};

use arbitrary::Arbitrary;
use bytes::Bytes;
use http::Response;
use libfuzzer_sys::fuzz_target;
use wechatpay_core::cashcoupons::{UseFlow, UseFlowResponse};
use wechatpay_core::crypto::HashAlgorithm;
use wechatpay_core::crypto::insecure::{AcceptAll, PROVIDER};
use wechatpay_core::{Answer, Nonce, Stamp};
use wechatpay_fuzz::{NOW, Signature, client, show};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    url: Url<'a>,
    hash: Hash<'a>,
    sink: &'a [u8],
    pieces: Vec<&'a [u8]>,
}

#[derive(Debug, Arbitrary)]
enum Url<'a> {
    Any(&'a str),
    /// Text before and after the name of an allowed host.
    Around(&'a str, &'a str),
    /// A query after an allowed host and path.
    Allowed(&'a str),
}

#[derive(Debug, Arbitrary)]
enum Hash<'a> {
    Right,
    Any(&'a str, &'a str),
}

fn answer(url: &str, kind: &str, hash: &str) -> Option<Answer<UseFlowResponse>> {
    let body = serde_json::json!({ "url": url, "hash_type": kind, "hash_value": hash }).to_string();
    let mut response = Response::new(Bytes::from(body));
    *response.headers_mut() = Signature::Right { skew: 0 }.headers();
    client(AcceptAll).response(&UseFlow::new("1".into()), &response, NOW).ok()
}

fuzz_target!(|input: Input<'_>| {
    const HOST: &str = "api.mch.weixin.qq.com";
    let url = match input.url {
        Url::Any(url) => url.to_owned(),
        Url::Around(before, after) => format!("{before}{HOST}{after}"),
        Url::Allowed(query) => format!("https://{HOST}/v3/billdownload/file?{query}"),
    };
    let content = input.pieces.concat();
    let right = PROVIDER.hash(HashAlgorithm::Sha1, &content).unwrap();
    let (kind, hash) = match input.hash {
        Hash::Right => ("SHA1", right.as_str()),
        Hash::Any(kind, hash) => (kind, hash),
    };
    let Some(answer) = answer(&url, kind, hash) else { return };
    let download = match client(AcceptAll).download(&PROVIDER, &answer) {
        Ok(download) => download,
        Err(error) => return show(&error),
    };
    let stamp = Stamp { unix_seconds: NOW, nonce: Nonce::from_entropy([7; 16]) };
    let request = download.request(stamp).unwrap();
    assert!(request.headers().contains_key("authorization"));
    // The target host, according to two URL parsers.
    let uri = request.uri();
    const API: [&str; 5] =
        [HOST, "api2.mch.weixin.qq.com", "apihk.mch.weixin.qq.com", "api.wechatpay.cn", "api2.wechatpay.cn"];
    let allowed = |host: &str, path: &str| match path {
        "/v3/billdownload/file" => API.contains(&host),
        "/mkt/storage/bill/download" => host == "download-service.wechatpay.cn",
        _ => false,
    };
    assert_eq!(uri.scheme_str(), Some("https"));
    assert!(allowed(uri.authority().unwrap().as_str(), uri.path()), "{uri}");
    let other = url::Url::parse(&url).unwrap();
    assert!(allowed(other.host_str().unwrap().trim_end_matches('.'), other.path()), "{url}");
    assert!(other.scheme() == "https" && other.port().is_none() && other.username().is_empty());

    // The sink already has content.
    let mut sink = Cursor::new(input.sink.to_vec());
    sink.set_position(input.sink.len() as u64);
    let mut spool = download.spool(sink).unwrap();
    for piece in &input.pieces {
        spool.write_all(piece).unwrap();
    }
    match spool.finish() {
        Ok(mut file) => {
            assert_eq!(hash.to_ascii_lowercase(), right);
            let mut read = Vec::new();
            file.read_to_end(&mut read).unwrap();
            assert_eq!(read, content);
            assert!(file.is_verified());
        }
        Err(error) => {
            show(&error);
            assert_ne!(hash.to_ascii_lowercase(), right);
        }
    }
});
