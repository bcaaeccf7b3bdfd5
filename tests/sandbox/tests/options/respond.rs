//! Responses for operations that the sandbox does not know.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use wechatpay_sandbox::{Options, Wire};

use crate::client;
use crate::common::{Call, FAVOR, Signer};

fn responses() -> Options {
    let responses = json!([
        {
            "operation": "stock.statistics",
            "method": "GET",
            "path": "/v3/marketing/favor/stocks/{stock_id}/statistics",
            "body": { "sent": 3 },
        },
        { "method": "POST", "path": "/v3/refund/domestic/refunds", "status": 400,
          "body": { "code": "NOT_ENOUGH", "message": "余额不足" } },
        { "method": "DELETE", "path": "/v3/certificates", "status": 204 },
        // The sandbox knows this operation.
        { "method": "GET", "path": "/v3/certificates", "status": 503 },
    ]);
    Options::new().respond(responses.to_string().as_bytes()).unwrap()
}

#[test]
fn an_unknown_operation_is_answered_and_signed() {
    let client = client(responses());
    let target = format!("{FAVOR}/stocks/1/statistics?stock_creator_mchid=1");
    let reply = client.call("GET", &target, "");
    assert_eq!(reply.ok(), json!({ "sent": 3 }));
    let reply = client.call("POST", "/v3/refund/domestic/refunds", "{}");
    reply.assert_error(400, "NOT_ENOUGH");
    let reply = client.call("DELETE", "/v3/certificates", "");
    assert_eq!((reply.status, reply.body.len()), (204, 0));
}

#[test]
fn a_known_operation_keeps_its_response() {
    client(responses()).call("GET", "/v3/certificates", "").ok();
}

#[test]
fn the_request_is_authenticated() {
    let client = client(responses());
    let mut call = Call::new("GET", &format!("{FAVOR}/stocks/1/statistics"), "");
    call.mchid = "1".to_owned();
    client.raw(call.request()).assert_unsigned().assert_error(401, "SIGN_ERROR");
}

#[test]
fn other_paths_and_methods_stay_unknown() {
    let client = client(responses());
    for (method, target, status) in [
        ("POST", "/v3/marketing/favor/stocks/1/statistics", 404),
        ("GET", "/v3/marketing/favor/stocks/1/statistics/2", 404),
        ("PUT", "/v3/certificates", 405),
    ] {
        let reply = client.raw(Call::new(method, target, "").request());
        assert_eq!(reply.assert_unsigned().status, status, "{method} {target}");
    }
}

#[test]
fn faults_know_its_name() {
    let client = client(responses());
    client.add_fault(json!({ "operation": "stock.statistics", "fault": "close_after" }));
    let call = Call::new("GET", &format!("{FAVOR}/stocks/1/statistics"), "");
    assert!(matches!(client.respond(&call), Wire::Closed));
    let Wire::Whole { response, .. } = client.respond(&call) else { panic!() };
    assert_eq!(response.status(), 200);
    assert_eq!(client.state()["requests"]["stock.statistics"], 2);
}

#[test]
fn the_signature_is_made_with_the_requested_key() {
    let client = client(responses());
    let mut call = Call::new("GET", &format!("{FAVOR}/stocks/1/statistics"), "");
    call.platform_serial = None;
    assert_eq!(client.raw(call.request()).signer, Some(Signer::Certificate));
}

#[test]
fn an_invalid_list_names_the_entry_and_the_problem() {
    let entry = |change: Value| {
        let mut entry = json!({ "method": "GET", "path": "/v3/a" });
        entry.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        json!([{ "method": "GET", "path": "/v3/a" }, entry])
    };
    for (json, problem) in [
        (json!({}), "list"),
        (entry(json!({ "path": "v3/a" })), "entry 1: path must begin with /"),
        (entry(json!({ "path": "/v3/a?b=1" })), "entry 1: path must have no query"),
        (entry(json!({ "method": "G T" })), "entry 1: method \"G T\""),
        (entry(json!({ "status": 99 })), "entry 1: status 99"),
        (entry(json!({ "status": 600 })), "entry 1: status 600"),
        (entry(json!({ "header": 1 })), "unknown field `header`"),
    ] {
        let error = Options::new().respond(json.to_string().as_bytes()).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn a_path_that_is_not_utf8_is_unknown() {
    let request = Request::get("/v3/%FF").body(Bytes::new()).unwrap();
    assert_eq!(client(responses()).raw(request).status, 404);
}
