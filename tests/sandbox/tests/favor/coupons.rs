//! Coupons: sending, limits, queries and lists.

use serde_json::{Value, json};

use super::stocks::ids;
use crate::common::{
    Client, DAY, END, FAVOR, NOW, assert_fields, credentials, send_body, terms, with, without,
};

#[test]
fn a_campaign_from_creation_to_redemption() {
    let mut client = Client::new();
    let created = client.post("/coupon-stocks", &terms("create-1")).ok();
    assert_eq!(created["create_time"], "2026-11-23T00:00:00+08:00");
    let stock = created["stock_id"].as_str().unwrap().to_owned();
    assert_fields(&client.query_stock(&stock).ok(), json!({ "status": "unactivated", "start_time": null }));

    client.now = NOW + 60;
    let started = client.change_status(&stock, "start").ok();
    assert_eq!(started, json!({ "start_time": "2026-11-23T00:01:00+08:00", "stock_id": stock }));

    client.now = NOW + 120;
    let coupon = client.send_ok("o1", &stock, "send-1");
    let now = client.query_stock(&stock).ok();
    let amounts = json!({ "coupon_amount": 500, "transaction_minimum": 1000 });
    assert_fields(
        &now,
        json!({
            "status": "running", "distributed_coupons": 1, "stock_id": stock,
            "stock_creator_mchid": credentials().mchid(), "stock_name": "双旦满减券", "description": "全场通用",
            "start_time": "2026-11-23T00:01:00+08:00", "available_end_time": "2026-11-30T23:59:59+08:00",
            "no_cash": true, "stock_type": "NORMAL",
        }),
    );
    let rule = json!({ "max_amount": 2500, "max_coupons": 5, "fixed_normal_coupon": amounts });
    assert_fields(&now["stock_use_rule"], rule);

    let held = client.query_coupon("o1", &coupon).ok();
    assert_fields(
        &held,
        json!({
            "status": "SENDED", "coupon_id": coupon, "stock_id": stock, "coupon_name": "双旦满减券",
            "create_time": "2026-11-23T00:02:00+08:00", "normal_coupon_information": amounts,
            "consume_information": null,
        }),
    );
    let listed = client.list_coupons("o1", &format!("creator_mchid={}", credentials().mchid())).ok();
    assert_eq!((&listed["total_count"], &listed["data"][0]), (&json!(1), &held));

    client.now = NOW + 180;
    assert_eq!(client.redeem(&coupon).ok()["status"], "USED");
    let used = client.query_coupon("o1", &coupon).ok();
    assert_eq!(used["status"], "USED");
    let consumed =
        json!({ "consume_time": "2026-11-23T00:03:00+08:00", "consume_mchid": credentials().mchid() });
    assert_fields(&used["consume_information"], consumed);
    client.redeem(&coupon).assert_error(409, "INVALID_REQUEST");
    client.redeem("1").assert_error(404, "RESOURCE_NOT_EXISTS");

    assert_eq!((client.count("stocks"), client.count("coupons")), (1, 1));
    let state = client.export();
    assert_eq!(state["stocks"][0]["stock_id"], stock);
    let expected = json!({ "openid": "o1", "status": "USED", "out_request_no": "send-1" });
    assert_fields(&state["coupons"][0], expected);
}

#[test]
fn sending_a_coupon_is_idempotent() {
    let (client, stock) = Client::with_stock();
    let other_stock = client.create_and_start(&terms("create-2"));
    let coupon = client.send_ok("o1", &stock, "send-1");
    assert_eq!(client.send_ok("o1", &stock, "send-1"), coupon);
    client.send("o2", &stock, "send-1").assert_error(400, "INVALID_REQUEST");
    client.send("o1", &other_stock, "send-1").assert_error(400, "INVALID_REQUEST");
    // An openid is case sensitive.
    client.send("O1", &stock, "send-1").assert_error(400, "INVALID_REQUEST");
    let other_creator = with(send_body(&stock, "send-1"), "/stock_creator_mchid", "1");
    client.post("/users/o1/coupons", &other_creator).assert_error(400, "INVALID_REQUEST");
    assert_eq!(client.count("coupons"), 1);
    assert_ne!(client.send_ok("o1", &stock, "send-2"), coupon);
    assert_eq!(client.count("coupons"), 2);
}

#[test]
fn a_user_gets_at_most_max_coupons_per_user() {
    let (client, stock) = Client::with_stock();
    let first = client.send_ok("o1", &stock, "send-1");
    client.send_ok("o1", &stock, "send-2");
    client.send("o1", &stock, "send-3").assert_error(403, "RULE_LIMIT");
    assert_eq!(client.send_ok("o1", &stock, "send-1"), first);
    // The limit is per user and per stock.
    client.send_ok("o2", &stock, "send-4");
    let other = client.create_and_start(&terms("create-2"));
    client.send_ok("o1", &other, "send-5");
}

#[test]
fn sending_fails_when_the_budget_is_used_up() {
    let (client, stock) = Client::with_stock();
    for user in 1..=5 {
        client.send_ok(&format!("o{user}"), &stock, &format!("send-{user}"));
    }
    client.send("o6", &stock, "send-6").assert_error(403, "NOT_ENOUGH").assert_internal_code("270079534");
    client.send_ok("o5", &stock, "send-5");
    assert_eq!(client.count("coupons"), 5);
}

#[test]
fn the_daily_budget_is_renewed_at_midnight_in_beijing() {
    let mut client = Client::new();
    // Enough for two coupons a day, but not for three.
    let stock = client.create_and_start(&with(terms("create-1"), "/stock_use_rule/max_amount_by_day", 1499));
    client.send_ok("o1", &stock, "send-1");
    client.now = NOW + DAY - 1;
    client.send_ok("o2", &stock, "send-2");
    client.send("o3", &stock, "send-3").assert_error(403, "NOT_ENOUGH");
    client.now = NOW + DAY;
    client.send_ok("o3", &stock, "send-3");
}

#[test]
fn an_app_of_another_merchant_is_rejected() {
    let (client, stock) = Client::with_stock();
    let body = with(send_body(&stock, "send-1"), "/appid", "wx0000000000000000");
    client
        .post("/users/o1/coupons", &body)
        .assert_error(400, "APPID_MCHID_NOT_MATCH")
        .assert_internal_code("270079507");
    assert_eq!(client.export()["coupons"], json!([]));
}

#[test]
fn unknown_stocks_and_coupons_get_404() {
    let (client, _, coupon) = Client::with_coupon();
    client.query_stock("99").assert_error(404, "RESOURCE_NOT_EXISTS");
    client.change_status("99", "start").assert_error(404, "RESOURCE_NOT_EXISTS");
    client.send("o1", "99", "send-2").assert_error(404, "RESOURCE_NOT_EXISTS");
    client.query_coupon("o1", "99").assert_error(404, "RESOURCE_NOT_EXISTS");
    // Ids are compared as strings, not as numbers.
    for id in [format!("0{coupon}"), format!("%2B{coupon}"), u64::MAX.to_string(), "x".to_owned()] {
        client.query_coupon("o1", &id).assert_error(404, "RESOURCE_NOT_EXISTS");
        client.redeem(&id).assert_error(404, "RESOURCE_NOT_EXISTS");
    }
    // A coupon is not found under another user.
    client.query_coupon("o2", &coupon).assert_error(404, "RESOURCE_NOT_EXISTS");
    client.get(&format!("/users/o1/coupons/{coupon}")).assert_param_error();
}

#[test]
fn coupons_are_listed_by_creator() {
    let client = Client::new();
    let (one, two) =
        (client.create_and_start(&terms("create-1")), client.create_and_start(&terms("create-2")));
    let made = [(&one, "send-1"), (&one, "send-2"), (&two, "send-3")]
        .map(|(stock, number)| client.send_ok("o1", stock, number));
    client.send_ok("o2", &two, "send-4");
    let mchid = credentials().mchid();
    let list = |query: &str| client.list_coupons("o1", query);
    let created = |query: &str| list(&format!("creator_mchid={mchid}{query}"));

    assert_eq!(list("").assert_error(400, "PARAM_ERROR").json["message"], "商户号必填");
    client.get(&format!("/users/o1/coupons?creator_mchid={mchid}")).assert_param_error();

    let all = created("").ok();
    assert_fields(&all, json!({ "total_count": 3, "offset": 0, "limit": 20 }));
    let mut found = ids(&all, "coupon_id");
    found.sort();
    assert_eq!(found, made);
    let second = created("&offset=1&limit=2").ok();
    assert_eq!((&second["total_count"], ids(&second, "coupon_id").len()), (&json!(3), 1));
    created("&offset=2&limit=2").assert_error(400, "MCH_NOT_EXISTS");
    created("&limit=0").assert_param_error();
    assert_eq!(ids(&created(&format!("&stock_id={two}")).ok(), "coupon_id"), made[2..]);

    client.redeem(&made[0]).ok();
    assert_eq!(created("&status=SENDED").ok()["total_count"], 2);
    // Documented: USED includes coupons that can still be used.
    assert_eq!(created("&status=USED").ok()["total_count"], 3);
    assert_eq!(created("&status=EXPIRED").ok(), json!({ "total_count": 0, "offset": 0, "limit": 20 }));
    assert_eq!(list("creator_mchid=1999999999").ok()["total_count"], 0);
    // The creator takes precedence if both are given.
    assert_eq!(list("creator_mchid=1999999999&available_mchid=1999999999").ok()["total_count"], 0);
    // A user without coupons.
    let none = client.list_coupons("o3", &format!("creator_mchid={mchid}")).ok();
    assert_eq!(none, json!({ "total_count": 0, "offset": 0, "limit": 20 }));
}

#[test]
fn coupons_are_listed_in_the_order_of_sending() {
    let client = Client::new();
    let (one, two) =
        (client.create_and_start(&terms("create-1")), client.create_and_start(&terms("create-2")));
    let mut made = Vec::new();
    for (number, stock) in [&one, &two, &two, &one].into_iter().enumerate() {
        made.push(client.send_ok("o1", stock, &format!("mine-{number}")));
        client.send_ok(&format!("o{}", number + 2), stock, &format!("other-{number}"));
    }
    let mine = client.list_coupons("o1", &format!("creator_mchid={}", credentials().mchid())).ok();
    assert_eq!(ids(&mine, "coupon_id"), made);
    let all = ids(&json!({ "data": client.export()["coupons"] }), "out_request_no");
    assert_eq!(all[..3], ["mine-0", "other-0", "mine-1"]);
    for stock in [&one, &two] {
        assert_eq!(client.query_stock(stock).ok()["distributed_coupons"], 4);
    }
}

#[test]
fn the_list_by_available_mchid_ignores_page_stock_and_status() {
    let client = Client::new();
    let (one, two) =
        (client.create_and_start(&terms("create-1")), client.create_and_start(&terms("create-2")));
    let used = client.send_ok("o1", &one, "send-1");
    let left = [client.send_ok("o1", &one, "send-2"), client.send_ok("o1", &two, "send-3")];
    client.redeem(&used).ok();
    let usable = |query: &str| client.list_coupons("o1", &format!("available_mchid={query}")).ok();
    for query in ["", "&offset=5&limit=1", "&offset=x&limit=0", "&status=USED", "&stock_id=99"] {
        let mut found = ids(&usable(&format!("1999999999{query}")), "coupon_id");
        found.sort();
        assert_eq!(found, left, "{query}");
    }
    assert_eq!(usable("1888888888")["total_count"], 0);
}

#[test]
fn an_invalid_send_names_the_field() {
    let (client, stock) = Client::with_stock();
    let assert_invalid = |pointer: &str, body: Value| {
        assert_eq!(client.post("/users/o1/coupons", &body).assert_param_error()["field"], pointer);
    };
    let body = || send_body(&stock, "send-1");
    for pointer in ["/stock_id", "/out_request_no", "/appid", "/stock_creator_mchid"] {
        assert_invalid(pointer, without(body(), pointer));
        for value in [json!(""), json!(1), "x".repeat(129).into()] {
            assert_invalid(pointer, with(body(), pointer, value));
        }
    }
    for pointer in ["/coupon_value", "/coupon_minimum"] {
        assert_invalid(pointer, with(body(), pointer, 500));
    }
    assert_eq!(client.export()["coupons"], json!([]));
}

#[test]
fn a_coupon_expires_with_its_stock() {
    let (mut client, stock, coupon) = Client::with_coupon();
    let used = client.send_ok("o1", &stock, "send-2");
    client.redeem(&used).ok();
    let mchid = credentials().mchid();
    let status = |client: &Client, id: &str| client.query_coupon("o1", id).ok()["status"].take();
    client.now = END;
    assert_eq!(status(&client, &coupon), "SENDED");
    client.send_ok("o2", &stock, "send-3");
    client.now = END + 1;
    assert_eq!(status(&client, &coupon), "EXPIRED");
    assert_eq!(status(&client, &used), "USED");
    client.redeem(&coupon).assert_error(409, "INVALID_REQUEST");
    client.send("o3", &stock, "send-4").assert_error(403, "REQUEST_BLOCKED");
    let list = |query: &str| client.list_coupons("o1", query).ok();
    assert_eq!(ids(&list(&format!("creator_mchid={mchid}&status=EXPIRED")), "coupon_id"), [coupon]);
    assert_eq!(ids(&list(&format!("creator_mchid={mchid}&status=USED")), "coupon_id"), [used]);
    assert_eq!(list("available_mchid=1999999999")["total_count"], 0);
}

#[test]
fn advancing_the_clock_affects_stocks_but_not_signatures() {
    let (client, stock, coupon) = Client::with_coupon();
    client.control_post("/clock", json!({ "advance_seconds": -1 })).assert_param_error();
    client.advance(4 * DAY);
    client.advance(5 * DAY);
    // Requests and responses are still signed with the real time, which has not changed.
    assert_eq!(client.query_coupon("o1", &coupon).ok()["status"], "EXPIRED");
    client.send("o1", &stock, "send-2").assert_error(403, "REQUEST_BLOCKED");
}

#[test]
fn null_is_rejected_at_any_depth() {
    let (client, stock) = Client::with_stock();
    for pointer in ["/comment", "/stock_use_rule/max_amount_by_day", "/coupon_use_rule/available_merchants/1"]
    {
        client.post("/coupon-stocks", &with(terms("create-2"), pointer, Value::Null)).assert_param_error();
    }
    let body = with(send_body(&stock, "send-1"), "/coupon_value", Value::Null);
    client.post("/users/o1/coupons", &body).assert_param_error();
    client.post("/coupon-stocks", &Value::Null).assert_param_error();
    assert_eq!((client.count("stocks"), client.count("coupons")), (1, 0));
}

#[test]
fn a_body_that_is_not_a_json_object_is_rejected() {
    let (client, stock) = Client::with_stock();
    for body in ["", "{", "[]", "1", "\"text\"", "{} {}", "\u{feff}{}"] {
        for path in ["coupon-stocks", "users/o1/coupons", &format!("stocks/{stock}/pause")] {
            client.call("POST", &format!("{FAVOR}/{path}"), body).assert_param_error();
        }
    }
    client.call("POST", &format!("{FAVOR}/coupon-stocks"), *b"\xff{}").assert_param_error();
}
