//! Loading a state: by `PUT /_sandbox/state`, and as the seed of a new sandbox.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use wechatpay_sandbox::{Options, Sandbox, SandboxError};

use crate::ask;
use crate::common::connection::{Connection, start};
use crate::common::{Client, NOW, Reply, assert_fields, credentials, terms, with, without};

/// Replaces the state.
pub(crate) fn put(client: &Client, state: &Value) -> Reply {
    client.raw(Request::put("/_sandbox/state").body(Bytes::from(state.to_string())).unwrap())
}

/// A seed that somebody writes: a running stock and a coupon.
pub(crate) fn seed() -> Value {
    json!({
        "stocks": [{ "terms": without(terms("create-1"), "/belong_merchant"), "status": "running" }],
        "coupons": [{ "stock_id": "10000001", "openid": "o1", "out_request_no": "send-1" }],
    })
}

fn with_options(options: Options) -> Client {
    Client { sandbox: Sandbox::with_options(credentials().clone(), options).unwrap(), now: NOW }
}

#[test]
fn a_seed_needs_only_what_has_no_default() {
    let client = Client::new();
    let imported = put(&client, &seed()).ok()["imported"].take();
    assert_fields(&imported, json!({ "stocks": 1, "coupons": 1, "faults": 0 }));
    let export = client.export();
    let expected = json!({
        "stock_id": "10000001", "status": "running", "create_time": "2026-11-23T00:00:00+08:00",
        "start_time": "2026-11-23T00:00:00+08:00", "budget": 2500, "distributed_coupons": 1,
        "stock_creator_mchid": credentials().mchid(), "merchants": [credentials().mchid(), "1999999999"],
    });
    assert_fields(&export["stocks"][0], expected);
    let expected = json!({ "coupon_id": "20000001", "status": "SENDED", "openid": "o1" });
    assert_fields(&export["coupons"][0], expected);

    // It is as if it had happened: a retry, the limit per user, the next id, the change of a status.
    assert_eq!(client.send_ok("o1", "10000001", "send-1"), "20000001");
    assert_eq!(client.send_ok("o1", "10000001", "send-2"), "20000002");
    client.send("o1", "10000001", "send-3").assert_error(403, "RULE_LIMIT");
    client.redeem("20000001").ok();
    client.change_status("10000001", "pause").ok();
    assert_eq!(client.create(&terms("create-1")), "10000001");
    assert_eq!(client.create(&terms("create-2")), "10000002");
}

#[test]
fn the_seed_of_the_documentation_can_be_loaded() {
    let text = include_str!("../../../../docs/sandbox.md");
    let section = text.split_once("### Load a state").unwrap().1;
    let example = section.split_once("```json").unwrap().1.split_once("```").unwrap().0;
    let client = Client::new();
    put(&client, &serde_json::from_str(example).unwrap()).ok();
    let coupons = client.export()["coupons"].take();
    let statuses = coupons.as_array().unwrap().iter().map(|coupon| coupon["status"].as_str().unwrap());
    assert!(statuses.eq(["SENDED", "USED"]));
}

#[test]
fn the_statuses_of_a_seed_have_times() {
    let client = Client::new();
    for (status, times) in [
        ("unactivated", &[][..]),
        ("running", &["start_time"]),
        ("paused", &["start_time", "pause_time"]),
        ("stoped", &["stop_time"]),
    ] {
        put(&client, &with(seed(), "/stocks/0/status", status)).ok();
        let stock = client.export()["stocks"][0].take();
        for name in ["start_time", "pause_time", "restart_time", "stop_time"] {
            assert_eq!(stock.get(name).is_some(), times.contains(&name), "{status} {name}");
        }
    }
}

#[test]
fn a_coupon_of_a_seed_can_be_used_and_refunded() {
    let client = Client::new();
    let coupon = |rest: Value| {
        let mut coupon = seed()["coupons"][0].take();
        coupon.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        with(seed(), "/coupons/0", coupon)
    };
    put(&client, &coupon(json!({ "status": "USED" }))).ok();
    let used = client.export()["coupons"][0].take();
    assert_fields(&used, json!({ "status": "USED", "order_amount": 1000, "refund": null }));
    // The defaults are those of a coupon that is redeemed.
    put(&client, &seed()).ok();
    client.redeem("20000001").ok();
    assert_eq!(client.export()["coupons"][0], used);

    let given = json!({
        "order_amount": 7000, "refund": { "refund_id": "1", "refund_time": "2026-11-23T00:00:02+08:00" },
        "consume_information": { "consume_time": NOW + 1, "consume_mchid": "15", "transaction_id": "2" },
    });
    put(&client, &coupon(given.clone())).ok();
    let mut refunded = client.export()["coupons"][0].take();
    assert_eq!(refunded["consume_information"]["consume_time"], "2026-11-23T00:00:01+08:00");
    refunded["consume_information"]["consume_time"] = (NOW + 1).into();
    assert_fields(&refunded, given);
}

#[test]
fn an_import_replaces_everything_but_the_keys() {
    let (client, stock, _) = Client::with_coupon();
    client
        .post("/callbacks", &json!({ "mchid": credentials().mchid(), "notify_url": "http://127.0.0.1:9/" }))
        .ok();
    client.control_post("/limits", json!({ "not_enough": {} })).ok();
    client.add_fault(json!({ "fault": "close_before" }));
    client.advance(7);
    client.change_status(&stock, "pause").ok();
    client.control_post("/merchant/certificate", json!({ "api_v3_key": false })).ok();
    client.control("POST", "/certificates/add").ok();
    let keys = client.state()["platform_keys"].take();
    put(&client, &json!({})).ok();
    let mut expected = Client::new().export();
    expected["platform_keys"] = keys;
    assert_eq!(client.export(), expected);
    assert_eq!(client.control("GET", "/requests").ok(), json!({ "requests": [] }));
}

#[test]
fn what_is_imported_is_in_the_state_file() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options::new().state_file(folder.path().join("state"));
    let client = with_options(options());
    client.create(&terms("before"));
    put(&client, &seed()).ok();
    client.send_ok("o2", "10000001", "send-2");
    let export = client.export();
    drop(client);
    assert_eq!(with_options(options()).export(), export);
}

#[test]
fn a_new_sandbox_begins_with_its_seed() {
    let client = with_options(Options::new().seed(seed().to_string(), NOW));
    assert_eq!(client.send_ok("o1", "10000001", "send-1"), "20000001");
    assert!(!client.sandbox.is_restored());

    let options = Options::new().seed(r#"{"stocks": [{}]}"#, NOW);
    let error = Sandbox::with_options(credentials().clone(), options).unwrap_err();
    assert!(matches!(&error, SandboxError::Seed(says) if says.contains("/stocks/0/terms")), "{error}");
}

#[test]
fn a_state_file_takes_precedence_over_the_seed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    let options = || Options::new().state_file(&file);
    // A seed that is not valid leaves no file, which would hide the corrected one.
    Sandbox::with_options(credentials().clone(), options().seed("{", NOW)).unwrap_err();
    assert!(!file.exists());

    let client = with_options(options().seed(seed().to_string(), NOW));
    client.send_ok("o2", "10000001", "send-2");
    let export = client.export();
    drop(client);
    let client = with_options(options().seed("not read", NOW));
    assert!(client.sandbox.is_restored());
    assert_eq!(client.export(), export);
}

#[test]
fn no_private_key_is_exported() {
    let (client, ..) = Client::with_coupon();
    client.control("POST", "/certificates/rotate").ok();
    let export = client.control("GET", "/state/export").body;
    let text = String::from_utf8(export.to_vec()).unwrap();
    let keys = [credentials().private_key_pem(), credentials().api_v3_key(), "PRIVATE KEY"];
    for key in keys {
        assert!(!text.contains(key));
    }
}

#[test]
fn a_body_over_the_limit_is_answered_with_the_way_out() {
    let (server, _client) = start();
    let mut connection = Connection::open(&server);
    connection.write("PUT /_sandbox/state HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4194305\r\n\r\n");
    let reply = connection.read_reply().unwrap();
    let message = reply.assert_error(413, "PARAM_ERROR").json["message"].to_string();
    assert!(message.contains("4 MiB") && message.contains("--seed"), "{message}");
    // Other requests are answered as before.
    let mut connection = Connection::open(&server);
    connection.write("POST /_sandbox/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4194305\r\n\r\n");
    assert_eq!(connection.read_reply().unwrap().body, "");
}

#[test]
fn a_page_of_another_origin_cannot_import() {
    let client = Client::new();
    client.create(&terms("create-1"));
    for headers in
        [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site"), ("host", "evil.example")]
    {
        let host = ("host", "localhost");
        let all = if headers.0 == "host" { vec![headers] } else { vec![host, headers] };
        assert_eq!(ask(&client, "PUT", "/_sandbox/state", &all).status, 403, "{headers:?}");
    }
    assert_eq!(client.count("stocks"), 1);
}
