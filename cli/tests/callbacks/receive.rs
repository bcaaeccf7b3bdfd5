//! Callbacks that are accepted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::json;

use crate::campaign::Campaign;
use crate::http;
use crate::ledger::{column, notifications};
use crate::listening::{Listening, signal};
use crate::merchant::{Merchant, STOCK};
use crate::platform::{Made, Platform};
use crate::program::Program;

#[test]
fn a_callback_that_is_accepted_is_in_the_ledger_and_written_as_a_line() {
    let merchant = Merchant::new();
    let (program, platform) = (merchant.program(), Platform::new(&merchant, 1));
    let mut listening = Listening::start(&program, "--record");
    let made = platform.used(1);
    assert_eq!(listening.post(&made.request), 204);
    assert_eq!(notifications(&program), [made.id.as_str()]);
    let used = "SELECT coupon_id || ' ' || transaction_id || ' ' || fen || ' ' || source FROM use_seen";
    assert_eq!(column(&program, used), ["20000001 4200000000000000000020000001 100 callback"]);

    let mut shown = listening.shown();
    for time in ["create_time", "consume_time", "received_at"] {
        assert!(!shown.as_object_mut().unwrap().remove(time).unwrap().is_null(), "{time}");
    }
    let expected = json!({
        "sandbox": false, "id": made.id, "event_type": "COUPON.USE", "stock_id": STOCK, "coupon_id": "20000001",
        "transaction_id": "4200000000000000000020000001", "consume_mchid": merchant.credentials.mchid(),
        "amount": 100, "kept": true, "repeated": false,
    });
    assert_eq!(shown, expected);
    let ran = listening.interrupt(&program).succeeded();
    assert!(ran.stderr.ends_with("notifications in the ledger: 1; still to be forwarded: 0\n"), "{ran:?}");
    assert!(!ran.stdout.contains("oUser") && !ran.stderr.contains("oUser"), "{ran:?}");
}

#[test]
fn a_repetition_is_accepted_and_kept_once_also_after_a_restart_and_a_kill() {
    let merchant = Merchant::new();
    let (program, platform) = (merchant.program(), Platform::new(&merchant, 2));
    let mut listening = Listening::start(&program, "--record");
    let first = platform.used(1);
    // The same delivery twice, and one that is signed anew.
    for (callback, repeated) in [(&first, false), (&first, true), (&platform.again(&first), true)] {
        assert_eq!(listening.post(&callback.request), 204);
        assert_eq!(listening.shown()["repeated"], repeated);
    }
    listening.kill();
    let mut listening = Listening::start(&program, "--record");
    let second = platform.used(2);
    for (callback, repeated) in [(platform.again(&first), true), (platform.again(&second), false)] {
        assert_eq!(listening.post(&callback.request), 204);
        assert_eq!(listening.shown()["repeated"], repeated);
    }
    listening.interrupt(&program).succeeded();
    assert_eq!(notifications(&program), [first.id, second.id]);
    assert_eq!(column(&program, "SELECT count(*) FROM use_seen"), ["2"]);
}

/// Four senders. One of them kills the listener while the others send.
#[test]
fn what_was_accepted_before_a_kill_is_in_the_ledger() {
    const CALLBACKS: u32 = 400;
    let merchant = Merchant::new();
    let (program, platform) = (merchant.program(), Platform::new(&merchant, CALLBACKS));
    let made: Vec<_> = (1..=CALLBACKS).map(|coupon| platform.used(coupon)).collect();
    let listening = Listening::start(&program, "--record");
    let (killed, url, process) = (AtomicBool::new(false), listening.url.clone(), listening.process());
    let send = |sender: usize, part: &[Made]| {
        let mut accepted = Vec::new();
        for made in part {
            if sender == 0 && accepted.len() == 25 {
                killed.store(true, Ordering::SeqCst);
                signal(process, "-KILL");
            }
            match http::try_send(&url, &made.request) {
                Ok(response) if http::status(&response) == 204 => accepted.push(made.id.clone()),
                Ok(response) => panic!("{response}"),
                Err(_) => assert!(killed.load(Ordering::SeqCst)),
            }
        }
        accepted
    };
    let accepted: Vec<String> = thread::scope(|scope| {
        let send = &send;
        let senders = made.chunks(100).enumerate().map(|(at, part)| scope.spawn(move || send(at, part)));
        let senders: Vec<_> = senders.collect();
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    });
    drop(listening);
    let kept = notifications(&program);
    assert!(accepted.iter().all(|id| kept.contains(id)));
    assert!(accepted.len() >= 25 && accepted.len() <= 325);

    // WeChat Pay sends all again whose answer it has not seen.
    let listening = Listening::start(&program, "--record");
    for made in made.iter().filter(|made| !accepted.contains(&made.id)) {
        assert_eq!(listening.post(&made.request), 204);
    }
    listening.interrupt(&program).succeeded();
    let mut kept = notifications(&program);
    let mut all: Vec<_> = made.into_iter().map(|made| made.id).collect();
    kept.sort();
    all.sort();
    assert_eq!(kept, all);
    assert_eq!(column(&program, "SELECT count(*) FROM use_seen"), [CALLBACKS.to_string()]);
    program.run("ledger check").succeeded();
}

#[test]
fn a_new_certificate_of_the_platform_is_fetched() {
    let campaign = Campaign::planned(3);
    let (merchant, program) = (&campaign.merchant, &campaign.program);
    campaign.run("").succeeded();
    let mut listening = Listening::start(program, "--record");
    program.run(&format!("callback set {}", listening.url)).succeeded();
    merchant.control("notifications", &json!({ "signed_by": "certificate" }));
    merchant.control("certificates/rotate", &json!({}));
    let before = merchant.requests("certificates.download");
    program.run("trigger coupon.use 20000001").succeeded();
    assert_eq!(listening.shown()["coupon_id"], "20000001");
    let after = merchant.requests("certificates.download");
    assert_eq!(after - before, 1, "{}", merchant.state("state")["requests"]);
    listening.interrupt(program).succeeded();
    assert_eq!(notifications(program).len(), 1);
}

/// What is not known today may matter tomorrow, and WeChat Pay does not send again what was accepted.
#[test]
fn an_event_of_an_unknown_type_is_accepted_and_kept() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let mut listening = Listening::start(&program, "--record");
    let echo = json!({ "echo_message": "hello", "notify_url": listening.url }).to_string();
    let mut command = program.command("api POST /v3/security/echo -d");
    assert!(command.arg(&echo).status().unwrap().success());
    let shown = listening.shown();
    assert_eq!((&shown["event_type"], &shown["kept"]), (&json!("SECURITY_ECHO.SUCCESS"), &json!(true)));
    assert!(shown.get("coupon_id").is_none());
    listening.interrupt(&program).succeeded();
    assert_eq!(column(&program, "SELECT resource FROM notification"), [r#"{"echo_message":"hello"}"#]);
    assert!(column(&program, "SELECT coupon_id FROM use_seen").is_empty());
}

#[test]
fn without_a_merchant_the_sandbox_beside_the_ledger_calls_back() {
    let program = Program::new();
    let mut listening = Listening::start(&program, "--record");
    let send = format!("coupon send --openid oAlice --stock {STOCK} --confirm {STOCK}");
    let coupon = program.json(&send)["coupon_id"].as_str().unwrap().to_owned();
    let triggered = program.json(&format!("trigger coupon.use {coupon}"));
    assert_eq!((&triggered["sandbox"], &triggered["coupons"]), (&json!(true), &json!(1)));
    let shown = listening.shown();
    assert_eq!((&shown["sandbox"], shown["coupon_id"].as_str()), (&json!(true), Some(coupon.as_str())));
    listening.interrupt(&program).succeeded();
    assert_eq!(notifications(&program).len(), 1);
}

#[test]
fn without_record_callbacks_are_shown_and_no_ledger_is_made() {
    let merchant = Merchant::new();
    let (program, platform) = (merchant.program(), Platform::new(&merchant, 1));
    let mut listening = Listening::start(&program, "");
    assert_eq!(listening.post(&platform.used(1).request), 204);
    let shown = listening.shown();
    assert_eq!((&shown["kept"], shown.get("repeated")), (&json!(false), None));
    listening.interrupt(&program).succeeded();
    assert!(!program.path("wechatpay-ledger.db").exists());
}

/// More lines than a pipe takes.
#[test]
fn whoever_does_not_read_the_lines_holds_up_nothing() {
    const CALLBACKS: u32 = 400;
    let merchant = Merchant::new();
    let (program, platform) = (merchant.program(), Platform::new(&merchant, CALLBACKS));
    let mut command = program.command("listen --record --addr 127.0.0.1:0 --output ndjson");
    let mut child = command.spawn().unwrap();
    let unread = child.stdout.take();
    let listening = Listening::of(child);
    for coupon in 1..=CALLBACKS {
        assert_eq!(listening.post(&platform.used(coupon).request), 204);
    }
    assert_eq!(notifications(&program).len(), 400);
    listening.kill();
    drop(unread);
}
