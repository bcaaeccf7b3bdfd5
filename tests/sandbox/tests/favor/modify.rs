//! Changes to activated stocks.

use serde_json::{Value, json};

use crate::common::{Client, END, NOW, Reply, assert_fields, creator_query, credentials, terms, with};

fn modify(client: &Client, stock: &str, action: &str, change: &Value) -> Reply {
    let body = with(change.clone(), "/stock_creator_mchid", credentials().mchid());
    client.post(&format!("/stocks/{stock}/{action}"), &body)
}

/// One valid change of each kind.
fn changes() -> [(&'static str, Value); 3] {
    [
        ("modify-merchants", json!({ "add_mchid_list": ["1888888888"] })),
        ("modify-goods-id", json!({ "add_goods_id_list": ["a"] })),
        ("max-amount-modify", json!({ "current_max_amount": 2500, "target_max_amount": 3000 })),
    ]
}

fn listed(client: &Client, stock: &str, list: &str) -> Value {
    client.get(&format!("/stocks/{stock}/{list}?{}&offset=0&limit=50", creator_query())).ok()["data"].clone()
}

fn budget(client: &Client, stock: &str, current: i64, target: i64) -> Reply {
    let change = json!({ "current_max_amount": current, "target_max_amount": target });
    modify(client, stock, "max-amount-modify", &change)
}

#[test]
fn coupons_are_usable_at_the_changed_merchants() {
    let (mut client, stock, coupon) = Client::with_coupon();
    let change = json!({ "add_mchid_list": ["1888888888"], "delete_mchid_list": ["1999999999"] });
    client.now = NOW + 60;
    let changed = modify(&client, &stock, "modify-merchants", &change).ok();
    assert_eq!(changed, json!({ "effect_time": "2026-11-23T00:01:00+08:00", "stock_id": stock }));
    // A retry of the identical request gets the identical response.
    client.now = NOW + 120;
    assert_eq!(modify(&client, &stock, "modify-merchants", &change).ok(), changed);

    assert_eq!(listed(&client, &stock, "merchants"), json!([credentials().mchid(), "1888888888"]));
    let usable = |mchid: &str| client.list_coupons("o1", &format!("available_mchid={mchid}")).ok();
    assert_eq!(usable("1888888888")["data"][0]["coupon_id"], coupon.as_str());
    assert_eq!(usable("1999999999")["total_count"], 0);
    // Creating the stock again is still a retry that returns the same stock.
    assert_eq!(client.create(&terms("create-1")), stock);
}

#[test]
fn the_last_goods_id_cannot_be_removed() {
    let client = Client::new();
    let stock = client.create_and_start(&with(
        terms("create-1"),
        "/coupon_use_rule/available_items",
        json!(["a", "b"]),
    ));
    let all = json!({ "delete_goods_id_list": ["a", "b", "c"] });
    modify(&client, &stock, "modify-goods-id", &all).assert_error(400, "INVALID_REQUEST");
    assert_eq!(listed(&client, &stock, "items"), json!(["a", "b"]));

    let change = json!({ "add_goods_id_list": ["c", "a", "c"], "delete_goods_id_list": ["b"] });
    let changed = modify(&client, &stock, "modify-goods-id", &change).ok();
    // The official page uses this name for the effective time.
    assert_eq!(changed, json!({ "pause_time": "2026-11-23T00:00:00+08:00", "stock_id": stock }));
    assert_eq!(modify(&client, &stock, "modify-goods-id", &change).ok(), changed);
    assert_eq!(listed(&client, &stock, "items"), json!(["a", "c"]));
}

#[test]
fn sending_is_limited_by_the_changed_budget() {
    let (client, stock) = Client::with_stock();
    for user in 1..=5 {
        client.send_ok(&format!("o{user}"), &stock, &format!("send-{user}"));
    }
    client.send("o6", &stock, "send-6").assert_error(403, "NOT_ENOUGH");
    assert_eq!(budget(&client, &stock, 2500, 3000).ok(), json!({ "max_amount": 3000, "stock_id": stock }));
    client.send_ok("o6", &stock, "send-6");
    client.send("o7", &stock, "send-7").assert_error(403, "NOT_ENOUGH");
    let rule = json!({ "max_amount": 3000, "max_coupons": 6 });
    assert_fields(&client.query_stock(&stock).ok()["stock_use_rule"], rule);
    // After a reduction no coupon can be sent. Sent coupons remain.
    budget(&client, &stock, 3000, 500).ok();
    client.send("o7", &stock, "send-7").assert_error(403, "NOT_ENOUGH");
    assert_eq!(client.count("coupons"), 6);
    assert_eq!(client.create(&terms("create-1")), stock);
}

#[test]
fn a_budget_change_must_name_the_current_budget() {
    let (client, stock) = Client::with_stock();
    budget(&client, &stock, 2499, 3000).assert_error(400, "INVALID_REQUEST");
    budget(&client, &stock, 2500, 3000).ok();
    // A retry succeeds because its target is already set, although its current budget is no longer right.
    assert_eq!(budget(&client, &stock, 2500, 3000).ok()["max_amount"], 3000);
    budget(&client, &stock, 2500, 3500).assert_error(400, "INVALID_REQUEST");
    budget(&client, &stock, 3000, 3500).ok();
    // The first request is no longer a retry: its target is not set, and its current budget is outdated.
    budget(&client, &stock, 2500, 3000).assert_error(400, "INVALID_REQUEST");
    assert_eq!(client.export()["stocks"][0]["stock_use_rule"]["max_amount"], 3500);
}

#[test]
fn only_an_activated_stock_can_be_changed() {
    let mut client = Client::new();
    let stock = client.create(&terms("create-1"));
    let assert_all_rejected = |client: &Client| {
        for (action, change) in changes() {
            modify(client, &stock, action, &change).assert_error(400, "INVALID_REQUEST");
        }
    };
    assert_all_rejected(&client);
    client.change_status(&stock, "start").ok();
    client.now = END + 1;
    assert_all_rejected(&client);
    client.now = END;
    client.change_status(&stock, "pause").ok();
    for (action, change) in changes() {
        modify(&client, &stock, action, &change).ok();
    }
}

#[test]
fn an_invalid_change_names_the_field() {
    const TARGET: &str = "/target_max_amount";
    const CURRENT: &str = "/current_max_amount";
    let (client, stock) = Client::with_stock();
    for (action, change, field) in [
        ("modify-merchants", json!({ "add_mchid_list": "1888888888" }), "/add_mchid_list"),
        ("modify-merchants", json!({ "add_mchid_list": ["1888888888", 1] }), "/add_mchid_list/1"),
        ("modify-merchants", json!({ "delete_mchid_list": ["1".repeat(21)] }), "/delete_mchid_list/0"),
        ("modify-goods-id", json!({ "add_goods_id_list": [""] }), "/add_goods_id_list/0"),
        ("modify-goods-id", json!({ "delete_goods_id_list": ["a".repeat(129)] }), "/delete_goods_id_list/0"),
        ("max-amount-modify", json!({ "current_max_amount": 2500 }), TARGET),
        ("max-amount-modify", json!({ "target_max_amount": 2500 }), CURRENT),
        ("max-amount-modify", json!({ "current_max_amount": "2500", "target_max_amount": 3000 }), CURRENT),
        ("max-amount-modify", json!({ "current_max_amount": 2500, "target_max_amount": -1 }), TARGET),
    ] {
        let reply = modify(&client, &stock, action, &change);
        assert_eq!(reply.assert_param_error()["field"], field, "{change}");
    }
    for (action, body) in changes() {
        let path = format!("/stocks/{stock}/{action}");
        client.post(&path, &body).assert_param_error();
        let other = with(body.clone(), "/stock_creator_mchid", "1999999999");
        client.post(&path, &other).assert_error(400, "INVALID_REQUEST");
        modify(&client, "99", action, &body).assert_error(404, "RESOURCE_NOT_EXISTS");
    }
}
