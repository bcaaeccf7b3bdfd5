//! `kill -9` at any moment, under load: what was answered is there after a restart.

use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Sender, channel};

use serde_json::{Value, json};

use super::common::{FAVOR, terms, with};
use super::process::{Caller, Merchant, Program};

const ROUNDS: u32 = 12;
const SENDERS: u32 = 3;

/// What was answered.
enum Answered {
    Stock(String),
    Sent {
        number: String,
        openid: String,
        coupon: String,
    },
    Used(String),
    Certificate(String),
    /// The seconds advanced.
    Clock(u64),
}

/// All that was answered in all rounds.
#[derive(Default)]
struct Known {
    stocks: Vec<String>,
    numbers: Vec<(String, String, String)>,
    used: Vec<String>,
    certificates: Vec<String>,
    clock: u64,
}

#[test]
fn nothing_that_was_answered_is_lost_by_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let merchant = Merchant::new(folder.path());
    let mut known = Known::default();
    let stock = {
        let program = start(folder.path());
        let mut caller = Caller::open(&merchant, &program).unwrap();
        let stock = create(&mut caller, "1", "2026-11-23T00:00:00+08:00").unwrap();
        let start = json!({ "stock_creator_mchid": merchant.mchid() }).to_string();
        let started = caller.call("POST", &format!("{FAVOR}/stocks/{stock}/start"), &start).unwrap();
        assert_eq!(started.0, 200, "{started:?}");
        known.stocks.push(stock.clone());
        stock
    };
    let mut random = 7_u64;
    for round in 0..ROUNDS {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Killed after this many answers, so at a moment that differs.
        let answers = usize::try_from((random >> 33) % 120).unwrap();
        let program = start(folder.path());
        check(&merchant, &program, &known);
        let (sender, receiver) = channel();
        std::thread::scope(|scope| {
            for thread in 0..SENDERS {
                let (called, stock, sender) = ((&merchant, &program), &stock, sender.clone());
                scope.spawn(move || _ = send(called, stock, &format!("{round}-{thread}"), &sender));
            }
            let (merchant, program) = (&merchant, &program);
            let keys = sender.clone();
            scope.spawn(move || _ = add_keys(merchant, program, &keys));
            scope.spawn(move || _ = operate(merchant, program, &round.to_string(), &sender));
            for answered in receiver.iter().take(answers) {
                known.add(answered);
            }
            program.kill();
        });
        receiver.try_iter().for_each(|answered| known.add(answered));
    }
    check(&merchant, &start(folder.path()), &known);
    let counts = (known.numbers.len(), known.used.len(), known.certificates.len(), known.clock);
    assert!(counts.0 > 100 && counts.1 > 5 && counts.2 > 0 && counts.3 > 1, "too few answers: {counts:?}");
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn start(folder: &Path) -> Program {
    Program::start(Command::new(Program::path()).args(Program::arguments(folder)))
}

impl Known {
    fn add(&mut self, answered: Answered) {
        match answered {
            Answered::Stock(stock) => self.stocks.push(stock),
            Answered::Sent { number, openid, coupon } => self.numbers.push((number, openid, coupon)),
            Answered::Used(coupon) => self.used.push(coupon),
            Answered::Certificate(serial) => self.certificates.push(serial),
            Answered::Clock(seconds) => self.clock = self.clock.max(seconds),
        }
    }
}

/// Creates a stock, and returns its id.
fn create(caller: &mut Caller<'_>, name: &str, begin: &str) -> Option<String> {
    let body = with(terms(&format!("create-{name}")), "/belong_merchant", caller.merchant().mchid());
    let body = with(body, "/available_begin_time", begin);
    let body = with(body, "/stock_use_rule/max_coupons", 1_000_000);
    let body = with(body, "/stock_use_rule/max_amount", 500_000_000).to_string();
    let (status, created) = caller.call("POST", &format!("{FAVOR}/coupon-stocks"), &body)?;
    assert_eq!(status, 200, "{created}");
    Some(text(&created["stock_id"]))
}

/// Sends coupons until the program is gone.
fn send(
    (merchant, program): (&Merchant, &Program),
    stock: &str,
    name: &str,
    answered: &Sender<Answered>,
) -> Option<()> {
    let mut caller = Caller::open(merchant, program)?;
    for number in 0_u32.. {
        let (openid, number) = (format!("o{name}-{number}"), format!("send-{name}-{number}"));
        let coupon = give(&mut caller, stock, &openid, &number)?;
        answered.send(Answered::Sent { number: number.clone(), openid, coupon: coupon.clone() }).ok()?;
        if number.ends_with(['2', '5', '8']) {
            assert_eq!(caller.control("POST", &format!("/coupons/{coupon}/redeem"), "")?.0, 200);
            answered.send(Answered::Used(coupon)).ok()?;
        }
    }
    None
}

fn give(caller: &mut Caller<'_>, stock: &str, openid: &str, number: &str) -> Option<String> {
    let body = json!({
        "stock_id": stock, "out_request_no": number, "appid": caller.merchant().appid(),
        "stock_creator_mchid": caller.merchant().mchid(),
    });
    let (status, sent) =
        caller.call("POST", &format!("{FAVOR}/users/{openid}/coupons"), &body.to_string())?;
    assert_eq!(status, 200, "{sent}");
    Some(text(&sent["coupon_id"]))
}

/// Sets the callback, creates stocks, advances the clock and replaces the snapshot until the program is gone.
fn operate(merchant: &Merchant, program: &Program, name: &str, answered: &Sender<Answered>) -> Option<()> {
    let mut caller = Caller::open(merchant, program)?;
    // Nobody listens there, so callbacks stay due.
    let callback = json!({ "mchid": merchant.mchid(), "notify_url": "https://127.0.0.1:9/" }).to_string();
    caller.call("POST", &format!("{FAVOR}/callbacks"), &callback)?;
    for number in 0_u32.. {
        let stock = create(&mut caller, &format!("{name}-{number}"), "2026-11-24T00:00:00+08:00")?;
        answered.send(Answered::Stock(stock)).ok()?;
        let (status, clock) = caller.control("POST", "/clock", r#"{"advance_seconds": 1}"#)?;
        assert_eq!(status, 200, "{clock}");
        answered.send(Answered::Clock(clock["advanced_seconds"].as_u64().unwrap())).ok()?;
        let (status, saved) = caller.control("POST", "/state/save", "")?;
        assert_eq!(status, 200, "{saved}");
    }
    None
}

/// Adds keys until the program is gone. Making one takes long.
fn add_keys(merchant: &Merchant, program: &Program, answered: &Sender<Answered>) -> Option<()> {
    let mut caller = Caller::open(merchant, program)?;
    loop {
        let (status, added) = caller.control("POST", "/certificates/add", "")?;
        assert_eq!(status, 200, "{added}");
        answered.send(Answered::Certificate(text(&added["serial_no"]))).ok()?;
    }
}

/// Asserts that everything that was answered is there.
fn check(merchant: &Merchant, program: &Program, known: &Known) {
    let mut caller = Caller::open(merchant, program).unwrap();
    let mut control = |path: &str| caller.control("GET", path, "").unwrap().1;
    let state = control("/state");
    assert!(state["clock"]["advanced_seconds"].as_u64().unwrap() >= known.clock);
    let listed = state["platform_keys"]["certificates"].to_string();
    for serial in &known.certificates {
        assert!(listed.contains(serial), "{serial} in {listed}");
    }
    let callbacks = state["notifications"].as_u64().unwrap();
    assert!(
        callbacks >= known.used.len() as u64 || known.used.is_empty(),
        "{callbacks} of {}",
        known.used.len()
    );
    let stocks = control("/stocks?limit=1000").to_string();
    for stock in &known.stocks {
        assert!(stocks.contains(stock), "{stock} in {stocks}");
    }
    for (number, openid, coupon) in &known.numbers {
        let found = control(&format!("/coupons?out_request_no={number}"));
        let (found, used) = (&found["data"][0], known.used.contains(coupon));
        assert_eq!((&found["coupon_id"], &found["openid"]), (&json!(coupon), &json!(openid)), "{number}");
        assert!(!used || found["status"] == "USED", "{found}");
    }
    // A repeated number gives the coupon that it gave before.
    for (number, openid, coupon) in known.numbers.iter().rev().take(10) {
        assert_eq!(give(&mut caller, &known.stocks[0], openid, number).as_ref(), Some(coupon));
    }
}
