//! `coupon …`.

use serde_json::{Value, json};

use crate::merchant::{Merchant, STOCK};

fn send(openid: &str) -> String {
    format!("coupon send --openid {openid} --stock {STOCK} --confirm {STOCK}")
}

#[test]
fn a_coupon_is_sent_shown_and_listed() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let ran = program.run(&format!("{} --output json", send("oAlice"))).succeeded();
    let sent = ran.json();
    // The number was written before it was used.
    let number: Value = serde_json::from_str(ran.stderr.lines().last().unwrap()).unwrap();
    assert_eq!(number["out_request_no"], sent["out_request_no"]);
    assert!(ran.stderr.contains("1 coupon of 1.00 yuan"), "{ran:?}");
    assert_eq!((&sent["stock_id"], &sent["sandbox"]), (&json!(STOCK), &json!(false)));
    let coupon_id = sent["coupon_id"].as_str().unwrap();
    let shown = program.json(&format!("coupon show {coupon_id} --openid oAlice"));
    assert_eq!((&shown["status"], &shown["out_request_no"]), (&json!("SENDED"), &sent["out_request_no"]));
    assert_eq!(program.json("coupon list --openid oAlice")["data"][0]["coupon_id"], json!(coupon_id));
    assert_eq!(program.json("coupon list --openid oBob")["data"], json!([]));
    let human = program.run(&format!("coupon list --openid oAlice --stock {STOCK}")).succeeded();
    assert!(human.stdout.contains(coupon_id) && !human.stdout.contains("oAlice"), "{human:?}");
    assert_eq!(program.run("coupon list --openid oAlice --output ndjson").succeeded().lines().len(), 1);
}

#[test]
fn a_given_number_sends_one_coupon_only() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let line = format!("{} --out-request-no number-1", send("oAlice"));
    let first = program.json(&line);
    assert_eq!(program.json(&line)["coupon_id"], first["coupon_id"]);
    assert_eq!(merchant.coupons(), 1);
    let human = program.run(&line).succeeded();
    assert!(human.stdout.contains("out_request_no  number-1"), "{human:?}");
}

#[test]
fn a_coupon_needs_a_confirmation() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let ran = program.run(&format!("coupon send --openid oAlice --stock {STOCK} --output json")).failed(2);
    assert_eq!(ran.error()["kind"], "usage");
    program.run(&format!("coupon send --openid oAlice --stock {STOCK} --confirm 1")).failed(2);
    assert_eq!(merchant.requests("coupon.send"), 0);
}

#[test]
fn each_outcome_has_its_exit_code() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let json = |line: &str, code: i32| program.run(&format!("{line} --output json")).failed(code).error();

    // The user has two already.
    for _ in 0..2 {
        program.run(&send("oAlice")).succeeded();
    }
    let refused = json(&send("oAlice"), 1);
    assert_eq!((&refused["code"], &refused["outcome"]), (&json!("RULE_LIMIT"), &json!("rejected")));
    assert_eq!(refused["advice"], json!("change"));

    // The connection ends after the coupon was sent.
    merchant.fault("coupon.send", "close_after");
    let unknown = json(&format!("{} --out-request-no number-2", send("oBob")), 4);
    assert_eq!((&unknown["kind"], &unknown["outcome"]), (&json!("unresolved"), &json!("unknown")));
    assert_eq!(unknown["out_request_no"], json!("number-2"));
    assert_eq!(merchant.coupons(), 3);
    merchant.forget_faults();

    let stopped = json(&format!("{} --appid wx0000000000000000", send("oCarol")), 5);
    assert_eq!(
        (&stopped["code"], &stopped["advice"]),
        (&json!("APPID_MCHID_NOT_MATCH"), &json!({"stop": "permission"}))
    );

    let invalid = json(&format!("{} --out-request-no no.dots", send("oCarol")), 2);
    assert_eq!(invalid["outcome"], json!("not_sent"));
    assert!(invalid["causes"].to_string().contains("out_request_no"), "{invalid}");
}

#[test]
fn a_response_that_cannot_be_verified_is_unresolved() {
    let merchant = Merchant::new();
    let program = merchant.program();
    merchant.fault("coupon.send", "wrong_signature");
    let ran = program.run(&send("oAlice")).failed(4);
    assert!(ran.stderr.contains("outcome: unknown"), "{ran:?}");
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_coupon_needs_an_appid() {
    let merchant = Merchant::new();
    let program = merchant.program().set("WECHATPAY_APPID", "");
    let ran = program.run("coupon list --openid oAlice --output json").failed(8);
    assert_eq!(ran.error()["variables"], json!(["WECHATPAY_APPID"]));
    let appid = merchant.credentials.appid();
    program.run(&format!("coupon list --openid oAlice --appid {appid}")).succeeded();
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_call() {
    use std::process::Command;
    let merchant = Merchant::new();
    let program = merchant.program();
    merchant.fault("coupon.send", "never_answers");
    let child = program.command(&send("oAlice")).spawn().unwrap();
    // The request has arrived and is not answered.
    while !merchant.handled.recv().unwrap().contains("/users/") {}
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ran = program.end(child.wait_with_output().unwrap()).failed(130);
    assert!(ran.stderr.contains("error: interrupted") && ran.stderr.contains("outcome: unknown"), "{ran:?}");
}
