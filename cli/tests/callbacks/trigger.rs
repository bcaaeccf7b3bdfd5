//! What users do with coupons, in a sandbox only.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::campaign::Campaign;
use crate::merchant::Merchant;
use crate::receiver::Receiver;

/// The coupons of the sandbox with a member.
fn with(campaign: &Campaign, pointer: &str) -> usize {
    let state = campaign.merchant.state("state/export");
    state["coupons"].as_array().unwrap().iter().filter(|coupon| coupon.pointer(pointer).is_some()).count()
}

#[test]
fn coupons_of_a_campaign_are_used_and_refunded_in_parts() {
    let campaign = Campaign::planned(5);
    let program = &campaign.program;
    // One after another, so that the sandbox numbers the coupons in the order of the list.
    campaign.run("--in-flight 1").succeeded();
    let first = program.json("trigger coupon.use --campaign spring --count 2 --amount 12.00");
    assert_eq!(
        (&first["event"], &first["coupons"], &first["skipped"]),
        (&json!("coupon.use"), &json!(2), &json!(0))
    );
    assert_eq!(first["data"][0]["transaction_id"], "4200000000000000000020000001");
    let second = program.json("trigger coupon.use --campaign spring --count 2");
    assert_eq!((&second["coupons"], &second["skipped"]), (&json!(2), &json!(2)));
    assert_eq!(with(&campaign, "/consume_information"), 4);
    let amounts: Vec<Value> = campaign.merchant.state("coupons")["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["order_amount"].clone())
        .collect();
    assert_eq!(amounts, [json!(1200), json!(1200), json!(200), json!(200), Value::Null]);

    let refunded = program.json("trigger coupon.refund --campaign spring --count 1");
    assert_eq!(refunded["data"].as_array().unwrap().len(), 1);
    assert!(refunded["data"][0]["refund_id"].is_string());
    assert_eq!(program.json("trigger coupon.refund --campaign spring")["coupons"], 3);
    assert_eq!(with(&campaign, "/refund"), 4);
    let ran = program.run("trigger coupon.use --campaign spring --count 2").failed(1);
    assert!(ran.stdout.contains("1 coupon was used") && ran.stderr.contains("1 of 2 coupons"), "{ran:?}");
    let text = program.run("trigger coupon.use --campaign spring").succeeded();
    assert_eq!(text.stdout, "0 coupons were used\n");
}

#[test]
fn coupons_are_named_on_the_command_line_or_on_stdin() {
    let campaign = Campaign::planned(3);
    campaign.run("").succeeded();
    let mut child = campaign.program.command("trigger coupon.use -").stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"20000001\n\n 20000002 \n").unwrap();
    let ran = campaign.program.end(child.wait_with_output().unwrap()).succeeded();
    assert_eq!(ran.stdout, "2 coupons were used\n");
    // What stdin named is counted, not the line.
    let mut child =
        campaign.program.command("trigger coupon.refund -").stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"29999998\n29999999\n").unwrap();
    let ran = campaign.program.end(child.wait_with_output().unwrap()).failed(1);
    assert!(ran.stderr.contains("0 of 2 coupons were refunded"), "{ran:?}");
    // One that is used already, and one that does not exist, hold up no other.
    let ran = campaign.program.run("trigger coupon.use 20000001 20000003 29999999 --output json").failed(1);
    assert_eq!(ran.json()["data"][0]["coupon_id"], "20000003");
    let error = ran.error();
    assert_eq!(error["problems"].as_array().unwrap().len(), 2);
    assert_eq!(with(&campaign, "/consume_information"), 3);
    for wrong in ["x", "../reset", "20000001/../x"] {
        campaign.program.run(&format!("trigger coupon.refund {wrong}")).failed(2);
    }
    for wrong in ["", "1 --campaign spring", "--count 1", "1 --count 1", "1 --amount 12"] {
        campaign.program.run(&format!("trigger coupon.use {wrong}")).failed(2);
    }
}

#[test]
fn nothing_but_a_sandbox_is_asked_for_anything() {
    let merchant = Merchant::new();
    let program = merchant.program();
    for url in ["https://api.mch.weixin.qq.com", "https://api2.wechatpay.cn"] {
        let ran = program.run(&format!("trigger coupon.use 20000001 --base-url {url}")).failed(2);
        assert!(ran.stderr.contains(&format!("{url} is WeChat Pay; nothing was done")), "{ran:?}");
    }
    // Something else, which might pass requests on to WeChat Pay.
    let other = Receiver::new();
    let url = other.url.strip_suffix("/hook?a=b").unwrap();
    let line = format!("trigger coupon.use 20000001 --base-url {url}");
    let child = program.command(&line).spawn().unwrap();
    let asked = other.next();
    assert_eq!((asked.request.method().as_str(), asked.request.uri().path()), ("GET", "/_sandbox/version"));
    assert!(!asked.request.headers().contains_key("authorization") && asked.request.body().is_empty());
    asked.refuse();
    let ran = program.end(child.wait_with_output().unwrap()).failed(2);
    assert!(ran.stderr.contains("trigger is for a sandbox only"), "{ran:?}");
    assert!(other.is_quiet());
}
