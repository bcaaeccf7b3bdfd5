//! The callback URL.

use serde_json::{Value, json};

use crate::common::{Client, credentials};

pub(crate) const URL: &str = "https://merchant.example/wechatpay/coupon";

pub(crate) fn setting(url: &str) -> Value {
    json!({ "mchid": credentials().mchid(), "notify_url": url })
}

fn query() -> String {
    format!("/callbacks?mchid={}", credentials().mchid())
}

#[test]
fn a_callback_url_is_set_changed_and_queried() {
    let client = Client::new();
    client.get(&query()).refused(404, "RESOURCE_NOT_EXISTS");
    let other = "https://merchant.example:8443/";
    for url in [URL, other, "http://127.0.0.1:9/x", "http://localhost:9", "http://[::1]:9/x"] {
        let set = client.post("/callbacks", &setting(url)).ok();
        assert_eq!(set, json!({ "update_time": "2026-11-23T00:00:00+08:00", "notify_url": url }));
        let known = client.get(&query()).ok();
        assert_eq!(known, json!({ "notify_url": url, "mchid": credentials().mchid() }));
    }
    let mut body = setting(URL);
    body["switch"] = true.into();
    client.post("/callbacks", &body).ok();
    assert_eq!(client.get(&query()).ok()["notify_url"], URL);
}

#[test]
fn a_wrong_callback_is_refused() {
    let client = Client::new();
    let long = |length: usize| format!("{URL}/{}", "x".repeat(length - URL.len() - 1));
    client.post("/callbacks", &setting(&long(256))).ok();
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
        json!("http://merchant.example/x"),
        json!("http://10.0.0.1/x"),
        json!("http://127.0.0.1.merchant.example/x"),
        json!("ftp://127.0.0.1/x"),
    ] {
        let body = json!({ "mchid": credentials().mchid(), "notify_url": url });
        assert_eq!(client.post("/callbacks", &body).param_error()["field"], "/notify_url", "{url}");
    }
    for switch in [json!(false), json!("true"), json!(1)] {
        let mut body = setting(URL);
        body["switch"] = switch;
        assert_eq!(client.post("/callbacks", &body).param_error()["field"], "/switch");
    }
    client.post("/callbacks", &json!({ "notify_url": URL })).param_error();
    client.post("/callbacks", &json!({ "mchid": credentials().mchid() })).param_error();
    let stranger = json!({ "mchid": "1999999999", "notify_url": URL });
    client.post("/callbacks", &stranger).refused(400, "INVALID_REQUEST");
    client.get("/callbacks?mchid=1999999999").refused(400, "INVALID_REQUEST");
    client.get("/callbacks").param_error();
    assert_eq!(client.get(&query()).ok()["notify_url"], json!(long(256)));
}
