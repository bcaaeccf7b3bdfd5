//! `stock …`.

use std::fs;

use serde_json::{Value, json};

use crate::merchant::{Merchant, STOCK};
use crate::program::Program;

#[test]
fn a_stock_is_shown() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let shown = program.json(&format!("stock show {STOCK}"));
    assert_eq!(shown["sandbox"], json!(false));
    assert_eq!((&shown["stock_id"], &shown["status"]), (&json!(STOCK), &json!("running")));
    assert_eq!(shown["stock_use_rule"]["max_amount"], json!(1000));
    // However the platform writes its numbers.
    merchant.fault("stock.query", "numbers_as_text");
    assert_eq!(program.json(&format!("stock show {STOCK}")), shown);
    let human = program.run(&format!("stock show {STOCK}")).succeeded();
    for line in ["name            双旦满减券", "budget          10.00 yuan", "discount        1.00 yuan"]
    {
        assert!(human.stdout.lines().any(|found| found == line), "{human:?}");
    }
    assert_eq!(human.stderr, "");
}

#[test]
fn stocks_are_listed() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let human = program.run("stock list").succeeded();
    assert_eq!(human.stdout.lines().count(), 2, "{human:?}");
    assert_eq!(program.json("stock list")["data"][0]["stock_id"], json!(STOCK));
    assert_eq!(program.run("stock list --output ndjson").succeeded().lines().len(), 1);
    assert_eq!(program.json("stock list --status paused")["data"], json!([]));
    assert_eq!(program.run("stock list --status paused --output ndjson").succeeded().stdout, "");
}

#[test]
fn merchants_and_items_are_listed() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let mchid = merchant.credentials.mchid();
    let listed = program.json(&format!("stock merchants {STOCK}"));
    assert_eq!((&listed["stock_id"], &listed["data"]), (&json!(STOCK), &json!([{ "mchid": mchid }])));
    assert_eq!(program.run(&format!("stock merchants {STOCK}")).succeeded().stdout, format!("{mchid}\n"));
    let lines = program.run(&format!("stock merchants {STOCK} --output ndjson")).succeeded().lines();
    assert_eq!(lines, [json!({ "mchid": mchid, "sandbox": false })]);
    assert_eq!(program.json(&format!("stock items {STOCK}"))["data"], json!([]));
}

/// Writes an example to `stock.json`, changed by `change`.
fn example(program: &Program, change: impl FnOnce(&mut Value)) {
    let skeleton = program.run("stock create --skeleton").succeeded();
    let mut stock = skeleton.json();
    change(&mut stock);
    program.write("stock.json", stock.to_string());
}

#[test]
fn the_example_of_a_stock_can_be_created() {
    let merchant = Merchant::new();
    let program = merchant.program();
    example(&program, |_| {});
    let created = program.json("stock create -f stock.json");
    assert_eq!(created["started"], json!(false));
    let stock_id = created["stock_id"].as_str().unwrap();
    assert_eq!(program.json(&format!("stock show {stock_id}"))["status"], json!("unactivated"));
    // The number is in the file, so the same file is the same stock.
    assert_eq!(program.json("stock create -f stock.json")["stock_id"], json!(stock_id));
    example(&program, |_| {});
    assert_ne!(program.json("stock create -f stock.json")["stock_id"], json!(stock_id));
    let stopped = program.json(&format!("stock stop {stock_id} --confirm {stock_id}"));
    assert_eq!(stopped["stock_id"], json!(stock_id));
}

#[test]
fn a_skeleton_needs_neither_merchant_nor_sandbox() {
    let program = Program::new();
    program.run("stock create --skeleton").succeeded();
    assert!(!program.path("wechatpay-ledger.db.sandbox").exists());
}

#[test]
fn a_stock_is_created_and_started_at_once() {
    let merchant = Merchant::new();
    let program = merchant.program();
    example(&program, |_| {});
    let created = program.json("stock create -f stock.json --start");
    assert_eq!(created["started"], json!(true));
    let stock_id = created["stock_id"].as_str().unwrap();
    assert_eq!(program.json(&format!("stock show {stock_id}"))["status"], json!("running"));
}

#[test]
fn a_stock_that_was_created_but_not_started_is_named() {
    let merchant = Merchant::new();
    let program = merchant.program();
    merchant.fault("stock.start", "close_after");
    example(&program, |_| {});
    let ran = program.run("stock create -f stock.json --start --output json").failed(4);
    assert_eq!(ran.json()["started"], json!(false));
    assert!(ran.json()["stock_id"].is_string(), "{ran:?}");
    assert_eq!(ran.error()["outcome"], "unknown");
}

#[test]
fn a_prefunded_stock_is_not_started_without_a_confirmation() {
    let merchant = Merchant::new();
    let program = merchant.program();
    example(&program, |stock| stock["no_cash"] = json!(false));
    let ran = program.run("stock create -f stock.json --start").failed(2);
    assert!(ran.stderr.contains("debits 500.00 yuan; nothing was sent"), "{ran:?}");
    assert_eq!(merchant.requests("stock.create"), 0);
    let created = program.json("stock create -f stock.json");
    let stock_id = created["stock_id"].as_str().unwrap();
    let ran = program.run(&format!("stock start {stock_id}")).failed(2);
    assert!(ran.stderr.contains("100 coupons of 5.00 yuan, 500.00 yuan in all"), "{ran:?}");
    assert!(ran.stderr.contains("The whole budget is debited now"), "{ran:?}");
    assert_eq!(merchant.requests("stock.start"), 0);
    program.run(&format!("stock start {stock_id} --confirm {stock_id}")).succeeded();
    assert_eq!(program.json(&format!("stock show {stock_id}"))["status"], json!("running"));
}

#[test]
fn a_mistake_in_the_file_is_named_and_nothing_is_sent() {
    let merchant = Merchant::new();
    let program = merchant.program();
    for (change, problem) in [
        (
            Box::new(|stock: &mut Value| stock["stock_nane"] = json!("x")) as Box<dyn FnOnce(&mut Value)>,
            "stock_nane is not known",
        ),
        (
            Box::new(|stock| stock["stock_use_rule"]["max_coupons"] = json!("many")),
            "stock_use_rule.max_coupons: invalid type",
        ),
        (
            Box::new(|stock| stock["stock_use_rule"]["max_cuopons"] = json!(1)),
            "stock_use_rule.max_cuopons is not known",
        ),
        (
            Box::new(|stock| drop(stock.as_object_mut().unwrap().remove("out_request_no"))),
            "missing field `out_request_no`",
        ),
        (
            Box::new(|stock| stock["stock_use_rule"]["max_coupons"] = json!(1)),
            "stock_use_rule.max_coupons is 1",
        ),
    ] {
        example(&program, change);
        let ran = program.run("stock create -f stock.json").failed(2);
        assert!(ran.stderr.contains(problem), "{problem}: {ran:?}");
    }
    program.write("stock.json", "[");
    let ran = program.run("stock create -f stock.json").failed(2);
    assert!(ran.stderr.contains("file stock.json: is not JSON"), "{ran:?}");
    program.run("stock create -f nowhere.json").failed(2);
    assert_eq!(merchant.requests("stock.create"), 0);
    // The platform decides if it is asked to: it refuses one coupon too.
    example(&program, |stock| stock["stock_use_rule"]["max_coupons"] = json!(1));
    program.run("stock create -f stock.json --unchecked").failed(1);
    assert_eq!(merchant.requests("stock.create"), 1);
}

#[test]
fn a_stock_is_read_from_stdin() {
    let merchant = Merchant::new();
    let program = merchant.program();
    example(&program, |_| {});
    let mut command = program.command("stock create -f - --output json");
    command.stdin(fs::File::open(program.path("stock.json")).unwrap());
    let ran = program.end(command.output().unwrap()).succeeded();
    assert!(ran.json()["stock_id"].is_string());
}

#[test]
fn a_change_needs_the_id_again() {
    let merchant = Merchant::new();
    let program = merchant.program();
    for verb in ["start", "pause", "restart", "stop"] {
        let ran = program.run(&format!("stock {verb} {STOCK} --no-input")).failed(2);
        assert!(ran.stderr.contains(&format!("repeat the command with --confirm {STOCK}")), "{ran:?}");
        let ran = program.run(&format!("stock {verb} {STOCK} --confirm 10000002")).failed(2);
        assert!(ran.stderr.contains("is another stock than 10000001; nothing was sent"), "{ran:?}");
        assert_eq!(merchant.requests(&format!("stock.{verb}")), 0);
    }
    let status = || program.json(&format!("stock show {STOCK}"))["status"].clone();
    let paused = program.run(&format!("stock pause {STOCK} --confirm {STOCK}")).succeeded();
    // A loopback host is not called live.
    assert!(paused.stderr.contains(&merchant.url) && !paused.stderr.contains("LIVE"), "{paused:?}");
    assert_eq!(status(), json!("paused"));
    let restarted = program.json(&format!("stock restart {STOCK} --confirm {STOCK}"));
    assert!(restarted["restart_time"].is_string(), "{restarted}");
    assert_eq!(status(), json!("running"));
    // It was activated.
    program.run(&format!("stock stop {STOCK} --confirm {STOCK}")).failed(1);
}

#[test]
fn a_budget_is_changed() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let ran = program.run(&format!("stock budget {STOCK} --to 20.00")).failed(2);
    assert!(ran.stderr.contains("from 10.00 yuan to 20.00 yuan"), "{ran:?}");
    let changed = program.json(&format!("stock budget {STOCK} --to 20.00 --confirm {STOCK}"));
    assert_eq!((&changed["max_amount"], &changed["stock_id"]), (&json!(2000), &json!(STOCK)));
    assert_eq!(program.json(&format!("stock show {STOCK}"))["stock_use_rule"]["max_amount"], json!(2000));
    // It is no longer what the command says it is.
    program.run(&format!("stock budget {STOCK} --from 10.00 --to 30.00 --confirm {STOCK}")).failed(1);
    program.run(&format!("stock budget {STOCK} --to 30 --confirm {STOCK}")).failed(2);
}
