//! `POST /_sandbox/diagnose`, `/requests/{id}/compare` and `/merchant/certificate`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Request};
use serde_json::{Value, json};

use crate::common::{Client, NOW, assert_fields};
use crate::forged::{BODY, Forged, codes, shape};

fn described(forged: &Forged) -> Value {
    json!({
        "method": forged.method,
        "url": format!("https://api.mch.weixin.qq.com{}", forged.target),
        "headers": { "Authorization": forged.authorization(), "Content-Type": "application/json" },
        "body": String::from_utf8(forged.body.clone()).unwrap(),
        "at": NOW,
    })
}

#[test]
fn a_described_request_is_examined_without_a_call() {
    let client = Client::new();
    let good = Forged::send();
    let reply = client.control_post("/diagnose", described(&good)).ok();
    assert_fields(&reply, json!({ "valid": true, "diagnosis": [] }));
    assert_eq!(reply["expected_message"], String::from_utf8(shape(&good.lines)).unwrap());

    let mut bad = Forged::send();
    bad.lines[4].clear();
    let reply = client.control_post("/diagnose", described(&bad)).ok();
    assert_eq!((&reply["valid"], &reply["diagnosis"][0]["code"]), (&json!(false), &json!("H2")));
    assert_eq!(reply["answer"]["code"], "SIGN_ERROR");
    assert_eq!(reply["expected_message"], String::from_utf8(shape(&good.lines)).unwrap());

    // The other names for the same.
    let other = json!({
        "method": "POST", "target": bad.target, "authorization": bad.authorization(),
        "body_base64": STANDARD.encode(BODY),
    });
    let reply = client.control_post("/diagnose", other).ok();
    assert_eq!(reply["diagnosis"][0]["code"], "H2");

    // An operation that the sandbox does not know.
    let pay = Forged::new("POST", "/v3/pay/transactions/jsapi", "{}");
    assert_eq!(client.control_post("/diagnose", described(&pay)).ok()["valid"], true);

    let mut late = described(&good);
    late["at"] = (NOW + 1000).into();
    let reply = client.control_post("/diagnose", late).ok();
    assert_eq!(reply["diagnosis"][0]["code"], "B3");

    // Nothing was called.
    let count = client.state()["requests"].clone();
    assert!(count.as_object().is_none_or(|count| count.is_empty()), "{count}");
}

#[test]
fn a_description_that_lacks_something_is_refused_in_words() {
    let client = Client::new();
    let good = described(&Forged::send());
    for (name, value) in [
        ("method", json!(1)),
        ("method", json!("A B")),
        ("url", json!("not a url")),
        ("body", json!({ "an": "object" })),
        ("body_base64", json!("!")),
        ("headers", json!([])),
        ("headers", json!({ "a b": "c" })),
        ("headers", json!({ "a": 1 })),
        ("at", json!("yesterday")),
    ] {
        let mut body = good.clone();
        body[name] = value;
        if name == "body_base64" {
            body.as_object_mut().unwrap().remove("body");
        }
        let reply = client.control_post("/diagnose", body);
        let detail = reply.assert_param_error();
        assert!(detail["issue"].as_str().unwrap().ends_with('.'), "{detail}");
    }
}

/// Sends a request that is refused, and returns its id.
fn refused(client: &Client, forged: &Forged) -> String {
    let reply = forged.sent_to(client);
    reply.assert_error(401, "SIGN_ERROR");
    let see = reply.json["detail"]["sandbox"]["see"].as_str().unwrap().to_owned();
    see.rsplit('/').next().unwrap().to_owned()
}

#[test]
fn a_pasted_text_is_proven_by_the_digest_and_compared() {
    let client = Client::new();
    let mut forged = Forged::send();
    forged.lines[4] = BODY.replace("send-1", "send-2").into();
    let id = refused(&client, &forged);
    let path = format!("/requests/{id}/compare");
    let signed = String::from_utf8(shape(&forged.lines)).unwrap();
    let right = String::from_utf8(shape(&Forged::send().lines)).unwrap();
    let offset = signed.find("send-2").unwrap() + "send-".len();

    let reply = client.control_post(&path, json!({ "message": signed })).ok();
    assert_fields(&reply, json!({ "proven": true, "same": false }));
    assert_fields(&reply["first_difference"], json!({ "offset": offset, "line": 5 }));
    let text = |name: &str| reply["first_difference"][name].as_str().unwrap().to_owned();
    assert!(text("expected").contains("send-1") && text("got").contains("send-2"), "{reply}");

    // What pasting does to a text is undone.
    for pasted in [
        signed.trim_end().to_owned(),
        signed.replace('\n', "\r\n"),
        signed.replace('\n', "\\n"),
        format!("{signed}\n"),
    ] {
        let reply = client.control_post(&path, json!({ "message": pasted })).ok();
        assert_fields(&reply, json!({ "proven": true, "same": false }));
        assert!(reply["says"].as_str().unwrap().contains('后'), "{reply}");
    }
    let base64 = json!({ "message_base64": STANDARD.encode(&signed) });
    assert_eq!(client.control_post(&path, base64).ok()["proven"], true);
    let request = Request::post(format!("/_sandbox{path}")).header("accept-language", "en");
    let reply = client.raw(request.body(Bytes::from(signed.clone())).unwrap()).ok();
    assert_eq!(reply["proven"], true);
    assert!(reply["says"].as_str().unwrap().contains("proves"), "{reply}");
    assert_eq!(reply["id"].to_string(), id);
    assert_fields(&reply, json!({ "expected_message": right, "signed_message": signed }));

    // Another text is not what was signed.
    let reply = client.control_post(&path, json!({ "message": right })).ok();
    assert_fields(&reply, json!({ "proven": false, "same": true }));
    assert_eq!(reply["first_difference"], Value::Null);
    let reply = client.control_post(&path, json!({ "message": "x" })).ok();
    assert_fields(&reply, json!({ "proven": false, "same": false }));
    assert_eq!(reply["first_difference"]["offset"], 0);
}

#[test]
fn a_comparison_needs_a_text_and_a_request() {
    let client = Client::new();
    let id = refused(&client, &Forged { sign: |_| vec![1; 256], ..Forged::send() });
    let reply = client.control_post(&format!("/requests/{id}/compare"), json!({ "message": "x" })).ok();
    assert_eq!((&reply["proven"], &reply["digest"]), (&json!(false), &Value::Null));
    for body in [json!({}), json!({ "stock_id": "1" }), json!({ "message": 1 }), json!("text")] {
        client.control_post(&format!("/requests/{id}/compare"), body).assert_param_error();
    }
    for unknown in ["999", "0", "x", "18446744073709551616"] {
        client
            .control_post(&format!("/requests/{unknown}/compare"), json!({ "message": "x" }))
            .assert_error(404, "RESOURCE_NOT_EXISTS");
    }
    let mut forged = Forged::send();
    forged.headers.insert("x-no-authorization", HeaderValue::from_static("1"));
    let id = refused(&client, &forged);
    client
        .control_post(&format!("/requests/{id}/compare"), json!({ "message": "x" }))
        .assert_error(400, "PARAM_ERROR");
}

#[test]
fn the_states_of_the_merchants_certificate_have_their_texts() {
    let client = Client::new();
    let set = |body: Value| client.control_post("/merchant/certificate", body);
    // The texts of the official list (签名相关QA).
    for (state, text) in [
        ("expired", "商户证书已过期。"),
        ("revoked", "商户证书已作废。"),
        ("replaced", "已更换证书，请使用新证书。"),
        ("none", "商户未申请过证书。"),
    ] {
        assert_fields(&set(json!({ "state": state })).ok(), json!({ "state": state, "api_v3_key": true }));
        let reply = Forged::send().sent_to(&client);
        reply.assert_unsigned().assert_error(401, "SIGN_ERROR");
        assert_eq!(
            (reply.json["message"].as_str(), codes(&reply)),
            (Some(text), vec!["C7".to_owned()]),
            "{state}"
        );
    }
    set(json!({ "state": "valid" })).ok();
    assert_ne!(Forged::send().sent_to(&client).status, 401);
    set(json!({ "api_v3_key": false })).ok();
    let reply = Forged::send().sent_to(&client);
    reply.assert_error(401, "SIGN_ERROR");
    assert_eq!(reply.json["message"], "商户未设置APIv3密钥。");
    set(json!({ "api_v3_key": true })).ok();
    assert_ne!(Forged::send().sent_to(&client).status, 401);
    for bad in [json!({ "state": "lost" }), json!({ "state": 1 }), json!({ "api_v3_key": "no" })] {
        set(bad).assert_param_error();
    }
}

#[test]
fn the_clock_is_checked_before_the_certificate_and_the_certificate_before_the_signature() {
    let client = Client::new();
    client.control_post("/merchant/certificate", json!({ "state": "revoked" })).ok();
    let mut forged = Forged { sign: |_| vec![1; 256], ..Forged::send() };
    assert_eq!(forged.sent_to(&client).json["message"], "商户证书已作废。");
    assert_eq!(codes(&forged.sent_to(&client)), ["C7", "E1"]);
    forged.timestamp = "1".to_owned();
    assert!(forged.sent_to(&client).json["message"].as_str().unwrap().contains("timestamp"));
    forged.header = |header| header.replace("WECHATPAY2", "WECHATPAY3");
    assert_eq!(forged.sent_to(&client).json["message"], "Http头Authorization认证类型不正确");
}
