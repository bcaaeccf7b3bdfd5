//! `flow …`, `reconcile` and `ledger forget`, against a sandbox.

use std::fs;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::merchant::{Merchant, STOCK, now};
use crate::program::{Program, Ran};

const DAY: u64 = 24 * 60 * 60;
const OPENIDS: [&str; 3] = ["oAliceAliceAliceAlice", "oBobBobBobBobBobBob", "oCarolCarolCarolCarol"];

/// A campaign `c` that is sent to three users. The platform's day does not end meanwhile.
fn campaign() -> (Merchant, Program) {
    let merchant = Merchant::new();
    let left = DAY - (now() + 8 * 60 * 60) % DAY;
    if left < 600 {
        advance(&merchant, left + 1);
    }
    let program = merchant.program();
    program.write("list.csv", format!("openid,city\n{}\n", OPENIDS.map(|it| format!("{it},x")).join("\n")));
    program.run(&format!("send plan list.csv --campaign c --stock {STOCK}")).succeeded();
    program.run(&format!("send run c --confirm {STOCK}")).succeeded();
    (merchant, program)
}

/// Uses a coupon. Returns the day.
fn redeem(merchant: &Merchant, coupon: &str) -> String {
    merchant.control(&format!("coupons/{coupon}/redeem"), &json!({}));
    let used = merchant.state(&format!("coupons/{coupon}"));
    let time = find(&used, "consume_time").unwrap_or_else(|| panic!("{used}"));
    time.as_str().unwrap()[..10].to_owned()
}

/// The member with this name, wherever it is.
fn find<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Object(members) => {
            members.get(name).or_else(|| members.values().find_map(|it| find(it, name)))
        }
        Value::Array(entries) => entries.iter().find_map(|it| find(it, name)),
        _ => None,
    }
}

fn coupons(program: &Program) -> Vec<String> {
    let export = program.run("send export c").succeeded().stdout;
    export.lines().skip(1).map(|line| line.split(',').nth(3).unwrap().to_owned()).collect()
}

fn advance(merchant: &Merchant, seconds: u64) {
    merchant.control("clock", &json!({ "advance_seconds": seconds }));
}

fn shows_no_user(ran: &Ran) {
    for openid in OPENIDS {
        assert!(!ran.stdout.contains(openid) && !ran.stderr.contains(openid), "{ran:?}");
    }
}

#[test]
fn books_that_are_imported_by_day_and_whole_agree() {
    let (merchant, program) = campaign();
    assert_eq!(program.json("reconcile c")["open"], json!(0), "nothing is imported");
    let coupons = coupons(&program);
    let day = redeem(&merchant, &coupons[0]);
    redeem(&merchant, &coupons[1]);
    merchant.control(&format!("coupons/{}/refund", coupons[1]), &json!({}));
    advance(&merchant, DAY);

    let imported = program.json(&format!("flow use {STOCK} --date {day} --import -o day.csv"));
    assert_eq!((&imported["rows"], &imported["total"]), (&json!(2), &json!(200)));
    assert_eq!(
        (&imported["imported"], &imported["new"], &imported["verified"]),
        (&json!(true), &json!(true), &json!(true))
    );
    assert!(fs::read_to_string(program.path("day.csv")).unwrap().contains(&coupons[0]));
    let again = program.json(&format!("flow use {STOCK} --date {day} --import"));
    assert_eq!(
        (&again["new"], &again["rows"], &again["sha1"]),
        (&json!(false), &json!(2), &imported["sha1"])
    );
    for import in ["", "--import"] {
        let refunds = program.json(&format!("flow refund {STOCK} --date {day} {import}"));
        assert_eq!((&refunds["rows"], &refunds["total"]), (&json!(1), &json!(100)));
    }
    assert_eq!(program.json("reconcile c")["open"], json!(0));

    advance(&merchant, 3 * DAY);
    assert_eq!(program.json(&format!("flow use {STOCK} --import"))["rows"], json!(2));
    assert_eq!(program.json(&format!("flow refund {STOCK} --import"))["rows"], json!(1));
    let books = program.json("reconcile c");
    assert_eq!((&books["open"], &books["data"]), (&json!(0), &json!([])), "{books}");
    let human = program.run("reconcile c").succeeded();
    assert!(human.stdout.starts_with("the books agree"), "{human:?}");
    assert_eq!(program.json("ledger check")["sound"], json!(true));
}

#[test]
fn a_coupon_that_was_sent_by_hand_is_a_difference_until_it_is_closed() {
    let (merchant, program) = campaign();
    let send = format!("coupon send --openid {} --stock {STOCK} --confirm {STOCK}", OPENIDS[0]);
    let by_hand = program.json(&send)["coupon_id"].as_str().unwrap().to_owned();
    let day = redeem(&merchant, &by_hand);
    advance(&merchant, DAY);
    program.run(&format!("flow use {STOCK} --date {day} --import")).succeeded();

    let human = program.run("reconcile c").failed(6);
    shows_no_user(&human);
    assert!(human.stdout.contains("has given 4 coupons") && human.stdout.contains("R1"), "{human:?}");
    let books = program.run("reconcile c --output json").failed(6).json();
    let classes: Vec<_> = books["data"].as_array().unwrap().iter().map(|it| it["class"].clone()).collect();
    assert_eq!(classes, ["R1", "U3"]);
    assert_eq!((&books["open"], &books["new"], &books["fails"]), (&json!(2), &json!(0), &json!(2)));
    let first = &books["data"][0];
    assert_eq!(
        (&first["state"], &first["information"], &first["note"]),
        (&json!("open"), &json!(false), &json!(null))
    );

    // In Chinese, what the class means stands before the sentence of the ledger. What programs read stays the same.
    let chinese = program.run("reconcile c --lang zh").failed(6).stdout;
    let text = first["text"].as_str().unwrap();
    assert!(chinese.contains(&format!("平台的发放张数与账本不一致（账本记录：{text}）")), "{chinese}");
    let again = program.run("reconcile c --lang zh --output json").failed(6).json();
    assert_eq!(again["data"][0]["text"], first["text"]);

    // Which of them count is the caller's choice.
    program.run("reconcile c --fail-on U1,U4").succeeded();
    program.run("reconcile c --fail-on none").succeeded();
    program.run("reconcile c --fail-on all").failed(6);
    program.run("reconcile c --fail-on u3").failed(6);
    let ran = program.run("reconcile c --fail-on X9").failed(2);
    assert!(ran.stderr.contains("must be all, none, or some of R1, R2"), "{ran:?}");

    let id = |at: usize| books["data"][at]["id"].as_u64().unwrap();
    program.run(&format!("reconcile c --close {}", id(0))).failed(2);
    let ran = program.run("reconcile c --close 99 --note hand").failed(2);
    assert!(ran.stderr.contains("the campaign has no open difference 99"), "{ran:?}");
    // All of them, or none.
    let line = format!("reconcile c --close {} --close 99 --note hand", id(0));
    let ran = program.run(&line).failed(2);
    assert!(ran.stderr.contains("the campaign has no open difference 99"), "{ran:?}");
    assert_eq!(program.run("reconcile c --output json").failed(6).json()["open"], json!(2));
    let line = format!("reconcile c --close {0} --close {1} --close {0} --note hand", id(0), id(1));
    assert_eq!(program.json(&line)["closed"], json!([id(0), id(1)]));
    assert_eq!(program.json("reconcile c")["closed"], json!(2));
    let all = program.json("reconcile c --all");
    assert_eq!((&all["data"][1]["state"], &all["data"][1]["note"]), (&json!("closed"), &json!("hand")));
}

#[test]
fn offline_nothing_is_asked() {
    let (merchant, program) = campaign();
    program.run("reconcile c").succeeded();
    let asked = merchant.requests("stock.query");
    assert_eq!(program.json("reconcile c --offline")["open"], json!(0));
    assert_eq!(merchant.requests("stock.query"), asked);
    let ran = program.run("reconcile d --offline").failed(2);
    assert!(ran.stderr.contains("no campaign") && ran.stderr.contains("the ledger has: c"), "{ran:?}");
}

#[test]
fn a_file_that_is_not_there_yet_is_explained() {
    let (merchant, program) = campaign();
    let coupon = &coupons(&program)[0];
    let day = redeem(&merchant, coupon);
    let ran = program.run(&format!("flow use {STOCK} --import")).failed(1);
    assert!(ran.stderr.contains("the stock ends at ") && ran.stderr.contains("10:00:00+08:00 on"), "{ran:?}");
    let ran = program.run(&format!("flow use {STOCK} --date {day} -o day.csv")).failed(1);
    assert!(ran.stderr.contains("must be before today in Beijing"), "{ran:?}");
    assert!(!program.path("day.csv").exists());
    let ran = program.run(&format!("flow use {STOCK} --date 2026-02-30")).failed(2);
    assert!(ran.stderr.contains("is not a calendar date in the format yyyy-MM-dd"), "{ran:?}");
    let ran = program.run("flow use 99 --output json").failed(1);
    assert_eq!(ran.error()["code"], json!("RESOURCE_NOT_EXISTS"));
    assert!(!program.path("wechatpay-ledger.db").metadata().unwrap().is_dir());
    assert_eq!(program.json("reconcile c --offline")["open"], json!(0));
}

#[test]
fn a_day_without_a_redemption_is_known() {
    let (merchant, program) = campaign();
    let day = redeem(&merchant, &coupons(&program)[0]);
    advance(&merchant, DAY);
    let none = program.json(&format!("flow refund {STOCK} --date {day} --import -o none.csv"));
    assert_eq!((&none["rows"], &none["sha1"], &none["file"]), (&json!(0), &json!(null), &json!(null)));
    assert!(!program.path("none.csv").exists());
    let human = program.run(&format!("flow refund {STOCK} --date {day}")).succeeded();
    assert!(human.stdout.contains("nothing: WeChat Pay says that there is no refund"), "{human:?}");
}

#[test]
fn a_file_is_written_whole_or_not_at_all_and_never_over_another() {
    let (merchant, program) = campaign();
    let day = redeem(&merchant, &coupons(&program)[0]);
    advance(&merchant, DAY);
    let line = format!("flow use {STOCK} --date {day} -o day.csv");
    merchant.fault("flow.download", "close_after");
    let names = || {
        let entries = fs::read_dir(program.path("")).unwrap();
        let mut names: Vec<_> = entries
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .filter(|it| it.contains("day"))
            .collect();
        names.sort();
        names
    };
    let ran = program.run(&line);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert_eq!(names(), [""; 0]);
    merchant.forget_faults();
    let ran = program.run(&line).succeeded();
    assert!(
        ran.stdout.contains("written to  day.csv") && !ran.stderr.contains("nothing was kept"),
        "{ran:?}"
    );
    assert_eq!(names(), ["day.csv"]);
    let before = fs::read(program.path("day.csv")).unwrap();
    let ran = program.run(&line).failed(2);
    assert!(ran.stderr.contains("exists already"), "{ran:?}");
    assert_eq!(fs::read(program.path("day.csv")).unwrap(), before);
    let ran = program.run(&format!("flow use {STOCK} --date {day}")).succeeded();
    assert!(ran.stderr.contains("nothing was kept: -o FILE"), "{ran:?}");
}

#[test]
fn a_file_on_the_disk_is_read_and_imported_without_the_platform() {
    let (merchant, program) = campaign();
    let day = redeem(&merchant, &coupons(&program)[0]);
    advance(&merchant, DAY);
    let fetched = program.json(&format!("flow use {STOCK} --date {day} -o day.csv"));
    assert_eq!((&fetched["imported"], &fetched["new"]), (&json!(false), &json!(null)));
    let asked = merchant.requests("stock.use_flow_by_day");
    let read = program.json(&format!("flow use {STOCK} --date {day} --from day.csv"));
    assert_eq!(
        (&read["rows"], &read["sha1"], &read["verified"]),
        (&json!(1), &fetched["sha1"], &json!(null))
    );
    let imported = program.json(&format!("flow use {STOCK} --date {day} --from day.csv --import"));
    assert_eq!(imported["new"], json!(true));
    assert_eq!(merchant.requests("stock.use_flow_by_day"), asked);
    let ran = program.run(&format!("flow use 10000002 --date {day} --from day.csv --import")).failed(2);
    assert!(ran.stderr.contains("was imported already, as the use file of stock 10000001"), "{ran:?}");
    let other = format!("flow use 10000002 --date {day} --from day.csv");
    let ran = program.run(&other).failed(2);
    assert!(ran.stderr.contains("is of stock 10000001, not of 10000002"), "{ran:?}");
    program.write("page.csv", "<html><body>Bad Gateway</body></html>");
    for line in ["--from page.csv", "--from page.csv --import"] {
        let ran = program.run(&format!("flow use {STOCK} {line}")).failed(2);
        assert!(ran.stderr.contains("HTML page"), "{ran:?}");
    }
    program.run(&format!("flow use {STOCK} --from missing.csv")).failed(2);
}

#[test]
fn a_file_of_a_day_that_was_fetched_early_is_named() {
    /// 2026-01-02T10:00:00+08:00.
    const TEN: u64 = 1_767_319_200;
    let (_merchant, program) = campaign();
    let file = program.write("day.csv", "批次id,优惠id\n总条数\n`0\n");
    for (written, import, named) in
        [(TEN - 1, "--import", true), (TEN - 1, "", false), (TEN, "--import", false)]
    {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(written);
        fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
        let ran =
            program.run(&format!("flow use {STOCK} --date 2026-01-01 --from day.csv {import}")).succeeded();
        assert_eq!(ran.stderr.contains("may lack rows"), named, "{written} {import}: {ran:?}");
    }
}

#[test]
fn openids_are_forgotten_only_with_a_confirmation() {
    let (merchant, program) = campaign();
    for line in ["ledger forget", "ledger forget --confirm 3"] {
        let ran = program.run(line).failed(2);
        let whose = "<--campaign <NAME>|--openid <OPENID>|--before <DATE>>";
        assert!(ran.stderr.lines().any(|it| it.trim() == whose), "{ran:?}");
    }
    let ran = program.run("ledger forget --campaign c").failed(2);
    assert!(ran.stderr.contains("of 3 rows, for good") && ran.stderr.contains("--confirm 3"), "{ran:?}");
    assert!(ran.stderr.contains("nothing was forgotten"), "{ran:?}");
    program.run("ledger forget --campaign c --confirm 2").failed(2);
    assert!(program.run("send export c").succeeded().stdout.contains(OPENIDS[0]));

    let ran = program.run(&format!("ledger forget --openid {} --confirm 1", OPENIDS[0])).succeeded();
    shows_no_user(&ran);
    let forgotten = program.json("ledger forget --campaign c --confirm 2");
    assert_eq!((&forgotten["forgotten"], &forgotten["scrubbed"]), (&json!(2), &json!(true)));
    let export = program.run("send export c").succeeded();
    shows_no_user(&export);
    assert_eq!(export.stdout.lines().count(), 4);
    let ledger = fs::read(program.path("wechatpay-ledger.db")).unwrap();
    for openid in OPENIDS {
        assert!(!ledger.windows(openid.len()).any(|it| it == openid.as_bytes()), "{openid}");
    }
    assert_eq!(program.json("ledger check")["sound"], json!(true));
    // The same list again sends nothing.
    let planned = program.json(&format!("send plan list.csv --campaign c --stock {STOCK}"));
    assert_eq!(
        (&planned["new"], &planned["existing"], &planned["coupons_to_send"]),
        (&json!(0), &json!(3), &json!(0))
    );
    program.run(&format!("send run c --confirm {STOCK}")).succeeded();
    assert_eq!(merchant.coupons(), 3);
}

#[test]
fn rows_that_are_not_final_are_not_forgotten() {
    let merchant = Merchant::new();
    let program = merchant.program();
    program.write("list.csv", "openid\noAlice\n");
    program.run(&format!("send plan list.csv --campaign c --stock {STOCK}")).succeeded();
    let ran = program.run("ledger forget --campaign c --confirm 1").failed(2);
    assert!(ran.stderr.contains("1 of these rows are not final, so nothing was forgotten"), "{ran:?}");
    assert_eq!(program.json("ledger forget --before 2020-01-01")["forgotten"], json!(0));
}
