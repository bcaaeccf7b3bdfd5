//! A million users: speed against the bare driver, memory, and the size of the ledger. Only where it is asked for.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use wechatpay_core::Settings;
use wechatpay_core::cashcoupons::{RequiredCouponFields, SendCoupon};
use wechatpay_core::types::Timestamp;

use crate::campaign::list;
use crate::merchant::{STOCK, now};
use crate::program::Program;

const IN_FLIGHT: u64 = 100;

/// The sandbox as a process of its own, so that its memory and its time are not those of the program.
struct Sandbox {
    child: Child,
    url: String,
}

impl Sandbox {
    fn start(program: &Program, coupons: u64) -> Self {
        let time = |at| Timestamp::from_unix(at).unwrap().as_str().to_owned();
        let seed = serde_json::json!({ "stocks": [{ "status": "running", "terms": {
            "stock_name": "million", "no_cash": true, "stock_type": "NORMAL", "out_request_no": "seed",
            "available_begin_time": time(now() - 60), "available_end_time": time(now() + 86_400),
            "stock_use_rule": {
                "max_coupons": coupons, "max_amount": coupons * 100, "max_coupons_per_user": 60,
                "natural_person_limit": false, "prevent_api_abuse": false
            },
            "coupon_use_rule": { "fixed_normal_coupon": { "coupon_amount": 100, "transaction_minimum": 200 } }
        } }] });
        program.write("seed.json", seed.to_string());
        let mut command = program
            .command("sandbox --listen 127.0.0.1:0 --credentials credentials --seed seed.json --quiet");
        let mut child = command.stderr(Stdio::inherit()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, url }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Sends with the bare driver, with as many requests in flight. Returns sends per second.
fn bare(program: &Program, sandbox: &Sandbox, name: &'static str, coupons: u64) -> f64 {
    let variables = fs::read_to_string(program.path("credentials/wechatpay.env")).unwrap();
    let variable = |name: &str| {
        let value = variables.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.map(|value| value.as_bytes().to_vec())
    };
    let folder = program.path("");
    let settings = Settings::from_source(
        |name| {
            if name == "WECHATPAY_BASE_URL" { Some(sandbox.url.clone().into_bytes()) } else { variable(name) }
        },
        |path| fs::read(folder.join(path)),
    )
    .unwrap();
    let appid = settings.appid().unwrap().clone();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let client = wechatpay_hyper::Client::from_settings(&settings).unwrap();
        let next = Arc::new(AtomicU64::new(0));
        let mchid = client.core().merchant().mchid().clone();
        let began = instant();
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..IN_FLIGHT {
            let (client, next, appid, mchid) =
                (client.clone(), Arc::clone(&next), appid.clone(), mchid.clone());
            workers.spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= coupons {
                        return;
                    }
                    let coupon = SendCoupon::new(RequiredCouponFields {
                        openid: format!("o{name}{number:023}").as_str().into(),
                        appid: appid.clone(),
                        stock_id: STOCK.into(),
                        stock_creator_mchid: mchid.clone(),
                        out_request_no: format!("{name}{number}").as_str().into(),
                    });
                    client.send(&coupon).await.unwrap();
                }
            });
        }
        while let Some(worker) = workers.join_next().await {
            worker.unwrap();
        }
        per_second(coupons, began.elapsed())
    })
}

#[expect(clippy::disallowed_methods, reason = "the clock of a measurement")]
fn instant() -> Instant {
    Instant::now()
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// The most memory that a process had, in KiB.
fn peak(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn size(path: &Path) -> u64 {
    let sizes = ["", "-wal"]
        .map(|suffix| fs::metadata(format!("{}{suffix}", path.display())).map_or(0, |it| it.len()));
    sizes.iter().sum()
}

fn campaign(users: u64) {
    let program = Program::new();
    let sandbox = Sandbox::start(&program, users * 3);
    program.write("users.csv", list(0..users));
    let common = format!("--env-file credentials/wechatpay.env --base-url {}", sandbox.url);
    let began = instant();
    let planned = program.json(&format!("{common} send plan users.csv --campaign million --stock {STOCK}"));
    assert_eq!(planned["coupons"], users);
    println!("plan: {:.1} s", began.elapsed().as_secs_f64());
    let before = bare(&program, &sandbox, "before", users / 10);
    let began = instant();
    let line = format!(
        "{common} send run million --confirm {STOCK} --rate 100000 --in-flight {IN_FLIGHT} --output json"
    );
    let mut command: Command = program.command(&line);
    let run = command.stderr(Stdio::inherit()).spawn().unwrap();
    let (mut run, mut memory, mut samples) = (run, 0, Vec::new());
    let ended = loop {
        if let Some(ended) = run.try_wait().unwrap() {
            break ended;
        }
        memory = peak(run.id()).unwrap_or(memory);
        samples.push(memory);
        // Sleeps between samples of a measurement; no result depends on it.
        wait();
    };
    let sends = per_second(users, began.elapsed());
    assert!(ended.success());
    let after = bare(&program, &sandbox, "after", users / 10);
    let ledger = program.path("wechatpay-ledger.db");
    let half = samples.get(samples.len() / 2).copied().unwrap_or(memory);
    println!("bare driver: {before:.0} sends/s before and {after:.0} after; send run: {sends:.0} sends/s");
    println!("ratio: {:.2}", sends / ((before + after) / 2.0));
    println!("memory: {} MB at most, {} MB at half time", memory / 1024, half / 1024);
    println!("ledger: {} bytes for each coupon", size(&ledger) / users);
    assert!(memory <= 100 * 1024, "{memory} KiB");
    let status = program.json(&format!("{common} send status million"));
    assert_eq!(status["sent"], users);
}

#[expect(clippy::disallowed_methods, reason = "samples of a measurement")]
fn wait() {
    std::thread::sleep(Duration::from_millis(200));
}

#[test]
#[ignore = "takes minutes; .ci/long runs it"]
fn the_whole_a_million_users() {
    campaign(1_000_000);
}

/// The same with fewer, for a quick look.
#[test]
#[ignore = "a measurement"]
fn a_quick_look_at_50_000_users() {
    campaign(50_000);
}
