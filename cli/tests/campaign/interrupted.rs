//! A run that is interrupted, and a second run beside it.

use std::process::{Child, Command};

use serde_json::json;

use crate::Campaign;
use crate::campaign::list;
use crate::merchant::STOCK;

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn an_interrupted_run_ends_with_its_answers_and_the_next_one_goes_on() {
    for name in ["-INT", "-TERM"] {
        let campaign = Campaign::planned(300);
        let run = campaign.start("--rate 100");
        campaign.handled(30);
        signal(&run, name);
        let ran = campaign.program.end(run.wait_with_output().unwrap()).failed(130);
        assert!(ran.stderr.contains("interrupted: waiting for the answers"), "{ran:?}");
        // All answers were awaited: the ledger knows every coupon.
        let sent = campaign.sent("");
        assert!(sent.len() < 300, "{}", sent.len());
        assert_eq!(sent, campaign.coupons());
        campaign.run("").succeeded();
        campaign.assert_whole(300);
    }
}

#[test]
fn an_interrupt_before_the_first_coupon_ends_at_once() {
    let campaign = Campaign::planned(5);
    campaign.merchant.fault("stock.query", "never_answers");
    let run = campaign.start("--output json");
    campaign.handled(1);
    signal(&run, "-INT");
    let ran = campaign.program.end(run.wait_with_output().unwrap()).failed(130);
    assert_eq!(ran.error()["message"], "interrupted");
    assert_eq!(campaign.merchant.requests("coupon.send"), 0);
}

#[test]
fn a_second_interrupt_ends_at_once_and_says_that_coupons_may_be_out() {
    let campaign = Campaign::planned(50);
    // The canary goes out, and then nothing is answered.
    campaign.fault("never_answers", 100, 1);
    let run = campaign.start("--rate 100");
    campaign.handled(3);
    signal(&run, "-INT");
    let mut run = run;
    // The first interrupt waits for answers, which do not come.
    assert_eq!(run.try_wait().unwrap(), None);
    let ended = loop {
        signal(&run, "-INT");
        if let Some(ended) = run.try_wait().unwrap() {
            break ended;
        }
        std::thread::yield_now();
    };
    assert_eq!(ended.code(), Some(4));
    let status = campaign.status();
    assert!(status["unresolved"].as_u64().unwrap() > 0, "{status}");
    campaign.merchant.forget_faults();
    campaign.run("").succeeded();
    campaign.assert_whole(50);
}

#[test]
fn a_second_run_is_refused_or_waits() {
    let campaign = Campaign::planned(200);
    let first = campaign.start("--rate 50");
    campaign.handled(5);
    let refused = campaign.run("--output json").failed(7);
    assert_eq!(refused.error()["kind"], "ledger_in_use");
    assert_eq!(campaign.status()["running"], true);
    let mut second = campaign.start("--rate 500 --join");
    // Killed as hard as can be, it leaves no lock behind.
    let mut first = first;
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(second.wait().unwrap().success());
    campaign.assert_whole(200);
    // `--join` is also right for the first.
    campaign.program.write("more.csv", list(0..210));
    campaign.program.run(&format!("send plan more.csv --campaign spring --stock {STOCK}")).succeeded();
    campaign.run("--join").succeeded();
    campaign.assert_whole(210);
}

#[test]
fn a_paused_campaign_waits_for_a_person() {
    let campaign = Campaign::planned(200);
    let run = campaign.start("--rate 50");
    campaign.handled(5);
    campaign.program.run("send pause spring").succeeded();
    campaign.program.end(run.wait_with_output().unwrap()).failed(5);
    let status = campaign.status();
    assert_eq!((&status["paused"], &status["unresolved"]), (&json!(true), &json!(0)));
    assert_eq!(campaign.sent(""), campaign.coupons());
    let requests = campaign.merchant.requests("coupon.send");
    campaign.run("").failed(5);
    assert_eq!(campaign.merchant.requests("coupon.send"), requests);
    campaign.program.run("send resume spring").succeeded();
    campaign.run("").succeeded();
    campaign.assert_whole(200);
}
