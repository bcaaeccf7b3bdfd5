//! A load test: many concurrent coupons over one client, against a sandbox in another process. On Linux, run by hand:
//!
//! ```text
//! cargo build --release -p wechatpay-sandbox -p wechatpay-conformance --bins --example load
//! target/release/examples/load hyper 2000 10    # 10 rounds of 2000 tasks
//! target/release/examples/load ureq 2000 10 64  # 10 rounds of 2000 sends by 64 threads
//! ```
//!
//! It fails if a coupon is lost or duplicated. It prints the throughput, the maximum number of connections, and the
//! memory and processor time. Each driver is measured in a separate run, because peak values belong to the process.

use std::collections::BTreeSet;
use std::env;
use std::error::Error as StdError;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use wechatpay_conformance::now;
use wechatpay_core::cashcoupons::{
    CouponRule, CreateCouponStock, RequiredCouponFields, RequiredStockFields, SendCoupon, SendCouponResponse,
    StartStock, StockId, StockRule,
};
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::types::{Fen, Timestamp};
use wechatpay_core::{Answer, BaseUrl, Client, Error, Merchant, PlatformKeys};
use wechatpay_sandbox::Credentials;

type Failure = Box<dyn StdError>;
type Sent = Result<Answer<SendCouponResponse>, Error>;

const USAGE: &str = "load hyper SENDS ROUNDS, or load ureq SENDS ROUNDS THREADS";

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (driver, sends, rounds, threads) = match &arguments[..] {
        [driver, sends, rounds] if driver == "hyper" => (driver, sends, rounds, "0"),
        [driver, sends, rounds, threads] if driver == "ureq" => (driver, sends, rounds, threads.as_str()),
        _ => return Err(USAGE.into()),
    };
    let (sends, rounds, threads): (usize, usize, usize) = (sends.parse()?, rounds.parse()?, threads.parse()?);

    let platform = Platform::start()?;
    let core = platform.client()?;
    let driver = match driver.as_str() {
        "hyper" => Driver::hyper(core)?,
        _ => Driver::Ureq { client: wechatpay_ureq::Client::new(core), threads },
    };
    let stock_id = platform.stock(&driver, sends * rounds)?;

    let numbers = |round: usize| (0..sends).map(move |i| format!("send-{round}-{i}"));
    for round in 1..=rounds {
        let coupons: Vec<SendCoupon> = numbers(round).map(|n| platform.coupon(&stock_id, &n)).collect();
        let before = (instant(), cpu("self")?, cpu(&platform.process())?);
        let (sent, connections) = platform.count_connections_during(|| driver.send_all(&coupons));
        let elapsed = before.0.elapsed().as_secs_f64();
        let mut ids = BTreeSet::new();
        for sent in sent {
            ids.insert(sent?.into_value().coupon_id);
        }
        if ids.len() != sends {
            return Err(format!("{sends} sends returned {} different coupons", ids.len()).into());
        }
        println!(
            "round {round}: {sends} sent in {elapsed:.2} s, {:.0} per second; at most {connections} connections; \
             memory {} MiB, peak {} MiB; processor {:.2} s, sandbox {:.2} s",
            sends as f64 / elapsed,
            memory("VmRSS")?,
            memory("VmHWM")?,
            cpu("self")? - before.1,
            cpu(&platform.process())? - before.2,
        );
    }
    println!("{} connections were closed in the last minute", platform.connections(TIME_WAIT));
    platform.check_coupons(&(1..=rounds).flat_map(numbers).collect())
}

enum Driver {
    Hyper { client: wechatpay_hyper::Client, runtime: tokio::runtime::Runtime },
    Ureq { client: wechatpay_ureq::Client, threads: usize },
}

impl Driver {
    fn hyper(core: Client) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        Ok(Self::Hyper { client: wechatpay_hyper::Client::new(core), runtime })
    }

    /// Sends all coupons concurrently, or as many at a time as there are threads.
    fn send_all(&self, coupons: &[SendCoupon]) -> Vec<Sent> {
        match self {
            Self::Hyper { client, runtime } => runtime.block_on(async {
                let tasks: Vec<_> = coupons.iter().map(|coupon| tokio::spawn(client.send(coupon))).collect();
                let mut sent = Vec::with_capacity(tasks.len());
                for task in tasks {
                    // A task that panicked is noticed because its coupon is missing.
                    sent.extend(task.await);
                }
                sent
            }),
            Self::Ureq { client, threads } => {
                let next = AtomicUsize::new(0);
                let work = || {
                    let mine = || coupons.get(next.fetch_add(1, Ordering::Relaxed));
                    std::iter::from_fn(mine).map(|coupon| client.send(coupon)).collect::<Vec<_>>()
                };
                thread::scope(|scope| {
                    let threads: Vec<_> = (0..*threads).map(|_| scope.spawn(work)).collect();
                    threads.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
                })
            }
        }
    }

    fn send<O>(&self, operation: &O) -> Result<O::Response, Error>
    where
        O: wechatpay_core::Operation<Response: Send>,
    {
        let answer = match self {
            Self::Hyper { client, runtime } => runtime.block_on(client.send(operation)),
            Self::Ureq { client, .. } => client.send(operation),
        };
        answer.map(Answer::into_value)
    }
}

/// The sandbox as a separate process, which is stopped when this value is dropped.
struct Platform {
    child: Child,
    port: u16,
    credentials: Credentials,
    _folder: tempfile::TempDir,
}

impl Platform {
    fn start() -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        // The program is in the parent of the folder with the examples.
        let program = env::current_exe()?.with_file_name("../wechatpay-sandbox");
        let mut command = Command::new(&program);
        command.args(["--listen", "127.0.0.1:0", "--credentials"]).arg(folder.path());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.map_err(|error| format!("{}: {error}", program.display()))?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let url = line.trim().strip_prefix("listening on ").ok_or("the sandbox did not start")?;
        let port = url.rsplit(':').next().unwrap_or_default().parse()?;
        let credentials = Credentials::load_or_create(folder.path(), url, now())?;
        Ok(Self { child, port, credentials, _folder: folder })
    }

    fn client(&self) -> Result<Client, Failure> {
        let credentials = &self.credentials;
        let (mchid, key) = (credentials.mchid().into(), credentials.private_key_pem());
        let merchant = Merchant::from_pem(&PROVIDER, mchid, credentials.serial_no(), key)?;
        let keys = PlatformKeys::new();
        keys.add_public_key(&PROVIDER, credentials.public_key_id(), credentials.public_key_pem())?;
        let url = BaseUrl::parse(&format!("http://127.0.0.1:{}", self.port))?;
        Ok(Client::new(merchant, keys)?.with_base_url(url))
    }

    /// Creates and starts a stock with this number of coupons.
    fn stock(&self, driver: &Driver, coupons: usize) -> Result<StockId, Failure> {
        let (mchid, coupons) = (self.credentials.mchid(), i64::try_from(coupons)?);
        let time = |hours: u64| Timestamp::from_unix(now() + hours * 3600).ok_or("no such time");
        let created = driver.send(&CreateCouponStock::new(RequiredStockFields {
            out_request_no: "create-1".into(),
            stock_name: "load".into(),
            belong_merchant: mchid.into(),
            available_begin_time: time(1)?,
            available_end_time: time(48)?,
            stock_use_rule: StockRule::new(coupons, Fen::new(coupons * 100), 1),
            coupon_use_rule: CouponRule::normal(Fen::new(100), Fen::new(200), [mchid.into()]),
            no_cash: true,
        }))?;
        driver.send(&StartStock::new(created.stock_id.clone(), mchid.into()))?;
        self.control("POST", "clock", r#"{"advance_seconds": 3600}"#)?;
        Ok(created.stock_id)
    }

    /// A request for a coupon, for a new user.
    fn coupon(&self, stock_id: &StockId, number: &str) -> SendCoupon {
        let (mchid, appid) = (self.credentials.mchid(), self.credentials.appid());
        let openid = format!("o-{number}");
        SendCoupon::new(RequiredCouponFields {
            openid: openid.into(),
            appid: appid.into(),
            stock_id: stock_id.clone(),
            stock_creator_mchid: mchid.into(),
            out_request_no: number.into(),
        })
    }

    /// Checks that exactly these coupons exist, each once.
    fn check_coupons(&self, wanted: &BTreeSet<String>) -> Result<(), Failure> {
        let state = self.control("GET", "state/export", "")?;
        let coupons = state.get("coupons").and_then(Value::as_array).ok_or("no coupons")?;
        let number = |coupon: &Value| Some(coupon.get("out_request_no")?.as_str()?.to_owned());
        let found: BTreeSet<String> = coupons.iter().filter_map(number).collect();
        let requests = state.pointer("/requests/coupon.send").and_then(Value::as_u64).unwrap_or_default();
        println!("{requests} requests, {} coupons, {} expected", coupons.len(), wanted.len());
        match found == *wanted && coupons.len() == wanted.len() {
            true => Ok(()),
            false => Err("coupons were lost or duplicated".into()),
        }
    }

    /// Runs `work` and returns its result, and the maximum number of connections during that time.
    fn count_connections_during<T>(&self, work: impl FnOnce() -> T) -> (T, usize) {
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let watch = scope.spawn(|| {
                let mut most = 0;
                while !done.load(Ordering::Relaxed) {
                    most = most.max(self.connections(ESTABLISHED));
                    sleep(Duration::from_millis(20));
                }
                most
            });
            let result = work();
            done.store(true, Ordering::Relaxed);
            (result, watch.join().unwrap_or_default())
        })
    }

    /// The number of connections to the sandbox in this state. Each connection is counted once.
    fn connections(&self, state: &str) -> usize {
        let port = format!(":{:04X}", self.port);
        let table = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
        let is_to_it = |line: &&str| {
            let mut words = line.split_whitespace().skip(1);
            let (local, remote) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            // The side that closes a connection first keeps it in the state TIME_WAIT.
            let ours = remote.ends_with(&port) || (state == TIME_WAIT && local.ends_with(&port));
            ours && words.next() == Some(state)
        };
        table.lines().filter(is_to_it).count()
    }

    fn process(&self) -> String {
        self.child.id().to_string()
    }

    fn control(&self, method: &str, path: &str, body: &str) -> Result<Value, Failure> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        let len = body.len();
        write!(
            stream,
            "{method} /_sandbox/{path} HTTP/1.0\r\nhost: sandbox\r\nconnection: close\r\ncontent-length: {len}\r\n\r\n{body}"
        )?;
        let mut response = String::new();
        stream.read_to_string(&mut response)?;
        let (_, body) = response.split_once("\r\n\r\n").ok_or("the sandbox sent no response")?;
        Ok(serde_json::from_str(body)?)
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Connection states as written in `/proc/net/tcp`.
const ESTABLISHED: &str = "01";
const TIME_WAIT: &str = "06";

/// The current (`VmRSS`) or peak (`VmHWM`) memory of this process, in MiB.
fn memory(what: &str) -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
    let kibibytes: u64 = line
        .and_then(|line| line.trim().strip_suffix(" kB"))
        .ok_or("no memory value in /proc/self/status")?
        .parse()?;
    Ok(kibibytes / 1024)
}

/// The processor time of a process, in seconds.
fn cpu(process: &str) -> Result<f64, Failure> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field, the name, may contain anything. User and system time are fields 14 and 15, in hundredths of a
    // second.
    let (_, fields) = stat.rsplit_once(')').ok_or("no process name in the stat file")?;
    let times = fields.split_whitespace().skip(11).take(2).map(str::parse::<u32>);
    Ok(f64::from(times.sum::<Result<u32, _>>()?) / 100.0)
}

#[expect(clippy::disallowed_methods, reason = "the only clock of the program")]
fn instant() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "waits between two counts of connections")]
fn sleep(duration: Duration) {
    thread::sleep(duration);
}
