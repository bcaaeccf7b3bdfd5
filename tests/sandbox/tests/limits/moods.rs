//! Refusals of sends that come and go.

use serde_json::{Value, json};

use wechatpay_sandbox::Wire;

use crate::common::{Client, DAY, FAVOR, Reply, send_body, terms, with};

/// Returns a client and a running stock of 1000 coupons of 500 fen, at most 60 for one user.
fn client_with_large_stock(limits: Value) -> (Client, String) {
    let client = Client::new();
    let stock = client.create_and_start(&large("create-1"));
    client.control_post("/limits", limits).ok();
    (client, stock)
}

fn large(number: &str) -> Value {
    let terms = with(terms(number), "/stock_use_rule/max_coupons", 1000);
    with(with(terms, "/stock_use_rule/max_amount", 500_000), "/stock_use_rule/max_coupons_per_user", 60)
}

/// Sends coupons to different users. Returns for each whether it was refused.
fn refused(client: &Client, stock: &str, numbers: std::ops::Range<u32>) -> Vec<bool> {
    let send = |number: u32| client.send(&format!("o{number}"), stock, &format!("send-{number}"));
    numbers.map(|number| send(number).status != 200).collect()
}

#[test]
fn not_enough_comes_after_some_sends_and_goes() {
    let (client, stock) = client_with_large_stock(json!({ "not_enough": { "after": 2, "times": 3 } }));
    let first = client.send_ok("o1", &stock, "send-1");
    client.send_ok("o2", &stock, "send-2");
    let reply = client.send("o3", &stock, "send-3");
    reply.assert_error(403, "NOT_ENOUGH").assert_internal_code("270079534");
    // A retry of a number that has a coupon gets it, and does not count.
    assert_eq!(client.send_ok("o1", &stock, "send-1"), first);
    assert_eq!(refused(&client, &stock, 3..7), [true, true, false, false]);
    assert_eq!(client.control("GET", "/limits").ok()["refused"], json!({ "not_enough": 3 }));
}

#[test]
fn every_nth_send_is_refused() {
    let (client, stock) = client_with_large_stock(json!({
        "not_enough": { "every": 3, "after": 1, "times": 2, "message": "发券超过单天限额" },
    }));
    let expected = [false, false, false, true, false, false, true, false, false, false, false];
    assert_eq!(refused(&client, &stock, 0..11), expected);
    client.control_post("/limits", json!({ "not_enough": { "message": "发券超过单天限额" } })).ok();
    assert_eq!(client.send("o9", &stock, "send-x").json["message"], "发券超过单天限额");
}

#[test]
fn a_seed_chooses_the_same_sends_each_time() {
    let chosen = |seed: u64| {
        let limits = json!({ "not_enough": { "one_in": 5, "seed": seed } });
        let (client, stock) = client_with_large_stock(limits);
        refused(&client, &stock, 0..200)
    };
    let seven = chosen(7);
    assert_eq!(seven, chosen(7));
    assert_ne!(seven, chosen(8));
    let count = seven.iter().filter(|refused| **refused).count();
    assert!((20..=60).contains(&count), "about one in five: {count}");
}

#[test]
fn a_mood_can_be_of_one_stock() {
    let (client, stock) = client_with_large_stock(json!({}));
    let other = client.create_and_start(&large("create-2"));
    client.control_post("/limits", json!({ "not_enough": { "stock_id": other } })).ok();
    client.send_ok("o1", &stock, "send-1");
    client.send("o1", &other, "send-2").assert_error(403, "NOT_ENOUGH");
}

#[test]
fn requests_are_blocked_with_the_chosen_internal_code() {
    let (client, stock) =
        client_with_large_stock(json!({ "request_blocked": { "internal_code": 270_079_509, "times": 1 } }));
    let reply = client.send("o1", &stock, "send-1");
    reply.assert_error(403, "REQUEST_BLOCKED").assert_internal_code("270079509");
    client.send_ok("o1", &stock, "send-1");
    client.control_post("/limits", json!({ "request_blocked": {} })).ok();
    client.send("o2", &stock, "send-2").assert_internal_code("270079532");
}

#[test]
fn accounts_are_abnormal_by_openid_by_count_or_by_seed() {
    let (client, stock) = client_with_large_stock(json!({ "account_abnormal": { "openids": ["o2", "o4"] } }));
    assert_eq!(refused(&client, &stock, 1..6), [false, true, false, true, false]);
    client.send("o2", &stock, "send-2").assert_error(403, "USER_ACCOUNT_ABNORMAL");
    let (client, stock) = client_with_large_stock(json!({ "account_abnormal": { "every": 2 } }));
    assert_eq!(refused(&client, &stock, 1..6), [false, true, false, true, false]);
    // The seed chooses users: each stays as he is.
    let seed = json!({ "account_abnormal": { "one_in": 4, "seed": 7 } });
    let (client, stock) = client_with_large_stock(seed);
    let abnormal = refused(&client, &stock, 0..100);
    let count = abnormal.iter().filter(|refused| **refused).count();
    assert!((10..=45).contains(&count), "about one in four: {count}");
    for (user, abnormal) in abnormal.iter().enumerate() {
        let again = client.send(&format!("o{user}"), &stock, &format!("again-{user}"));
        assert_eq!(again.status != 200, *abnormal, "o{user}");
    }
}

#[test]
fn sends_to_one_user_at_the_same_time_get_a_false_rule_limit() {
    let (client, stock) =
        client_with_large_stock(json!({ "concurrent_rule_limit": { "milliseconds": 250 } }));
    let begin = |openid: &str, number: &str| {
        let target = format!("{FAVOR}/users/{openid}/coupons");
        client.respond(&client.call_now("POST", &target, send_body(&stock, number).to_string()))
    };
    let status = |wire: &Wire| match wire {
        Wire::Whole { response, delay } => (response.status().as_u16(), delay.as_millis()),
        other => panic!("{other:?}"),
    };
    let under_way = begin("o1", "send-1");
    assert_eq!(status(&under_way), (200, 250));
    // A send to another user does not matter.
    assert_eq!(status(&begin("o2", "send-2")), (200, 250));
    for number in ["send-3", "send-4"] {
        let Wire::Whole { response, .. } = begin("o1", number) else { panic!() };
        Reply::check(response).assert_error(403, "RULE_LIMIT");
    }
    // A repeat is no other send.
    assert_eq!(status(&begin("o1", "send-1")).0, 200);
    // The response was sent.
    drop(under_way);
    assert_eq!(status(&begin("o1", "send-3")), (200, 250));
    // One after the other.
    client.send_ok("o1", &stock, "send-4");
    client.send_ok("o1", &stock, "send-5");
}

#[test]
fn a_user_gets_a_limited_amount_in_a_month_of_beijing() {
    // The stocks end on the last second of November in Beijing.
    let (mut client, stock) = client_with_large_stock(json!({ "monthly_limit": { "fen": 1400 } }));
    client.send_ok("o1", &stock, "send-1");
    let other = client.create_and_start(&large("create-2"));
    client.send_ok("o1", &other, "send-2");
    // It is of the creator, not of the stock.
    let reply: Reply = client.send("o1", &stock, "send-3");
    assert_eq!(reply.assert_error(400, "INVALID_REQUEST").json["message"], "暂时无法领取");
    client.send_ok("o2", &stock, "send-4");
    assert_eq!(client.send_ok("o1", &stock, "send-1"), client.send_ok("o1", &stock, "send-1"));
    // The next month begins eight hours earlier than in UTC.
    let next = with(large("create-3"), "/available_end_time", "2026-12-10T00:00:00+08:00");
    let next = client.create_and_start(&next);
    client.now += 8 * DAY - 1;
    client.send("o1", &next, "send-5").assert_error(400, "INVALID_REQUEST");
    client.now += 1;
    client.send_ok("o1", &next, "send-5");
    // The documented limit is 5000 yuan.
    let set = client.control_post("/limits", json!({ "monthly_limit": {} })).ok();
    assert_eq!(set["limits"]["monthly_limit"]["fen"], 500_000);
}

#[test]
fn a_number_is_forgotten_after_a_time() {
    let limits =
        |then: &str| json!({ "forget_out_request_no_after_seconds": 3600, "forgotten_out_request_no": then });
    let (client, stock) = client_with_large_stock(limits("new_coupon"));
    let first = client.send_ok("o1", &stock, "send-1");
    client.advance(3599);
    assert_eq!(client.send_ok("o1", &stock, "send-1"), first);
    client.advance(1);
    let second = client.send_ok("o1", &stock, "send-1");
    assert_ne!(second, first);
    assert_eq!(client.count("coupons"), 2);
    assert_eq!(client.send_ok("o1", &stock, "send-1"), second);
    client.control_post("/limits", limits("refused")).ok();
    assert_eq!(client.send_ok("o1", &stock, "send-1"), second);
    client.advance(3600);
    client.send("o1", &stock, "send-1").assert_error(400, "INVALID_REQUEST");
    assert_eq!(client.count("coupons"), 2);
}

#[test]
fn moods_do_not_count_sends_that_break_a_rule() {
    let (client, stock) = client_with_large_stock(json!({ "not_enough": { "after": 1 } }));
    client.send("o1", "99", "send-1").assert_error(404, "RESOURCE_NOT_EXISTS");
    client.change_status(&stock, "pause").ok();
    client.send("o1", &stock, "send-1").assert_error(403, "REQUEST_BLOCKED");
    client.change_status(&stock, "restart").ok();
    client.send_ok("o1", &stock, "send-1");
    client.send("o2", &stock, "send-2").assert_error(403, "NOT_ENOUGH");
}
