//! Signatures that the OpenSSL command line made: see `openssl/make.sh`.

use std::fs;

use bytes::Bytes;
use http::Request;
use serde_json::Value;
use wechatpay_sandbox::{Credentials, Sandbox};

const KEY: &str = include_str!("../../../conformance/vectors/official_test_merchant_key_pkcs1.pem");
const CERTIFICATE: &str = include_str!("openssl/merchant_cert.pem");
const VECTORS: &str = include_str!("openssl/vectors.json");
const SERIAL: &str = "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB";
const MCHID: &str = "1900007291";

/// A sandbox whose merchant has the official test key.
fn sandbox(now: u64) -> Sandbox {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let url = "http://127.0.0.1:1";
    Credentials::load_or_create(path, url, now).unwrap();
    let platform = path.join("sandbox_platform.json");
    let mut json: Value = serde_json::from_slice(&fs::read(&platform).unwrap()).unwrap();
    json["serial_no"] = SERIAL.into();
    json["mchid"] = MCHID.into();
    fs::write(&platform, json.to_string()).unwrap();
    fs::write(path.join("apiclient_key.pem"), KEY).unwrap();
    fs::write(path.join("apiclient_cert.pem"), CERTIFICATE).unwrap();
    Sandbox::new(Credentials::load_or_create(path, url, now).unwrap()).unwrap()
}

#[test]
fn signatures_by_openssl_are_named() {
    let file: Value = serde_json::from_str(VECTORS).unwrap();
    let text = |name: &str| file[name].as_str().unwrap();
    let now = text("timestamp").parse().unwrap();
    let sandbox = sandbox(now);
    for vector in file["vectors"].as_array().unwrap() {
        let authorization = format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{MCHID}\",nonce_str=\"{}\",signature=\"{}\",timestamp=\"{now}\",serial_no=\"{SERIAL}\"",
            text("nonce"),
            vector["signature"].as_str().unwrap(),
        );
        let request = Request::post(text("target"))
            .header("accept", "*/*")
            .header("user-agent", "x")
            .header("authorization", authorization)
            .body(Bytes::from(text("body").to_owned()))
            .unwrap();
        let response = sandbox.handle(request, now);
        let status = response.status().as_u16();
        let expected: Vec<&str> = vector["codes"].as_str().unwrap().split_whitespace().collect();
        let json: Value = serde_json::from_slice(response.body()).unwrap();
        let found: Vec<&str> = json["detail"]["sandbox"]["diagnosis"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|finding| finding["code"].as_str().unwrap())
            .collect();
        assert_eq!(found, expected, "{}: {json}", vector["name"]);
        assert_eq!(status == 401, !expected.is_empty(), "{}", vector["name"]);
    }
}
