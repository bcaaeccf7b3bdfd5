//! Stocks: creation, life cycle, queries and lists.

use serde_json::{Value, json};

use crate::common::{Client, DAY, NOW, assert_fields, creator_query, send_body, terms, with};

/// Returns a field of each entry of a list.
pub(crate) fn ids(list: &Value, name: &str) -> Vec<String> {
    let data = list["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    data.iter().map(|entry| entry[name].as_str().unwrap().to_owned()).collect()
}

#[test]
fn creating_a_stock_is_idempotent() {
    let mut client = Client::new();
    let first = client.post("/coupon-stocks", &terms("create-1")).ok();
    // Also after its begin time has passed.
    client.now = NOW + DAY;
    assert_eq!(client.post("/coupon-stocks", &terms("create-1")).ok(), first);
    let other = with(terms("create-1"), "/stock_name", "another");
    client.post("/coupon-stocks", &other).assert_error(400, "INVALID_REQUEST");
    assert_eq!(client.count("stocks"), 1);
    assert_eq!(client.export()["stocks"][0]["stock_name"], "双旦满减券");
    client.now = NOW;
    assert_ne!(client.create(&terms("create-2")), first["stock_id"]);
}

#[test]
fn a_paused_stock_sends_no_new_coupon() {
    let (mut client, stock, coupon) = Client::with_coupon();
    client.now = NOW + 1;
    let paused = client.change_status(&stock, "pause").ok();
    assert_eq!(paused, json!({ "pause_time": "2026-11-23T00:00:01+08:00", "stock_id": stock }));
    client.now = NOW + 2;
    assert_eq!(client.change_status(&stock, "pause").ok(), paused, "pausing is idempotent");
    client
        .send("o1", &stock, "send-2")
        .assert_error(403, "REQUEST_BLOCKED")
        .assert_internal_code("270079533");
    assert_eq!(client.send_ok("o1", &stock, "send-1"), coupon);
    let restarted = client.change_status(&stock, "restart").ok();
    assert_eq!(restarted["restart_time"], "2026-11-23T00:00:02+08:00");
    client.send_ok("o1", &stock, "send-2");
    client.now = NOW + 3;
    assert_eq!(client.change_status(&stock, "pause").ok()["pause_time"], "2026-11-23T00:00:03+08:00");
}

#[test]
fn invalid_changes_of_status_are_rejected() {
    let client = Client::new();
    let stock = client.create(&terms("create-1"));
    client.send("o1", &stock, "send-1").assert_error(403, "REQUEST_BLOCKED");
    client.change_status(&stock, "pause").assert_error(400, "INVALID_REQUEST");
    client.change_status(&stock, "restart").assert_error(400, "INVALID_REQUEST");
    let started = client.change_status(&stock, "start").ok();
    assert_eq!(client.change_status(&stock, "start").ok(), started);
    client.change_status(&stock, "restart").assert_error(400, "INVALID_REQUEST");
    client.change_status(&stock, "stop").assert_error(400, "INVALID_REQUEST");
    client.change_status(&stock, "pause").ok();
    client.change_status(&stock, "start").assert_error(400, "INVALID_REQUEST");
    client.change_status(&stock, "stop").assert_error(400, "INVALID_REQUEST");
}

#[test]
fn only_a_stock_that_was_never_activated_can_be_stopped() {
    let mut client = Client::new();
    let stock = client.create(&terms("create-1"));
    client.now = NOW + 5;
    let stopped = client.change_status(&stock, "stop").ok();
    assert_eq!(stopped, json!({ "stop_time": "2026-11-23T00:00:05+08:00", "stock_id": stock }));
    assert_eq!(client.change_status(&stock, "stop").ok(), stopped);
    client.change_status(&stock, "start").assert_error(400, "INVALID_REQUEST");
    client.send("o1", &stock, "send-1").assert_error(403, "REQUEST_BLOCKED");
    let expected = json!({ "status": "stoped", "stop_time": stopped["stop_time"] });
    assert_fields(&client.query_stock(&stock).ok(), expected);
}

#[test]
fn only_the_creator_may_use_a_stock() {
    let (client, stock) = Client::with_stock();
    let other = json!({ "stock_creator_mchid": "1999999999" });
    for action in ["start", "pause", "restart", "stop"] {
        client.post(&format!("/stocks/{stock}/{action}"), &other).assert_error(400, "INVALID_REQUEST");
        client.post(&format!("/stocks/{stock}/{action}"), &json!({})).assert_param_error();
    }
    client
        .get(&format!("/stocks/{stock}?stock_creator_mchid=1999999999"))
        .assert_error(400, "INVALID_REQUEST");
    client.get(&format!("/stocks/{stock}")).assert_param_error();
    let body = with(send_body(&stock, "send-1"), "/stock_creator_mchid", "1999999999");
    client.post("/users/o1/coupons", &body).assert_error(400, "INVALID_REQUEST");
    let stock = with(terms("create-2"), "/belong_merchant", "1999999999");
    client.post("/coupon-stocks", &stock).assert_error(400, "MCH_NOT_EXISTS");
}

#[test]
fn stocks_are_listed_by_page_status_and_time() {
    let mut client = Client::new();
    let list = |client: &Client, query: &str| client.get(&format!("/stocks?{}{query}", creator_query()));
    let empty = list(&client, "&offset=0&limit=10").ok();
    assert_eq!(empty, json!({ "total_count": 0, "offset": 0, "limit": 10 }));
    let mut made = Vec::new();
    for number in 0..3 {
        client.now = NOW + number * 60;
        let terms = terms(&format!("create-{number}"));
        made.push(client.create(&with(terms, "/available_begin_time", "2026-11-24T00:00:00+08:00")));
    }
    client.change_status(&made[1], "start").ok();

    let first = list(&client, "&offset=0&limit=2").ok();
    // The offset is the number of a page, not of a row.
    let second = list(&client, "&offset=1&limit=2").ok();
    assert_eq!(first["total_count"], 3);
    assert_fields(&second, json!({ "total_count": 3, "offset": 1, "limit": 2 }));
    let mut all = [ids(&first, "stock_id"), ids(&second, "stock_id")].concat();
    assert_eq!((ids(&first, "stock_id").len(), all.len()), (2, 3));
    all.sort();
    assert_eq!(all, made);
    list(&client, "&offset=2&limit=2").assert_error(404, "RESOURCE_NOT_EXISTS");
    list(&client, "&offset=18446744073709551615&limit=10").assert_error(404, "RESOURCE_NOT_EXISTS");

    let running = list(&client, "&offset=0&limit=10&status=running").ok();
    assert_eq!(ids(&running, "stock_id"), made[1..2]);
    assert_eq!(list(&client, "&offset=0&limit=10&status=stoped").ok()["total_count"], 0);
    let from = "&create_start_time=2026-11-23T00%3A01%3A00%2B08%3A00";
    assert_eq!(list(&client, &format!("&offset=0&limit=10{from}")).ok()["total_count"], 2);
    let until = "&create_end_time=2026-11-23T00%3A01%3A00%2B08%3A00";
    let both = list(&client, &format!("&offset=0&limit=10{from}{until}")).ok();
    assert_eq!(ids(&both, "stock_id"), made[1..2]);
    let other = client.get("/stocks?stock_creator_mchid=1999999999&offset=0&limit=10").ok();
    assert_eq!(other["total_count"], 0);
}

#[test]
fn an_invalid_list_query_names_the_parameter() {
    let client = Client::new();
    for (query, field, value) in [
        ("offset=0&limit=11", "limit", json!(11)),
        ("offset=0&limit=0", "limit", json!(0)),
        ("offset=0&limit=-1", "limit", json!("-1")),
        ("offset=0", "limit", Value::Null),
        ("limit=10", "offset", Value::Null),
        ("offset=x&limit=10", "offset", json!("x")),
        ("offset=0&limit=10&status=RUNNING", "status", json!("RUNNING")),
        ("offset=0&limit=10&status=stopped", "status", json!("stopped")),
        ("offset=0&limit=10&create_start_time=2026-11-23", "create_start_time", json!("2026-11-23")),
        (
            "offset=0&limit=10&create_start_time=2026-11-23T00:00:00%2B0800",
            "create_start_time",
            json!("2026-11-23T00:00:00+0800"),
        ),
        // An unencoded `+` is decoded to a space.
        (
            "offset=0&limit=10&create_end_time=2026-11-23T00:00:00+08:00",
            "create_end_time",
            json!("2026-11-23T00:00:00 08:00"),
        ),
    ] {
        let reply = client.get(&format!("/stocks?{}&{query}", creator_query()));
        assert_fields(reply.assert_param_error(), json!({ "field": field, "location": "query" }));
        assert_eq!(reply.json["detail"]["value"], value, "{query}");
    }
    client.get("/stocks?offset=0&limit=10").assert_param_error();
}

#[test]
fn an_invalid_stock_names_the_field() {
    let client = Client::new();
    let (never_valid, breaks_a_rule) = ("PARAM_ERROR", "INVALID_REQUEST");
    for (code, pointer, value) in [
        (never_valid, "/stock_use_rule/max_amount", json!("2500")),
        (never_valid, "/stock_use_rule/max_amount", json!(2500.5)),
        (never_valid, "/stock_use_rule/max_amount", json!(-2500)),
        (never_valid, "/stock_use_rule/max_coupons_per_user", json!(0)),
        (never_valid, "/stock_name", json!("")),
        (never_valid, "/out_request_no", json!("a b")),
        (never_valid, "/available_begin_time", json!("2026-11-23")),
        // Times that are not RFC 3339.
        (never_valid, "/available_begin_time", json!("2026-11-23T00:00:00+0800")),
        (never_valid, "/available_begin_time", json!("2026-11-23T00:00:00+08")),
        (never_valid, "/available_begin_time", json!("2026-11-23T00:00+08:00")),
        (never_valid, "/available_begin_time", json!("2026-11-23 00:00:00+08:00")),
        (never_valid, "/available_end_time", json!("2026-12-23T00:00:00+0800")),
        // Other types, which only responses may have.
        (never_valid, "/belong_merchant", json!(1_900_007_291)),
        (never_valid, "/stock_name", json!(1)),
        (never_valid, "/no_cash", json!("true")),
        (never_valid, "/coupon_use_rule/fixed_normal_coupon/coupon_amount", json!("500")),
        (never_valid, "/coupon_use_rule/available_merchants/0", json!(1_900_007_291)),
        (never_valid, "/available_end_time", json!("2026-11-22T00:00:00+08:00")),
        // Documented: neither an empty list nor an empty text.
        (never_valid, "/coupon_use_rule/goods_tag", json!([])),
        (never_valid, "/coupon_use_rule/goods_tag", json!([""])),
        // 批次发放规则或核销规则有误.
        (breaks_a_rule, "/stock_use_rule/max_amount", json!(2499)),
        (breaks_a_rule, "/stock_use_rule/max_amount", json!(2501)),
        (breaks_a_rule, "/stock_use_rule/max_coupons_per_user", json!(6)),
        (breaks_a_rule, "/stock_name", json!("a_b")),
        (breaks_a_rule, "/available_begin_time", json!("2026-11-22T23:59:59+08:00")),
        (breaks_a_rule, "/coupon_use_rule/fixed_normal_coupon/transaction_minimum", json!(500)),
    ] {
        let reply = client.post("/coupon-stocks", &with(terms("create-1"), pointer, value));
        let detail = &reply.assert_error(400, code).json["detail"];
        assert_fields(detail, json!({ "field": pointer, "location": "body" }));
        assert!(detail["issue"].is_string());
    }
    assert_eq!(client.export()["stocks"], json!([]));
    // The documented example of an extension is no JSON.
    let mut extended = terms("create-1");
    extended["ext_info"] = json!("{'exinfo1':'1234','exinfo2':'3456'}");
    client.create(&extended);
}

#[test]
fn a_stock_sends_no_coupon_before_its_begin_time() {
    let mut client = Client::new();
    let terms = with(terms("create-1"), "/available_begin_time", "2026-11-24T00:00:00+08:00");
    let stock = client.create_and_start(&terms);
    client.now = NOW + DAY - 1;
    client
        .send("o1", &stock, "send-1")
        .assert_error(403, "REQUEST_BLOCKED")
        .assert_internal_code("270079533");
    client.now = NOW + DAY;
    client.send_ok("o1", &stock, "send-1");
}
