//! The log of requests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wechatpay_sandbox::{Options, Sandbox, Wire};

use crate::ask;
use crate::common::{Call, Client, FAVOR, NOW, assert_fields, credentials, send_body, terms};

/// The requests that a query selects.
#[track_caller]
fn list(client: &Client, query: &str) -> Vec<Value> {
    client.control("GET", &format!("/requests{query}")).ok()["requests"].as_array().unwrap().clone()
}

fn ids(requests: &[Value]) -> Vec<u64> {
    requests.iter().map(|request| request["id"].as_u64().unwrap()).collect()
}

/// Creates a stock (1), starts it (2), sends a coupon (3), is refused (4), fails (5), calls an unknown path (6).
fn six_requests() -> Client {
    let (client, stock) = Client::with_stock();
    client.send_ok("o1", &stock, "send-1");
    let mut wrong = Call::list_of_stocks();
    wrong.mchid = "1".to_owned();
    assert_eq!(client.raw(wrong.request()).status, 401);
    client.get("/stocks/1?stock_creator_mchid=1").assert_error(404, "RESOURCE_NOT_EXISTS");
    client.raw(Call::new("GET", "/nothing", "").request());
    client
}

#[test]
fn requests_are_listed_newest_first_and_control_calls_are_not() {
    let client = six_requests();
    client.state();
    let all = list(&client, "");
    assert_eq!(ids(&all), [6, 5, 4, 3, 2, 1]);
    let expected = json!({
        "operation": "coupon.send", "method": "POST", "target": format!("{FAVOR}/users/o1/coupons"), "status": 200,
        "at": "2026-11-23T00:00:00+08:00",
    });
    assert_fields(&all[3], expected);
    for name in ["code", "diagnosis", "fault"] {
        assert_eq!(all[3].get(name), Some(&Value::Null), "{name}");
    }
    assert_fields(
        &all[1],
        json!({ "status": 404, "code": "RESOURCE_NOT_EXISTS", "operation": "stock.query" }),
    );
    assert_fields(&all[2], json!({ "status": 401, "code": "SIGN_ERROR", "operation": "stock.list" }));
    assert_fields(&all[0], json!({ "status": 404, "target": "/nothing" }));
    assert_eq!(all[0]["operation"], Value::Null);
}

#[test]
fn a_401_has_a_diagnosis_in_the_language_that_is_asked_for() {
    let client = six_requests();
    let says = |language: &str| {
        let headers = [("accept-language", language)];
        ask(&client, "GET", "/_sandbox/requests?refused=true", &headers).ok()["requests"][0]["diagnosis"]
            .take()
    };
    let (chinese, english) = (says("zh-CN,zh;q=0.9"), says("en"));
    assert!(!chinese.as_str().unwrap().is_ascii(), "{chinese}");
    assert!(english.as_str().unwrap().is_ascii() && english != "", "{english}");
    assert_eq!(list(&client, "?refused=true")[0]["diagnosis"], chinese);
}

#[test]
fn requests_are_filtered() {
    let client = six_requests();
    for (query, expected) in [
        ("?operation=coupon.send", &[3][..]),
        ("?operation=null", &[6]),
        ("?status=404", &[6, 5]),
        ("?status=200", &[3, 2, 1]),
        ("?status=null", &[]),
        ("?refused=true", &[4]),
        ("?refused=false", &[6, 5, 3, 2, 1]),
        ("?after=4", &[6, 5]),
        ("?after=6", &[]),
        ("?after=4&limit=1", &[6]),
        ("?limit=2", &[6, 5]),
        ("?limit=1000", &[6, 5, 4, 3, 2, 1]),
        ("?status=404&operation=stock.query", &[5]),
        ("?status=200&after=1&limit=1", &[3]),
        ("?status=404&refused=true", &[]),
        // In the target, in a body, in an answer; whatever the case.
        ("?text=NOTHING", &[6]),
        ("?text=send-1", &[3]),
        ("?text=resource_not_exists", &[5]),
        ("?text=sign_error&refused=true", &[4]),
        ("?text=absent", &[]),
    ] {
        assert_eq!(ids(&list(&client, query)), expected, "{query}");
    }
}

#[test]
fn the_list_has_exactly_as_many_as_its_limit() {
    let client = Client::new();
    for _ in 0..130 {
        client.raw(Call::new("GET", "/nothing", "").request());
    }
    assert_eq!(ids(&list(&client, "")), (31..=130).rev().collect::<Vec<_>>());
    assert_eq!(list(&client, "?limit=130").len(), 130);
    assert_eq!(list(&client, "?limit=129&status=404").len(), 129);
}

#[test]
fn one_request_is_shown_whole() {
    let (client, stock) = Client::with_stock();
    let target = format!("{FAVOR}/users/o1/coupons");
    let call = client.call_now("POST", &target, send_body(&stock, "send-1").to_string());
    let reply = client.raw(call.request());
    let shown = client.control("GET", "/requests/3").ok();
    assert_eq!(shown["headers"]["Authorization"], call.authorization());
    assert_eq!(shown["headers"]["Wechatpay-Serial"], credentials().public_key_id());
    assert_eq!(shown["body"], String::from_utf8(call.body.clone()).unwrap());
    assert_eq!(shown["expected_message"], String::from_utf8(call.message()).unwrap());
    assert_eq!(shown["answer"]["status"], 200);
    assert_eq!(shown["answer"]["body"], String::from_utf8(reply.body.to_vec()).unwrap());
    assert_eq!(shown["answer"]["headers"]["Wechatpay-Signature"], reply.header("wechatpay-signature"));
    for missing in ["/requests/4", "/requests/0", "/requests/x", "/requests/-1"] {
        client.control("GET", missing).assert_error(404, "RESOURCE_NOT_EXISTS");
    }
}

#[test]
fn the_expected_message_has_the_body_as_it_arrived() {
    let client = Client::new();
    // The client signs the body with another length of spaces than it sends.
    let signed = Call::new("POST", &format!("{FAVOR}/coupon-stocks"), terms("create-1").to_string());
    let mut request = signed.request();
    *request.body_mut() = format!("{} ", terms("create-1")).into();
    assert_eq!(client.raw(request).status, 401);
    let mut sent = signed.message();
    sent.splice(sent.len() - 1.., *b" \n");
    let shown = client.control("GET", "/requests/1").ok();
    assert_eq!(shown["expected_message"], String::from_utf8(sent).unwrap());
    assert!(shown["diagnosis_list"][0]["code"].is_string(), "{shown}");

    // A header that is there twice, a body that is no text, and no Authorization.
    let mut request = Call::new("POST", &format!("{FAVOR}/coupon-stocks"), b"\xff\x00".to_vec()).request();
    request.headers_mut().remove("authorization");
    request.headers_mut().append("x-twice", "1".parse().unwrap());
    request.headers_mut().append("x-twice", "2".parse().unwrap());
    client.raw(request);
    let shown = client.control("GET", "/requests/2").ok();
    assert_eq!(shown["headers"]["X-Twice"], json!(["1", "2"]));
    assert_eq!((&shown["body_base64"], shown.get("body")), (&STANDARD.encode(b"\xff\x00").into(), None));
    assert_eq!(shown["expected_message"], Value::Null);
}

#[test]
fn a_large_body_is_shown_uncut() {
    let client = Client::new();
    let body = "饼".repeat(400_000);
    client.raw(Call::new("POST", &format!("{FAVOR}/coupon-stocks"), body.clone()).request());
    let shown = client.control("GET", "/requests/1").ok();
    assert_eq!((shown["body"].as_str(), &shown["body_bytes"]), (Some(body.as_str()), &1_200_000.into()));
}

#[test]
fn a_fault_is_named_and_a_closed_connection_has_no_status() {
    let (client, stock) = Client::with_stock();
    client.add_fault(json!({ "fault": "close_after" }));
    client.add_fault(json!({ "fault": "system_error" }));
    client.add_fault(json!({ "fault": "oversized", "bytes": 5 }));
    let call =
        Call::new("POST", &format!("{FAVOR}/users/o1/coupons"), send_body(&stock, "send-1").to_string());
    assert!(matches!(client.respond(&call), Wire::Closed));
    client.respond(&call);
    client.respond(&call);
    let all = list(&client, "?limit=3");
    assert_fields(&all[2], json!({ "fault": "close_after", "operation": "coupon.send" }));
    assert_eq!(all[2]["status"], Value::Null);
    assert_fields(&all[1], json!({ "fault": "system_error", "status": 500, "code": "SYSTEM_ERROR" }));
    assert_eq!(ids(&list(&client, "?status=null")), [3]);
    let shown = |id: u64| client.control("GET", &format!("/requests/{id}")).ok();
    assert_eq!(shown(3)["answer"], Value::Null);
    assert_eq!(shown(5)["answer"]["body_bytes"], 5);
}

#[test]
fn the_log_is_cleared_and_its_ids_go_on() {
    let client = six_requests();
    assert_eq!(client.control("DELETE", "/requests").ok(), json!({ "removed": 6 }));
    assert_eq!(ids(&list(&client, "")), [0; 0]);
    client.raw(Call::new("GET", "/nothing", "").request());
    assert_eq!(ids(&list(&client, "?after=6")), [7]);
}

#[test]
fn the_length_of_the_log_is_an_option() {
    for (length, expected) in [(0, &[][..]), (2, &[3, 2])] {
        let options = Options::new().journal(length);
        let sandbox = Sandbox::with_options(credentials().clone(), options).unwrap();
        let client = Client { sandbox, now: NOW };
        for _ in 0..3 {
            client.raw(Call::new("GET", "/nothing", "").request());
        }
        assert_eq!(ids(&list(&client, "")), expected);
        client.control("GET", "/requests/1").assert_error(404, "RESOURCE_NOT_EXISTS");
    }
}
