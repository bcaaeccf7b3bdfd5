//! The callback URL.

use serde_json::{Value, json};

use crate::common::{Client, credentials, with, without};

pub(crate) const URL: &str = "https://merchant.example/wechatpay/coupon";

pub(crate) fn callback_body(url: &str) -> Value {
    json!({ "mchid": credentials().mchid(), "notify_url": url })
}

fn query() -> String {
    format!("/callbacks?mchid={}", credentials().mchid())
}

#[test]
fn a_callback_url_is_set_changed_and_queried() {
    let client = Client::new();
    client.get(&query()).assert_error(404, "RESOURCE_NOT_EXISTS");
    let other = "https://merchant.example:8443/";
    for url in [URL, other, "http://127.0.0.1:9/x", "http://localhost:9", "http://[::1]:9/x"] {
        let set = client.post("/callbacks", &callback_body(url)).ok();
        assert_eq!(set, json!({ "update_time": "2026-11-23T00:00:00+08:00", "notify_url": url }));
        let known = client.get(&query()).ok();
        assert_eq!(known, json!({ "notify_url": url, "mchid": credentials().mchid() }));
    }
    client.post("/callbacks", &with(callback_body(URL), "/switch", true)).ok();
    assert_eq!(client.get(&query()).ok()["notify_url"], URL);
}

#[test]
fn an_invalid_callback_is_rejected() {
    let client = Client::new();
    let long = |length: usize| format!("{URL}/{}", "x".repeat(length - URL.len() - 1));
    client.post("/callbacks", &callback_body(&long(256))).ok();
    for url in [
        json!(long(257)),
        json!(""),
        json!(1),
        json!("merchant.example/x"),
        json!("/x"),
        json!("https:///x"),
        json!("https://merchant.example/a b"),
        json!("https://merchant.example/x?y=1"),
        json!("https://merchant.example/x?"),
        json!("https://merchant.example/x#y"),
        json!("https://user@merchant.example/x"),
        json!("https://user:pw@merchant.example/x"),
        json!("https://merchant.example:99999/x"),
        json!("https://merchant.example:0/x"),
        json!("https://[2001:db8::1]:65536/x"),
        json!("http://merchant.example/x"),
        json!("http://10.0.0.1/x"),
        json!("http://127.0.0.1.merchant.example/x"),
        json!("ftp://127.0.0.1/x"),
    ] {
        let reply = client.post("/callbacks", &with(callback_body(URL), "/notify_url", url));
        assert_eq!(reply.assert_param_error()["field"], "/notify_url", "{reply:?}");
    }
    for switch in [json!(false), json!("true"), json!(1)] {
        let reply = client.post("/callbacks", &with(callback_body(URL), "/switch", switch));
        assert_eq!(reply.assert_param_error()["field"], "/switch");
    }
    client.post("/callbacks", &without(callback_body(URL), "/mchid")).assert_param_error();
    client.post("/callbacks", &without(callback_body(URL), "/notify_url")).assert_param_error();
    client
        .post("/callbacks", &with(callback_body(URL), "/mchid", "1999999999"))
        .assert_error(400, "INVALID_REQUEST");
    client.get("/callbacks?mchid=1999999999").assert_error(400, "INVALID_REQUEST");
    client.get("/callbacks").assert_param_error();
    assert_eq!(client.get(&query()).ok()["notify_url"], json!(long(256)));
}
