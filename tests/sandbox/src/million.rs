//! Measurements, not tests: a million coupons, how long others wait for the lock and for answers, and their memory.
//!
//! ```text
//! cargo test --release -p wechatpay-sandbox --lib -- --ignored --nocapture a_million_coupons
//! cargo test --release -p wechatpay-sandbox --lib -- --ignored --nocapture bytes_per_unused_coupon
//! cargo test --release -p wechatpay-sandbox --lib -- --ignored --nocapture bytes_per_used_coupon
//! ```
#![expect(clippy::disallowed_methods, reason = "it measures time")]
#![expect(clippy::arithmetic_side_effects, reason = "it only calculates with counts")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::crypto::{SigningKey, load_signing_key};
use wechatpay_core::types::UnixSeconds;

use crate::credentials::Credentials;
use crate::platform::Platform;
use crate::sandbox::Sandbox;
use crate::server::Server;
use crate::state::State;
use crate::state::change::Change;
use crate::state::coupon::{Coupon, Redemption};
use crate::state::stock::StockId;

/// 2026-11-23T00:00:00+08:00.
const NOW: UnixSeconds = 1_795_363_200;
const COUPONS: usize = 1_000_000;
const STOCKS: usize = 10;
const SENDS: usize = 1500;

struct Merchant {
    credentials: Credentials,
    key: std::sync::Arc<dyn SigningKey>,
}

impl Merchant {
    fn new() -> Self {
        let credentials = Credentials::generate(NOW).unwrap();
        let key = load_signing_key(&PROVIDER, credentials.private_key_pem()).unwrap();
        Self { credentials, key }
    }

    fn request(&self, method: &str, target: &str, body: &str) -> String {
        let message = format!("{method}\n{target}\n{NOW}\nn\n{body}\n");
        let signature = STANDARD.encode(self.key.sign(message.as_bytes()).unwrap());
        let (mchid, serial) = (self.credentials.mchid(), self.credentials.serial_no());
        format!(
            "{method} {target} HTTP/1.1\r\nHost: sandbox\r\nAccept: */*\r\nUser-Agent: measure\r\n\
             Content-Length: {}\r\nAuthorization: WECHATPAY2-SHA256-RSA2048 \
             mchid=\"{mchid}\",nonce_str=\"n\",timestamp=\"{NOW}\",serial_no=\"{serial}\",signature=\"{signature}\"\r\n\
             \r\n{body}",
            body.len()
        )
    }
}

struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(address: SocketAddr) -> Self {
        Self(BufReader::new(TcpStream::connect(address).unwrap()))
    }

    /// Sends a request. Returns its time, and the body.
    fn exchange(&mut self, request: &str) -> (Duration, Vec<u8>) {
        let start = Instant::now();
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut length, mut first) = (0, true);
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "closed");
            assert!(!first || line.starts_with("HTTP/1.1 200"), "{line}");
            first = false;
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        (start.elapsed(), body)
    }
}

fn control(method: &str, target: &str) -> String {
    format!("{method} /_sandbox/{target} HTTP/1.1\r\nHost: sandbox\r\nContent-Length: 0\r\n\r\n")
}

/// Creates stocks and starts them. Returns their ids.
fn stocks(merchant: &Merchant, sandbox: &Sandbox) -> Vec<String> {
    let mchid = merchant.credentials.mchid();
    (0..=STOCKS)
        .map(|number| {
            let terms = json!({
                "stock_name": "券", "belong_merchant": mchid, "no_cash": true, "stock_type": "NORMAL",
                "available_begin_time": "2026-11-23T00:00:00+08:00", "available_end_time": "2026-11-30T23:59:59+08:00",
                "stock_use_rule": {
                    "max_coupons": 500_000, "max_amount": 50_000_000, "max_coupons_per_user": 60,
                    "natural_person_limit": false, "prevent_api_abuse": false,
                },
                "coupon_use_rule": {
                    "fixed_normal_coupon": { "coupon_amount": 100, "transaction_minimum": 200 },
                    "available_merchants": [mchid],
                },
                "out_request_no": format!("create-{number}"),
            });
            let call = |target: &str, body: Value| {
                let raw = merchant.request("POST", target, &body.to_string());
                let authorization = raw.split("Authorization: ").nth(1).unwrap().split("\r\n").next().unwrap();
                let request = Request::post(target).header("accept", "*/*").header("user-agent", "measure");
                let request = request.header("authorization", authorization);
                let response = sandbox.handle(request.body(Bytes::from(body.to_string())).unwrap(), NOW);
                serde_json::from_slice::<Value>(response.body()).unwrap()
            };
            let created = call("/v3/marketing/favor/coupon-stocks", terms);
            let id = created["stock_id"].as_str().unwrap_or_else(|| panic!("{created}")).to_owned();
            let start = format!("/v3/marketing/favor/stocks/{id}/start");
            call(&start, json!({ "stock_creator_mchid": mchid }));
            id
        })
        .collect()
}

/// Sends the next coupon, and uses it if asked to.
fn send(state: &mut State, stock: &str, mchid: &str, (openid, number): (String, String), used: bool) {
    let id = state.coupons.next_id();
    let coupon = Coupon {
        id,
        openid: openid.into(),
        stock_id: StockId::parse(stock).unwrap(),
        out_request_no: number.into(),
        sent: NOW,
        used: None,
    };
    state.change(Change::Coupon(coupon)).unwrap();
    if used {
        let (transaction_id, goods_detail) = (format!("42{:0>26}", id.to_string()).into(), Vec::new());
        let mchid = mchid.into();
        let redemption =
            Redemption { at: NOW, mchid, transaction_id, order_amount: 200, goods_detail, refund: None };
        state.change(Change::Used { coupon: id.to_string(), redemption }).unwrap();
    }
}

fn fill(platform: &Platform, merchant: &Merchant, sandbox: &Sandbox) -> Vec<String> {
    let stocks = stocks(merchant, sandbox);
    let mut state = platform.state();
    for number in 0..COUPONS {
        // Nearly all of one stock, so that a filter for the rest has to look at all.
        let used = number % 3 == 0 || number % STOCKS == 1;
        let texts = (format!("o{:026}", number % 100_000), format!("fill-{number}"));
        send(&mut state, &stocks[number % STOCKS], merchant.credentials.mchid(), texts, used);
    }
    stocks
}

#[test]
#[ignore = "a measurement; run it in release"]
fn bytes_per_unused_coupon() {
    bytes_per_coupon(false);
}

#[test]
#[ignore = "a measurement; run it in release"]
fn bytes_per_used_coupon() {
    bytes_per_coupon(true);
}

/// Prints how many bytes a coupon takes, each of another user, with texts of usual lengths. In a process of its own,
/// because a second measurement would find the resident memory of the first one.
fn bytes_per_coupon(used: bool) {
    let merchant = Merchant::new();
    let sandbox = Sandbox::new(merchant.credentials.clone()).unwrap();
    let stocks = stocks(&merchant, &sandbox);
    let (platform, mchid) = (sandbox.platform(), merchant.credentials.mchid());
    let resident = resident_bytes();
    let allocated = allocation_counter::measure(|| {
        let mut state = platform.state();
        for number in 0..COUPONS {
            let texts = (format!("oUpF8uM{number:021}"), format!("{mchid}20261123{number:014}"));
            send(&mut state, &stocks[number % STOCKS], mchid, texts, used);
        }
    });
    let per_coupon = |bytes: i64| bytes / i64::try_from(COUPONS).unwrap();
    let resident = per_coupon(resident_bytes() - resident);
    let allocated = per_coupon(allocated.bytes_current);
    println!("a coupon takes {allocated} bytes as allocated, {resident} bytes as resident");
}

/// The memory of this process, on Linux; 0 elsewhere.
fn resident_bytes() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<i64>().unwrap() * 1024
}

/// In milliseconds. `part` is in percent.
fn percentile(times: &mut [Duration], part: usize) -> f64 {
    times.sort_unstable();
    let at = times.len() * part / 100;
    times[at.min(times.len() - 1)].as_secs_f64() * 1000.0
}

#[test]
#[ignore = "a measurement; run it in release"]
fn a_million_coupons() {
    let merchant = Merchant::new();
    let sandbox = Sandbox::new(merchant.credentials.clone()).unwrap();
    let platform = sandbox.platform();
    let start = Instant::now();
    let stocks = fill(&platform, &merchant, &sandbox);
    println!("filled {COUPONS} coupons in {:.1} s", start.elapsed().as_secs_f64());
    let server = Server::start(([127, 0, 0, 1], 0).into(), sandbox, || NOW).unwrap();
    let address = server.local_addr();

    let stock = &stocks[1];
    let targets = [
        "state".to_owned(),
        "requests?limit=1000".to_owned(),
        "requests?status=500".to_owned(),
        "stocks?limit=1000".to_owned(),
        "coupons".to_owned(),
        "coupons?limit=1000".to_owned(),
        "coupons?limit=1000&offset=999000".to_owned(),
        "coupons?status=EXPIRED".to_owned(),
        "coupons?status=SENDED&offset=500000&limit=1000".to_owned(),
        format!("coupons?stock_id={stock}&status=SENDED&limit=1000"),
        "coupons?openid=o00000000000000000000000007&status=USED".to_owned(),
        "coupons?out_request_no=fill-777777".to_owned(),
    ];
    println!(
        "{:60} {:>8} {:>8} {:>8} {:>10} {:>10}",
        "", "p50 ms", "p99 ms", "max ms", "bytes", "lock max ms"
    );
    for target in &targets {
        let mut connection = Connection::open(address);
        let (stop, request) = (AtomicBool::new(false), control("GET", target));
        let (mut times, bytes, held) = std::thread::scope(|scope| {
            // How long another thread waits for the lock, which is at least how long it was held.
            let probe = scope.spawn(|| {
                let mut longest = Duration::ZERO;
                while !stop.load(Ordering::Relaxed) {
                    let start = Instant::now();
                    drop(platform.state());
                    longest = longest.max(start.elapsed());
                    std::thread::sleep(Duration::from_micros(200));
                }
                longest
            });
            let mut bytes = 0;
            let times: Vec<Duration> = (0..100)
                .map(|_| {
                    let (time, body) = connection.exchange(&request);
                    bytes = body.len();
                    time
                })
                .collect();
            stop.store(true, Ordering::Relaxed);
            (times, bytes, probe.join().unwrap())
        });
        let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
        let (max, held) = (percentile(&mut times, 100), held.as_secs_f64() * 1000.0);
        println!("GET {target:56} {p50:8.2} {p99:8.2} {max:8.2} {bytes:10} {held:10.2}");
    }

    // Sends alone, and beside somebody who polls: without a pause, and every 20 ms.
    let sends: Vec<Vec<String>> = (0..9)
        .map(|round| {
            let send = |number| {
                let openid = format!("p{round}-{number}");
                let body = json!({
                    "stock_id": stocks[STOCKS], "out_request_no": format!("send-{round}-{number}"),
                    "appid": merchant.credentials.appid(), "stock_creator_mchid": merchant.credentials.mchid(),
                });
                let target = format!("/v3/marketing/favor/users/{openid}/coupons");
                merchant.request("POST", &target, &body.to_string())
            };
            (0..SENDS).map(send).collect()
        })
        .collect();
    for (round, sends) in sends.iter().enumerate() {
        let (pause, stop) = ([None, Some(0), Some(20)][round % 3], AtomicBool::new(false));
        let (mut times, polls) = std::thread::scope(|scope| {
            let stop = &stop;
            let poller = pause.map(|pause| {
                scope.spawn(move || {
                    let mut connection = Connection::open(address);
                    let mut polls = 0;
                    while !stop.load(Ordering::Relaxed) {
                        for target in ["state", "requests", "coupons"] {
                            connection.exchange(&control("GET", target));
                            polls += 1;
                            std::thread::sleep(Duration::from_millis(pause));
                        }
                    }
                    polls
                })
            });
            let mut connection = Connection::open(address);
            let times: Vec<Duration> = sends.iter().map(|send| connection.exchange(send).0).collect();
            stop.store(true, Ordering::Relaxed);
            (times, poller.map_or(0, |poller| poller.join().unwrap()))
        });
        let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
        println!("{SENDS} sends beside {polls} polls (pause {pause:?} ms): p50 {p50:.2} ms, p99 {p99:.2} ms");
    }
    let (time, body) = Connection::open(address).exchange(&control("POST", "reset"));
    println!("reset took {:.1} ms: {}", time.as_secs_f64() * 1000.0, String::from_utf8_lossy(&body));
}
