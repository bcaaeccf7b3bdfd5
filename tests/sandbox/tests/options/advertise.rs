//! The advertised URL.

use serde_json::json;
use wechatpay_sandbox::Options;

use crate::client;
use crate::common::{Call, DAY, NOW, terms};

#[test]
fn links_to_files_begin_with_the_advertised_url() {
    let mut client = client(Options::new().advertise("https://sandbox.example.com:8443/"));
    let stock = client.create_and_start(&terms("create-1"));
    let coupon = client.send_ok("o1", &stock, "send-1");
    client.control_post(&format!("/coupons/{coupon}/redeem"), json!({})).ok();
    client.now = NOW + DAY;
    let link = client.get(&format!("/stocks/{stock}/use-flow-by-day?bill_date=2026-11-23")).ok();
    let target = link["url"].as_str().unwrap().strip_prefix("https://sandbox.example.com:8443").unwrap();
    let file = client.raw(client.call_now("GET", target, "").request());
    assert_eq!(file.status, 200);
    assert!(!file.body.is_empty());
}

#[test]
fn a_refused_request_links_to_the_log_at_the_advertised_url() {
    let client = client(Options::new().advertise("http://sandbox:8700"));
    let reply = client.raw(Call { mchid: "1".to_owned(), ..Call::list_of_stocks() }.request());
    assert_eq!(reply.json.pointer("/detail/sandbox/see").unwrap(), "http://sandbox:8700/_sandbox/requests/1");
}
