//! Stocks and coupons: what each operation does, refuses and remembers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test"
)]

mod common;

use common::{Client, DAY, END, NOW, creator, credentials, sending, terms};
use serde_json::{Value, json};

fn ids(list: &Value, name: &str) -> Vec<String> {
    let data = list["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    data.iter().map(|entry| entry[name].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_campaign_from_creation_to_redemption() {
    let mut client = Client::new();
    let created = client.post("/coupon-stocks", &terms("create-1")).ok();
    assert_eq!(created["create_time"], "2026-11-23T00:00:00+08:00");
    let stock = created["stock_id"].as_str().unwrap().to_owned();
    let before = client.get(&format!("/stocks/{stock}?{}", creator())).ok();
    assert_eq!((&before["status"], before.get("start_time")), (&json!("unactivated"), None));

    client.now = NOW + 60;
    let started = client.change(&stock, "start").ok();
    assert_eq!(started, json!({ "start_time": "2026-11-23T00:01:00+08:00", "stock_id": stock }));

    client.now = NOW + 120;
    let coupon = client.sent("o1", &stock, "send-1");
    let now = client.get(&format!("/stocks/{stock}?{}", creator())).ok();
    assert_eq!(now["status"], "running");
    assert_eq!(now["distributed_coupons"], 1);
    assert_eq!(now["stock_id"], stock.as_str());
    assert_eq!(now["stock_creator_mchid"], credentials().mchid());
    assert_eq!(now["stock_name"], "双旦满减券");
    assert_eq!(now["description"], "全场通用");
    assert_eq!(now["start_time"], "2026-11-23T00:01:00+08:00");
    assert_eq!(now["available_end_time"], "2026-11-30T23:59:59+08:00");
    assert_eq!(now["no_cash"], true);
    assert_eq!(now["stock_type"], "NORMAL");
    assert_eq!(now["stock_use_rule"]["max_amount"], 2500);
    assert_eq!(now["stock_use_rule"]["max_coupons"], 5);
    assert_eq!(
        now["stock_use_rule"]["fixed_normal_coupon"],
        json!({ "coupon_amount": 500, "transaction_minimum": 1000 })
    );

    let query = format!("/users/o1/coupons/{coupon}?appid={}", credentials().appid());
    let held = client.get(&query).ok();
    assert_eq!(held["status"], "SENDED");
    assert_eq!(held["coupon_id"], coupon.as_str());
    assert_eq!(held["stock_id"], stock.as_str());
    assert_eq!(held["coupon_name"], "双旦满减券");
    assert_eq!(held["create_time"], "2026-11-23T00:02:00+08:00");
    assert_eq!(
        held["normal_coupon_information"],
        json!({ "coupon_amount": 500, "transaction_minimum": 1000 })
    );
    assert_eq!(held.get("consume_information"), None);
    let list =
        format!("/users/o1/coupons?appid={}&creator_mchid={}", credentials().appid(), credentials().mchid());
    let listed = client.get(&list).ok();
    assert_eq!(listed["total_count"], 1);
    assert_eq!(listed["data"][0], held);

    client.now = NOW + 180;
    let redeemed = client.control("POST", &format!("/coupons/{coupon}/redeem")).ok();
    assert_eq!(redeemed["status"], "USED");
    let used = client.get(&query).ok();
    assert_eq!(used["status"], "USED");
    assert_eq!(used["consume_information"]["consume_time"], "2026-11-23T00:03:00+08:00");
    assert_eq!(used["consume_information"]["consume_mchid"], credentials().mchid());
    client.control("POST", &format!("/coupons/{coupon}/redeem")).refused(409, "INVALID_REQUEST");
    client.control("POST", "/coupons/1/redeem").refused(404, "RESOURCE_NOT_EXISTS");

    let state = client.state();
    assert_eq!(state["stocks"].as_array().unwrap().len(), 1);
    assert_eq!(state["coupons"].as_array().unwrap().len(), 1);
    assert_eq!(state["stocks"][0]["stock_id"], stock.as_str());
    assert_eq!(state["coupons"][0]["openid"], "o1");
    assert_eq!(state["coupons"][0]["status"], "USED");
    assert_eq!(state["coupons"][0]["out_request_no"], "send-1");
}

#[test]
fn creating_is_idempotent() {
    let mut client = Client::new();
    let first = client.post("/coupon-stocks", &terms("create-1")).ok();
    // Even when its beginning has passed.
    client.now = NOW + DAY;
    assert_eq!(client.post("/coupon-stocks", &terms("create-1")).ok(), first);
    let mut other = terms("create-1");
    other["stock_name"] = "another".into();
    client.post("/coupon-stocks", &other).refused(400, "INVALID_REQUEST");
    let state = client.state();
    assert_eq!(state["stocks"].as_array().unwrap().len(), 1);
    assert_eq!(state["stocks"][0]["stock_name"], "双旦满减券");
    client.now = NOW;
    assert_ne!(client.create(&terms("create-2")), first["stock_id"]);
}

#[test]
fn sending_is_idempotent() {
    let client = Client::new();
    let stock = client.running(&terms("create-1"));
    let other_stock = client.running(&terms("create-2"));
    let coupon = client.sent("o1", &stock, "send-1");
    assert_eq!(client.sent("o1", &stock, "send-1"), coupon);
    client.send("o2", &stock, "send-1").refused(400, "INVALID_REQUEST");
    client.send("o1", &other_stock, "send-1").refused(400, "INVALID_REQUEST");
    // An openid is case sensitive.
    client.send("O1", &stock, "send-1").refused(400, "INVALID_REQUEST");
    let mut other_creator = sending(&stock, "send-1");
    other_creator["stock_creator_mchid"] = "1".into();
    client.post("/users/o1/coupons", &other_creator).refused(400, "INVALID_REQUEST");
    assert_eq!(client.state()["coupons"].as_array().unwrap().len(), 1);
    assert_ne!(client.sent("o1", &stock, "send-2"), coupon);
    assert_eq!(client.state()["coupons"].as_array().unwrap().len(), 2);
}

#[test]
fn one_user_gets_no_more_than_the_limit() {
    let client = Client::new();
    let stock = client.running(&terms("create-1"));
    let first = client.sent("o1", &stock, "send-1");
    client.sent("o1", &stock, "send-2");
    client.send("o1", &stock, "send-3").refused(403, "RULE_LIMIT");
    assert_eq!(client.sent("o1", &stock, "send-1"), first);
    // It counts per user and per stock.
    client.sent("o2", &stock, "send-4");
    let other = client.running(&terms("create-2"));
    client.sent("o1", &other, "send-5");
}

#[test]
fn the_budget_is_finite() {
    let client = Client::new();
    let stock = client.running(&terms("create-1"));
    for user in 1..=5 {
        client.sent(&format!("o{user}"), &stock, &format!("send-{user}"));
    }
    let refusal = client.send("o6", &stock, "send-6");
    refusal.refused(403, "NOT_ENOUGH");
    assert_eq!(refusal.internal_code(), "270079534");
    client.sent("o5", &stock, "send-5");
    assert_eq!(client.state()["coupons"].as_array().unwrap().len(), 5);
}

#[test]
fn the_budget_of_a_day_is_back_on_the_next_in_beijing() {
    let mut client = Client::new();
    let mut terms = terms("create-1");
    // Two coupons a day, and a bit that is no third.
    terms["stock_use_rule"]["max_amount_by_day"] = 1499.into();
    let stock = client.running(&terms);
    client.sent("o1", &stock, "send-1");
    client.now = NOW + DAY - 1;
    client.sent("o2", &stock, "send-2");
    client.send("o3", &stock, "send-3").refused(403, "NOT_ENOUGH");
    client.now = NOW + DAY;
    client.sent("o3", &stock, "send-3");
}

#[test]
fn a_paused_stock_gives_no_new_coupon() {
    let mut client = Client::new();
    let stock = client.running(&terms("create-1"));
    let coupon = client.sent("o1", &stock, "send-1");
    client.now = NOW + 1;
    let paused = client.change(&stock, "pause").ok();
    assert_eq!(paused, json!({ "pause_time": "2026-11-23T00:00:01+08:00", "stock_id": stock }));
    client.now = NOW + 2;
    assert_eq!(client.change(&stock, "pause").ok(), paused, "pausing is idempotent");
    let refusal = client.send("o1", &stock, "send-2");
    refusal.refused(403, "REQUEST_BLOCKED");
    assert_eq!(refusal.internal_code(), "270079533");
    assert_eq!(client.sent("o1", &stock, "send-1"), coupon);
    let restarted = client.change(&stock, "restart").ok();
    assert_eq!(restarted["restart_time"], "2026-11-23T00:00:02+08:00");
    client.sent("o1", &stock, "send-2");
    client.now = NOW + 3;
    assert_eq!(client.change(&stock, "pause").ok()["pause_time"], "2026-11-23T00:00:03+08:00");
}

#[test]
fn only_some_changes_of_state_exist() {
    let client = Client::new();
    let stock = client.create(&terms("create-1"));
    client.send("o1", &stock, "send-1").refused(403, "REQUEST_BLOCKED");
    client.change(&stock, "pause").refused(400, "INVALID_REQUEST");
    client.change(&stock, "restart").refused(400, "INVALID_REQUEST");
    let started = client.change(&stock, "start").ok();
    assert_eq!(client.change(&stock, "start").ok(), started);
    client.change(&stock, "restart").refused(400, "INVALID_REQUEST");
    client.change(&stock, "stop").refused(400, "INVALID_REQUEST");
    client.change(&stock, "pause").ok();
    client.change(&stock, "start").refused(400, "INVALID_REQUEST");
    client.change(&stock, "stop").refused(400, "INVALID_REQUEST");
}

#[test]
fn only_a_stock_that_was_never_activated_can_be_stopped() {
    let mut client = Client::new();
    let stock = client.create(&terms("create-1"));
    client.now = NOW + 5;
    let stopped = client.change(&stock, "stop").ok();
    assert_eq!(stopped, json!({ "stop_time": "2026-11-23T00:00:05+08:00", "stock_id": stock }));
    assert_eq!(client.change(&stock, "stop").ok(), stopped);
    client.change(&stock, "start").refused(400, "INVALID_REQUEST");
    client.send("o1", &stock, "send-1").refused(403, "REQUEST_BLOCKED");
    let now = client.get(&format!("/stocks/{stock}?{}", creator())).ok();
    assert_eq!((&now["status"], &now["stop_time"]), (&json!("stoped"), &stopped["stop_time"]));
}

#[test]
fn a_stranger_to_the_stock_is_refused() {
    let client = Client::new();
    let stock = client.running(&terms("create-1"));
    let other = json!({ "stock_creator_mchid": "1999999999" });
    for action in ["start", "pause", "restart", "stop"] {
        client.post(&format!("/stocks/{stock}/{action}"), &other).refused(400, "INVALID_REQUEST");
        client.post(&format!("/stocks/{stock}/{action}"), &json!({})).refused(400, "PARAM_ERROR");
    }
    client.get(&format!("/stocks/{stock}?stock_creator_mchid=1999999999")).refused(400, "INVALID_REQUEST");
    client.get(&format!("/stocks/{stock}")).refused(400, "PARAM_ERROR");
    let mut body = sending(&stock, "send-1");
    body["stock_creator_mchid"] = "1999999999".into();
    client.post("/users/o1/coupons", &body).refused(400, "INVALID_REQUEST");
    let mut stock = terms("create-2");
    stock["belong_merchant"] = "1999999999".into();
    client.post("/coupon-stocks", &stock).refused(400, "MCH_NOT_EXISTS");
}

#[test]
fn an_app_of_another_merchant_is_refused() {
    let client = Client::new();
    let stock = client.running(&terms("create-1"));
    let mut body = sending(&stock, "send-1");
    body["appid"] = "wx0000000000000000".into();
    let refusal = client.post("/users/o1/coupons", &body);
    refusal.refused(400, "APPID_MCHID_NOT_MATCH");
    assert_eq!(refusal.internal_code(), "270079507");
    assert_eq!(client.state()["coupons"], json!([]));
}

#[test]
fn what_is_unknown_is_404() {
    let client = Client::new();
    let stock = client.running(&terms("create-1"));
    let coupon = client.sent("o1", &stock, "send-1");
    client.get(&format!("/stocks/99?{}", creator())).refused(404, "RESOURCE_NOT_EXISTS");
    client.change("99", "start").refused(404, "RESOURCE_NOT_EXISTS");
    client.send("o1", "99", "send-2").refused(404, "RESOURCE_NOT_EXISTS");
    let appid = credentials().appid();
    client.get(&format!("/users/o1/coupons/99?appid={appid}")).refused(404, "RESOURCE_NOT_EXISTS");
    // An id is a text, not a number.
    for id in [format!("0{coupon}"), format!("%2B{coupon}"), u64::MAX.to_string(), "x".to_owned()] {
        client.get(&format!("/users/o1/coupons/{id}?appid={appid}")).refused(404, "RESOURCE_NOT_EXISTS");
        client.control("POST", &format!("/coupons/{id}/redeem")).refused(404, "RESOURCE_NOT_EXISTS");
    }
    // Nor does a coupon show under another user.
    client.get(&format!("/users/o2/coupons/{coupon}?appid={appid}")).refused(404, "RESOURCE_NOT_EXISTS");
    client.get(&format!("/users/o1/coupons/{coupon}")).refused(400, "PARAM_ERROR");
}

#[test]
fn stocks_are_listed_by_page_state_and_time() {
    let mut client = Client::new();
    let list = |client: &Client, query: &str| client.get(&format!("/stocks?{}{query}", creator()));
    let empty = list(&client, "&offset=0&limit=10").ok();
    assert_eq!(empty, json!({ "total_count": 0, "offset": 0, "limit": 10 }));
    let mut made = Vec::new();
    for number in 0..3 {
        client.now = NOW + number * 60;
        let mut terms = terms(&format!("create-{number}"));
        terms["available_begin_time"] = "2026-11-24T00:00:00+08:00".into();
        made.push(client.create(&terms));
    }
    client.change(&made[1], "start").ok();

    let first = list(&client, "&offset=0&limit=2").ok();
    // The offset is the number of a page, not of a row.
    let second = list(&client, "&offset=1&limit=2").ok();
    assert_eq!((&first["total_count"], &second["total_count"]), (&json!(3), &json!(3)));
    assert_eq!((&second["offset"], &second["limit"]), (&json!(1), &json!(2)));
    let mut all = [ids(&first, "stock_id"), ids(&second, "stock_id")].concat();
    assert_eq!((ids(&first, "stock_id").len(), all.len()), (2, 3));
    all.sort();
    assert_eq!(all, made);
    list(&client, "&offset=2&limit=2").refused(404, "RESOURCE_NOT_EXISTS");
    list(&client, "&offset=18446744073709551615&limit=10").refused(404, "RESOURCE_NOT_EXISTS");

    let running = list(&client, "&offset=0&limit=10&status=running").ok();
    assert_eq!(ids(&running, "stock_id"), made[1..2]);
    assert_eq!(list(&client, "&offset=0&limit=10&status=stoped").ok()["total_count"], 0);
    let from = "&create_start_time=2026-11-23T00%3A01%3A00%2B08%3A00";
    assert_eq!(list(&client, &format!("&offset=0&limit=10{from}")).ok()["total_count"], 2);
    let until = "&create_end_time=2026-11-23T00%3A01%3A00%2B08%3A00";
    let both = list(&client, &format!("&offset=0&limit=10{from}{until}")).ok();
    assert_eq!(ids(&both, "stock_id"), made[1..2]);
    let stranger = client.get("/stocks?stock_creator_mchid=1999999999&offset=0&limit=10").ok();
    assert_eq!(stranger["total_count"], 0);
}

#[test]
fn a_wrong_list_of_stocks_says_what_is_wrong() {
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
        // An unencoded + is a space.
        (
            "offset=0&limit=10&create_end_time=2026-11-23T00:00:00+08:00",
            "create_end_time",
            json!("2026-11-23T00:00:00 08:00"),
        ),
    ] {
        let reply = client.get(&format!("/stocks?{}&{query}", creator()));
        let detail = &reply.refused(400, "PARAM_ERROR").json["detail"];
        assert_eq!((&detail["field"], &detail["value"]), (&json!(field), &value), "{query}");
        assert_eq!(detail["location"], "query");
    }
    client.get("/stocks?offset=0&limit=10").refused(400, "PARAM_ERROR");
}

#[test]
fn coupons_are_listed_by_creator() {
    let client = Client::new();
    let (one, two) = (client.running(&terms("create-1")), client.running(&terms("create-2")));
    let made = [
        client.sent("o1", &one, "send-1"),
        client.sent("o1", &one, "send-2"),
        client.sent("o1", &two, "send-3"),
    ];
    client.sent("o2", &two, "send-4");
    let (appid, mchid) = (credentials().appid(), credentials().mchid());
    let list = |query: &str| client.get(&format!("/users/o1/coupons?appid={appid}{query}"));
    let created = |query: &str| list(&format!("&creator_mchid={mchid}{query}"));

    let refusal = list("");
    assert_eq!(refusal.refused(400, "PARAM_ERROR").json["message"], "商户号必填");
    client.get(&format!("/users/o1/coupons?creator_mchid={mchid}")).refused(400, "PARAM_ERROR");

    let all = created("").ok();
    assert_eq!((&all["total_count"], &all["offset"], &all["limit"]), (&json!(3), &json!(0), &json!(20)));
    let mut found = ids(&all, "coupon_id");
    found.sort();
    assert_eq!(found, made);
    let second = created("&offset=1&limit=2").ok();
    assert_eq!((&second["total_count"], ids(&second, "coupon_id").len()), (&json!(3), 1));
    created("&offset=2&limit=2").refused(400, "MCH_NOT_EXISTS");
    created("&limit=0").refused(400, "PARAM_ERROR");
    assert_eq!(ids(&created(&format!("&stock_id={two}")).ok(), "coupon_id"), made[2..]);

    client.control("POST", &format!("/coupons/{}/redeem", made[0])).ok();
    assert_eq!(created("&status=SENDED").ok()["total_count"], 2);
    // Documented so.
    assert_eq!(created("&status=USED").ok()["total_count"], 3);
    assert_eq!(created("&status=EXPIRED").ok(), json!({ "total_count": 0, "offset": 0, "limit": 20 }));
    assert_eq!(list("&creator_mchid=1999999999").ok()["total_count"], 0);
    // The creator counts when both are given.
    assert_eq!(list("&creator_mchid=1999999999&available_mchid=1999999999").ok()["total_count"], 0);
    // Nobody has none.
    let none = client.get(&format!("/users/o3/coupons?appid={appid}&creator_mchid={mchid}")).ok();
    assert_eq!(none, json!({ "total_count": 0, "offset": 0, "limit": 20 }));
}

#[test]
fn coupons_are_listed_in_the_order_of_sending() {
    let client = Client::new();
    let (one, two) = (client.running(&terms("create-1")), client.running(&terms("create-2")));
    let mut made = Vec::new();
    for (number, stock) in [&one, &two, &two, &one].into_iter().enumerate() {
        made.push(client.sent("o1", stock, &format!("mine-{number}")));
        client.sent(&format!("o{}", number + 2), stock, &format!("other-{number}"));
    }
    let (appid, mchid) = (credentials().appid(), credentials().mchid());
    let mine = client.get(&format!("/users/o1/coupons?appid={appid}&creator_mchid={mchid}")).ok();
    assert_eq!(ids(&mine, "coupon_id"), made);
    assert_eq!(
        ids(&json!({ "data": client.state()["coupons"] }), "out_request_no")[..3],
        ["mine-0", "other-0", "mine-1"]
    );
    for (stock, sent) in [(&one, 4), (&two, 4)] {
        let stock = client.get(&format!("/stocks/{stock}?{}", creator())).ok();
        assert_eq!(stock["distributed_coupons"], sent);
    }
}

#[test]
fn coupons_usable_at_a_merchant_ignore_page_stock_and_state() {
    let client = Client::new();
    let (one, two) = (client.running(&terms("create-1")), client.running(&terms("create-2")));
    let used = client.sent("o1", &one, "send-1");
    let left = [client.sent("o1", &one, "send-2"), client.sent("o1", &two, "send-3")];
    client.control("POST", &format!("/coupons/{used}/redeem")).ok();
    let appid = credentials().appid();
    let usable =
        |query: &str| client.get(&format!("/users/o1/coupons?appid={appid}&available_mchid={query}")).ok();
    for query in ["", "&offset=5&limit=1", "&status=USED", "&stock_id=99"] {
        let mut found = ids(&usable(&format!("1999999999{query}")), "coupon_id");
        found.sort();
        assert_eq!(found, left, "{query}");
    }
    assert_eq!(usable("1888888888")["total_count"], 0);
}

#[test]
fn a_wrong_stock_says_which_field() {
    let client = Client::new();
    let wrong = |code: &str, pointer: &str, value: Value| {
        let mut terms = terms("create-1");
        *terms.pointer_mut(pointer).unwrap() = value;
        let reply = client.post("/coupon-stocks", &terms);
        let detail = &reply.refused(400, code).json["detail"];
        assert_eq!((&detail["field"], &detail["location"]), (&json!(pointer), &json!("body")));
        assert!(detail["issue"].is_string());
    };
    // What can never be right.
    wrong("PARAM_ERROR", "/stock_use_rule/max_amount", json!("2500"));
    wrong("PARAM_ERROR", "/stock_use_rule/max_amount", json!(2500.5));
    wrong("PARAM_ERROR", "/stock_use_rule/max_amount", json!(-2500));
    wrong("PARAM_ERROR", "/stock_use_rule/max_coupons_per_user", json!(0));
    wrong("PARAM_ERROR", "/stock_name", json!(""));
    wrong("PARAM_ERROR", "/out_request_no", json!("a b"));
    wrong("PARAM_ERROR", "/available_begin_time", json!("2026-11-23"));
    wrong("PARAM_ERROR", "/available_end_time", json!("2026-11-22T00:00:00+08:00"));
    // What breaks a rule: 批次发放规则或核销规则有误.
    wrong("INVALID_REQUEST", "/stock_use_rule/max_amount", json!(2499));
    wrong("INVALID_REQUEST", "/stock_use_rule/max_amount", json!(2501));
    wrong("INVALID_REQUEST", "/stock_use_rule/max_coupons_per_user", json!(6));
    wrong("INVALID_REQUEST", "/stock_name", json!("a_b"));
    wrong("INVALID_REQUEST", "/available_begin_time", json!("2026-11-22T23:59:59+08:00"));
    wrong("INVALID_REQUEST", "/coupon_use_rule/fixed_normal_coupon/transaction_minimum", json!(500));
    assert_eq!(client.state()["stocks"], json!([]));
}

#[test]
fn null_is_refused_wherever_it_stands() {
    let client = Client::new();
    let stock = client.running(&terms("create-1"));
    for pointer in ["/comment", "/stock_use_rule/max_amount_by_day", "/coupon_use_rule/available_merchants/1"]
    {
        let mut terms = terms("create-2");
        terms["comment"] = "c".into();
        terms["stock_use_rule"]["max_amount_by_day"] = 2500.into();
        *terms.pointer_mut(pointer).unwrap() = Value::Null;
        client.post("/coupon-stocks", &terms).refused(400, "PARAM_ERROR");
    }
    let mut body = sending(&stock, "send-1");
    body["coupon_value"] = Value::Null;
    client.post("/users/o1/coupons", &body).refused(400, "PARAM_ERROR");
    client.post("/coupon-stocks", &Value::Null).refused(400, "PARAM_ERROR");
    let state = client.state();
    assert_eq!((state["stocks"].as_array().unwrap().len(), &state["coupons"]), (1, &json!([])));
}

#[test]
fn a_body_that_is_no_object_is_refused() {
    let client = Client::new();
    let stock = client.running(&terms("create-1"));
    for body in ["", "{", "[]", "1", "\"text\"", "{} {}", "\u{feff}{}"] {
        for path in ["coupon-stocks", "users/o1/coupons", &format!("stocks/{stock}/pause")] {
            client.call("POST", &format!("{}/{path}", common::FAVOR), body).refused(400, "PARAM_ERROR");
        }
    }
    client.call("POST", &format!("{}/coupon-stocks", common::FAVOR), *b"\xff{}").refused(400, "PARAM_ERROR");
}

#[test]
fn a_wrong_send_says_which_field() {
    let client = Client::new();
    let stock = client.running(&terms("create-1"));
    for name in ["stock_id", "out_request_no", "appid", "stock_creator_mchid"] {
        for value in [None, Some(json!("")), Some(json!(1)), Some("x".repeat(129).into())] {
            let mut body = sending(&stock, "send-1");
            match value {
                Some(value) => body[name] = value,
                None => drop(body.as_object_mut().unwrap().remove(name)),
            }
            let reply = client.post("/users/o1/coupons", &body);
            assert_eq!(reply.refused(400, "PARAM_ERROR").json["detail"]["field"], format!("/{name}"));
        }
    }
    for name in ["coupon_value", "coupon_minimum"] {
        let mut body = sending(&stock, "send-1");
        body[name] = 500.into();
        let reply = client.post("/users/o1/coupons", &body);
        assert_eq!(reply.refused(400, "PARAM_ERROR").json["detail"]["field"], format!("/{name}"));
    }
    assert_eq!(client.state()["coupons"], json!([]));
}

#[test]
fn a_coupon_expires_with_its_stock() {
    let mut client = Client::new();
    let stock = client.running(&terms("create-1"));
    let coupon = client.sent("o1", &stock, "send-1");
    let used = client.sent("o1", &stock, "send-2");
    client.control("POST", &format!("/coupons/{used}/redeem")).ok();
    let (appid, mchid) = (credentials().appid(), credentials().mchid());
    let status = |client: &Client, id: &str| {
        client.get(&format!("/users/o1/coupons/{id}?appid={appid}")).ok()["status"].clone()
    };
    client.now = END;
    assert_eq!(status(&client, &coupon), "SENDED");
    client.sent("o2", &stock, "send-3");
    client.now = END + 1;
    assert_eq!(status(&client, &coupon), "EXPIRED");
    assert_eq!(status(&client, &used), "USED");
    client.control("POST", &format!("/coupons/{coupon}/redeem")).refused(409, "INVALID_REQUEST");
    client.send("o3", &stock, "send-4").refused(403, "REQUEST_BLOCKED");
    let list = |query: &str| client.get(&format!("/users/o1/coupons?appid={appid}&{query}")).ok();
    assert_eq!(ids(&list(&format!("creator_mchid={mchid}&status=EXPIRED")), "coupon_id"), [coupon]);
    assert_eq!(ids(&list(&format!("creator_mchid={mchid}&status=USED")), "coupon_id"), [used]);
    assert_eq!(list("available_mchid=1999999999")["total_count"], 0);
}

#[test]
fn a_stock_gives_nothing_before_its_beginning() {
    let mut client = Client::new();
    let mut terms = terms("create-1");
    terms["available_begin_time"] = "2026-11-24T00:00:00+08:00".into();
    let stock = client.running(&terms);
    client.now = NOW + DAY - 1;
    let refusal = client.send("o1", &stock, "send-1");
    refusal.refused(403, "REQUEST_BLOCKED");
    assert_eq!(refusal.internal_code(), "270079533");
    client.now = NOW + DAY;
    client.sent("o1", &stock, "send-1");
}

#[test]
fn time_passes_for_stocks_but_not_for_signatures() {
    let client = Client::new();
    let stock = client.running(&terms("clock"));
    let coupon = client.sent("o", &stock, "1");
    client.control_with("POST", "/clock", &json!({ "advance_seconds": -1 })).refused(400, "PARAM_ERROR");
    client.advance(4 * DAY);
    client.advance(5 * DAY);
    // The client's own clock has not moved: its requests are taken, and answers are signed by it.
    let query = format!("/users/o/coupons/{coupon}?appid=wx");
    assert_eq!(client.get(&query).ok()["status"], "EXPIRED");
    client.send("o", &stock, "2").refused(403, "REQUEST_BLOCKED");
}
