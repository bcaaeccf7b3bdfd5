//! What a run does with refusals, limits and stops, and how it ends.

use serde_json::json;

use crate::Campaign;
use crate::campaign::list;
use crate::merchant::STOCK;

#[test]
fn each_user_gets_one_coupon_and_a_second_run_sends_nothing() {
    let campaign = Campaign::planned(120);
    let ran = campaign.run("").succeeded();
    assert!(
        ran.stderr.contains("This will send up to 120 coupons of 1.00 yuan, 120.00 yuan in all,"),
        "{ran:?}"
    );
    campaign.assert_whole(120);
    let requests = campaign.merchant.requests("coupon.send");
    assert_eq!(requests, 120);
    campaign.run("").succeeded();
    assert_eq!(campaign.merchant.requests("coupon.send"), requests);
}

#[test]
fn the_plan_says_what_it_costs() {
    let campaign = Campaign::new(50);
    let line = format!("send plan users.csv --campaign spring --stock {STOCK} --key-column member");
    let ran = campaign.program.run(&line).succeeded();
    let lines: Vec<Vec<&str>> = ran
        .stdout
        .lines()
        .map(|line| line.split("  ").map(str::trim).filter(|it| !it.is_empty()).collect())
        .collect();
    assert!(
        lines.contains(&vec!["coupons", "50"]) && lines.contains(&vec!["all coupons", "50.00 yuan"]),
        "{ran:?}"
    );
    assert_eq!(campaign.merchant.requests("coupon.send"), 0);
    // Again, in another order and with more rows.
    let (first, more) = (list(0..50), list(50..60));
    let mut rows: Vec<&str> = first.lines().skip(1).chain(more.lines().skip(1)).collect();
    rows.reverse();
    campaign.program.write("users.csv", format!("\u{feff}openid,member\n{}\n", rows.join("\n")));
    let planned = campaign.program.json(&line);
    assert_eq!(
        (&planned["rows"], &planned["new"], &planned["coupons"]),
        (&json!(60), &json!(10), &json!(60))
    );
    assert_eq!((&planned["total"], &planned["face_value"]), (&json!(6000), &json!(100)));
    // The same member with another openid.
    campaign.program.write("users.csv", "openid,member\noOther,7\n");
    let refused = campaign.program.run(&line).failed(2);
    assert!(
        refused.stderr.contains("line 2 (key \"7\")") && !refused.stderr.contains("oOther"),
        "{refused:?}"
    );
}

#[test]
fn what_is_refused_is_named_by_its_code() {
    let campaign = Campaign::planned(40);
    let openids: Vec<String> =
        list(0..3).lines().skip(1).map(|row| row.split(',').next().unwrap().to_owned()).collect();
    campaign.limits(&json!({ "account_abnormal": { "openids": openids } }));
    campaign.run("").failed(3);
    let status = campaign.status();
    assert_eq!((&status["sent"], &status["refused"]), (&json!(37), &json!(3)));
    assert_eq!(status["refusals"][0]["code"], "USER_ACCOUNT_ABNORMAL");
    let refused = campaign.program.run("send export spring --state refused").succeeded();
    assert_eq!(refused.stdout.lines().count(), 4, "{refused:?}");
    assert!(openids.iter().all(|openid| refused.stdout.contains(openid)));
}

#[test]
fn a_wrong_key_stops_the_campaign_until_a_person_resumes_it() {
    let campaign = Campaign::planned(40);
    let other = crate::merchant::Merchant::other();
    // The key of another merchant under the own number and serial number.
    let key = other.env_file().with_file_name("apiclient_key.pem");
    let mut command = campaign.program.command(&Campaign::line(""));
    command.env("WECHATPAY_PRIVATE_KEY_FILE", &key).env_remove("WECHATPAY_CERT_FILE");
    let ran = campaign.program.end(command.output().unwrap());
    assert!([5, 8, 9].contains(&ran.code), "{ran:?}");
    assert_eq!(campaign.coupons().len(), 0);
    campaign.run("").succeeded();
    campaign.assert_whole(40);
}

#[test]
fn a_stock_without_budget_stops_the_campaign() {
    let campaign = Campaign::planned(40);
    campaign.limits(&json!({ "request_blocked": { "after": 10, "internal_code": 270_079_533 } }));
    campaign.run("").failed(5);
    let status = campaign.status();
    assert_eq!(status["stop"]["reason"], "stock", "{status}");
    assert!(status["sent"].as_u64().unwrap() >= 10);
    let requests = campaign.merchant.requests("coupon.send");
    campaign.run("").failed(5);
    assert_eq!(campaign.merchant.requests("coupon.send"), requests);
    campaign.limits(&json!({}));
    campaign.program.run("send resume spring").succeeded();
    campaign.run("").succeeded();
    campaign.assert_whole(40);
}

#[test]
fn rows_that_are_missing_in_a_later_list_are_named_and_stay() {
    let campaign = Campaign::planned(3);
    campaign.program.write("users.csv", list(0..2));
    let ran =
        campaign.program.run(&format!("send plan users.csv --campaign spring --stock {STOCK}")).succeeded();
    assert!(
        ran.stderr.contains("warning: rows of the campaign that are not in this list: 1; they stay in it"),
        "{ran:?}"
    );
    let openid = list(2..3).lines().nth(1).unwrap().split(',').next().unwrap().to_owned();
    let cancel =
        campaign.program.run(&format!("send resolve spring --as cancel --key {openid} --note fraud"));
    assert!(cancel.succeeded().stdout.contains("1 row"));
    campaign.run("").succeeded();
    assert_eq!(campaign.coupons().len(), 2);
    assert_eq!(campaign.status()["cancelled"], 1);
}

#[test]
fn a_campaign_that_is_done_stays_done_when_it_is_paused() {
    let campaign = Campaign::planned(3);
    campaign.run("").succeeded();
    campaign.program.run("send pause spring").succeeded();
    campaign.run("").succeeded();
    let status = campaign.program.run("send status spring").succeeded();
    assert!(status.stdout.contains("state     done"), "{status:?}");
}

#[test]
fn a_coupon_that_a_person_names_must_be_that_of_the_row() {
    let campaign = Campaign::planned(5);
    // Both coupons are out, and the ledger that is looked at knows nothing of them.
    campaign
        .program
        .run(&format!("send plan users.csv --campaign spring --stock {STOCK} --ledger other.db"))
        .succeeded();
    campaign.program.run(&format!("{} --ledger other.db", Campaign::line(""))).succeeded();
    let coupons = campaign.coupons();
    let (numbers, ids): (Vec<_>, Vec<_>) = coupons.iter().unzip();
    let sent = |number: &str, id: &str| {
        format!("send resolve spring --as sent --number {number} --coupon {id} --note n")
    };
    // The coupon of another user, which this user does not have.
    campaign.program.run(&sent(numbers[0], ids[1])).failed(1);
    assert_eq!(campaign.status()["sent"], 0);
    campaign.program.run(&sent(numbers[0], ids[0])).succeeded();
    assert_eq!(campaign.status()["sent"], 1);
}

#[test]
fn money_is_confirmed_with_the_stock() {
    let campaign = Campaign::planned(3);
    for line in ["send run spring", "send run spring --no-input", "send run spring --confirm 10000002"] {
        let ran = campaign.program.run(line).failed(2);
        assert!(ran.stderr.contains("nothing was sent"), "{ran:?}");
    }
    campaign.program.run(&format!("send run summer --confirm {STOCK}")).failed(2);
    assert_eq!(campaign.merchant.requests("coupon.send"), 0);
}

#[test]
fn a_limit_sends_so_many_and_the_next_run_the_rest() {
    let campaign = Campaign::planned(30);
    campaign.run("--limit 7").succeeded();
    assert_eq!(campaign.coupons().len(), 7);
    campaign.run("").succeeded();
    campaign.assert_whole(30);
}

#[test]
fn another_merchant_may_not_use_the_ledger() {
    let campaign = Campaign::planned(3);
    let other = crate::merchant::Merchant::other();
    let env_file = other.env_file();
    let ledger = campaign.program.path("wechatpay-ledger.db");
    let elsewhere = crate::program::Program::new();
    let line =
        format!("--ledger {} --env-file {} {}", ledger.display(), env_file.display(), Campaign::line(""));
    elsewhere.run(&line).failed(8);
    assert_eq!(other.requests("coupon.send"), 0);
}
