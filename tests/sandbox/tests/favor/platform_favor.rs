//! Platform-favor stocks: creation, queries and errors.

use serde_json::{Value, json};

use crate::common::{Client, NOW, credentials, platform_favor as favor, with, without};

fn path(id: &str, creator: &str) -> String {
    format!("/platform-favor/{id}?stock_creator_mchid={creator}")
}

#[test]
fn a_created_platform_favor_can_be_queried() {
    let client = Client::new();
    let created = client.post("/platform-favor", &favor("favor-1")).ok();
    let sent = favor("favor-1");
    for name in ["belong_merchant", "send_rule", "use_rule", "display_pattern"] {
        assert_eq!(created[name], sent[name], "{name}");
    }
    assert_eq!(created["stock_status"], "UNACTIVATED");
    assert_eq!(created["create_time"], "2026-11-23T00:00:00+08:00");
    assert!(created["stock_name"].is_string());
    let id = created["stock_id"].as_str().unwrap();
    let mchid = credentials().mchid();
    assert_eq!(client.get(&path(id, mchid)).ok(), created);

    client.get(&path(id, "1999999999")).assert_error(400, "INVALID_REQUEST");
    client.get(&path("1", mchid)).assert_error(404, "RESOURCE_NOT_EXISTS");
    client.get(&format!("/platform-favor/{id}")).assert_param_error();
    // It cannot be queried as a coupon stock.
    client.get(&format!("/stocks/{id}?stock_creator_mchid={mchid}")).assert_error(404, "RESOURCE_NOT_EXISTS");
}

#[test]
fn creating_a_platform_favor_is_idempotent() {
    let mut client = Client::new();
    let first = client.post("/platform-favor", &favor("favor-1")).ok();
    client.now = NOW + 60;
    assert_eq!(client.post("/platform-favor", &favor("favor-1")).ok(), first);
    let other = with(favor("favor-1"), "/send_rule/max_coupons", 99);
    client.post("/platform-favor", &other).assert_error(400, "INVALID_REQUEST");
    let second = client.post("/platform-favor", &favor("favor-2")).ok();
    assert_ne!(second["stock_id"], first["stock_id"]);
    // With what an import needs.
    let exported = |created: &Value, number: &str| with(created.clone(), "/terms", favor(number));
    let exported = [exported(&first, "favor-1"), exported(&second, "favor-2")];
    assert_eq!(client.export()["platform_favors"], json!(exported));
}

#[test]
fn missing_or_invalid_fields_are_rejected() {
    let client = Client::new();
    for pointer in [
        "/belong_merchant",
        "/out_request_no",
        "/send_rule",
        "/send_rule/max_coupons",
        "/send_rule/max_amount",
        "/send_rule/max_coupons_per_user",
        "/send_rule/deduct_balance_method",
        "/use_rule",
        "/use_rule/coupon_amount",
        "/use_rule/available_time/available_begin_time",
        "/use_rule/available_time/available_end_time",
    ] {
        let wrong = [json!(""), json!(0), json!([])].map(|value| with(favor("favor-1"), pointer, value));
        for favor in wrong.into_iter().chain([without(favor("favor-1"), pointer)]) {
            let reply = client.post("/platform-favor", &favor);
            let field = reply.assert_param_error()["field"].as_str().unwrap();
            assert!(field.starts_with(pointer), "{pointer}: {field}");
        }
    }
    let end = "/use_rule/available_time/available_end_time";
    client
        .post("/platform-favor", &with(favor("favor-1"), end, "2026-11-24T00:00:00+08:00"))
        .assert_param_error();
    let other_merchant = with(favor("favor-1"), "/belong_merchant", "1999999999");
    client.post("/platform-favor", &other_merchant).assert_error(400, "MCH_NOT_EXISTS");
}
