//! Rates of requests.

use serde_json::json;

use crate::common::{Call, Client, FAVOR, NOW, Signer, creator_query};

#[test]
fn a_rate_of_one_operation_refuses_what_is_beyond_it() {
    let (mut client, stock) = Client::with_stock();
    client.control_post("/limits", json!({ "coupon.send": { "per_second": 2 } })).ok();
    client.send_ok("o1", &stock, "send-1");
    client.send_ok("o1", &stock, "send-1");
    let refused = client.send("o2", &stock, "send-2");
    refused.assert_error(429, "FREQUENCY_LIMIT_EXCEED").assert_internal_code("268461336");
    assert_eq!((refused.signer, refused.header("retry-after")), (Some(Signer::PublicKey), "1"));
    // Other operations have no limit.
    for _ in 0..3 {
        client.query_stock(&stock).ok();
    }
    assert_eq!(client.control("GET", "/limits").ok()["refused"], json!({ "coupon.send": 1 }));
    // The platform's clock does not matter.
    client.advance(10);
    client.send("o2", &stock, "send-2").assert_error(429, "FREQUENCY_LIMIT_EXCEED");
    client.now += 1;
    client.send_ok("o2", &stock, "send-2");
    client.send_ok("o3", &stock, "send-3");
    client.send("o4", &stock, "send-4").assert_error(429, "FREQUENCY_LIMIT_EXCEED");
    assert_eq!(client.count("coupons"), 3);
}

#[test]
fn a_rate_per_minute_is_counted_in_a_sliding_window() {
    let mut client = Client::new();
    let list = |client: &Client| client.get(&format!("/stocks?{}&offset=0&limit=10", creator_query()));
    client.control_post("/limits", json!({ "*": { "per_minute": 3 } })).ok();
    list(&client).ok();
    client.now = NOW + 50;
    list(&client).ok();
    list(&client).ok();
    assert_eq!(list(&client).assert_error(429, "FREQUENCY_LIMIT_EXCEED").header("retry-after"), "10");
    // Each operation is counted by itself.
    client.call("GET", "/v3/certificates", "").ok();
    client.now = NOW + 59;
    assert_eq!(list(&client).assert_error(429, "FREQUENCY_LIMIT_EXCEED").header("retry-after"), "1");
    client.now = NOW + 60;
    list(&client).ok();
    assert_eq!(list(&client).assert_error(429, "FREQUENCY_LIMIT_EXCEED").header("retry-after"), "50");
}

#[test]
fn only_authentic_requests_count() {
    let client = Client::new();
    client.control_post("/limits", json!({ "*": { "per_second": 1 } })).ok();
    let target = format!("{FAVOR}/stocks?{}&offset=0&limit=10", creator_query());
    let forged = Call { mchid: "1".to_owned(), ..Call::new("GET", &target, "") };
    for _ in 0..3 {
        client.raw(forged.request()).assert_unsigned().assert_error(401, "SIGN_ERROR");
    }
    client.call("GET", &target, "").ok();
    client.call("GET", &target, "").assert_error(429, "FREQUENCY_LIMIT_EXCEED");
}

#[test]
fn the_documented_rates_are_those_of_the_platform() {
    let client = Client::new();
    let set = client.control_post("/limits", json!({ "preset": "documented" })).ok();
    // From the pages of the operations; the smaller one where a merchant or an address has its own.
    let (second, minute) = (|n: u64| json!({ "per_second": n }), |n: u64| json!({ "per_minute": n }));
    let expected = json!({
        "stock.create": minute(60), "stock.start": minute(60), "stock.pause": minute(60),
        "stock.restart": minute(60), "stock.query": second(500), "stock.list": second(500),
        "stock.merchants": minute(1000), "stock.items": minute(200), "stock.use_flow": minute(5),
        "stock.refund_flow": minute(5), "stock.modify_budget": minute(1000), "coupon.send": second(500),
        "coupon.list": second(500), "coupon.query": second(500), "callback.set": minute(5),
        "callback.query": second(2000), "media.upload": minute(100), "platform_favor.create": minute(1000),
        "platform_favor.query": second(500), "certificates.download": second(1000),
    });
    assert_eq!(set["limits"], expected);
    // What is shown can be posted again; a rate of one's own replaces the documented one.
    assert_eq!(client.control_post("/limits", expected).ok(), set);
    let own = json!({ "preset": "documented", "callback.set": second(1) });
    assert_eq!(client.control_post("/limits", own).ok()["limits"]["callback.set"], second(1));
}
