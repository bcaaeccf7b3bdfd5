//! Measurements. They print figures and assert nothing:
//!
//! ```text
//! cargo test --release -p wechatpay-conformance --test bulk_drivers -- --ignored --nocapture --test-threads 1
//! ```

use wechatpay_core::Merchant;
use wechatpay_core::crypto::{CryptoError, SigningKey, load_signing_key};

use crate::*;

/// How many requests are in flight.
const CONCURRENCY: usize = 32;
const SENDS: usize = 2000;
const ROUNDS: usize = 3;

#[test]
#[ignore = "a measurement"]
fn sends_per_second_beside_the_bare_driver() {
    println!("driver | bare sends/s | send_all sends/s | ratio");
    println!("---|---|---|---");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    row::<Hyper>("hyper", |campaign, coupons| {
        let client = wechatpay_hyper::Client::new(campaign.served.client());
        let (coupons, next) = (Arc::new(coupons), Arc::new(AtomicUsize::new(0)));
        runtime.block_on(async {
            let work = || {
                let (client, coupons, next) = (client.clone(), Arc::clone(&coupons), Arc::clone(&next));
                async move {
                    while let Some(coupon) = coupons.get(next.fetch_add(1, Ordering::Relaxed)) {
                        client.send(coupon).await.unwrap();
                    }
                }
            };
            let tasks: Vec<_> = (0..CONCURRENCY).map(|_| tokio::spawn(work())).collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
    });
    row::<wechatpay_ureq::Client>("ureq", |campaign, coupons| {
        let client = wechatpay_ureq::Client::new(campaign.served.client());
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..CONCURRENCY {
                scope.spawn(|| {
                    while let Some(coupon) = coupons.get(next.fetch_add(1, Ordering::Relaxed)) {
                        client.send(coupon).unwrap();
                    }
                });
            }
        });
    });
}

fn row<D: Driver>(name: &str, bare: impl Fn(&Campaign, Vec<SendCoupon>)) {
    let mut figures = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        let campaign = Campaign::start(1);
        let seconds = timed(|| bare(&campaign, campaign.users(SENDS)));
        figures[0].push(SENDS as f64 / seconds);
        let campaign = Campaign::start(1);
        let policy = Policy::default().with_rate(1_000_000).with_max_in_flight(CONCURRENCY);
        let mut store = Memory::new(campaign.users(SENDS), policy);
        let driver = campaign.driver::<D>();
        let seconds = timed(|| store.complete(&driver));
        figures[1].push(SENDS as f64 / seconds);
    }
    let [bare, all] = figures.map(|mut figures| {
        figures.sort_by(f64::total_cmp);
        figures[ROUNDS / 2]
    });
    println!("{name} | {bare:.0} | {all:.0} | {:.3}", all / bare);
}

#[test]
#[ignore = "a measurement"]
fn starts_in_a_second_and_responses_429() {
    println!("driver | rate | sends | seconds | most starts in any second | 429s");
    println!("---|---|---|---|---|---");
    for rate in [100, 250, 500] {
        paced::<Hyper>("hyper", rate);
        paced::<wechatpay_ureq::Client>("ureq", rate);
    }
}

/// A key that knows when it signed. Each request is signed once, just before it is sent.
struct Noting {
    key: Arc<dyn SigningKey>,
    signed: Mutex<Vec<Instant>>,
}

impl SigningKey for Noting {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.signed.lock().unwrap().push(instant());
        self.key.sign(message)
    }
}

fn paced<D: Driver>(name: &str, rate: u32) {
    let campaign = Campaign::start(1);
    let limits = format!(r#"{{"coupon.send": {{"per_second": {rate}}}}}"#);
    campaign.served.control("limits", &limits);
    let credentials = &campaign.served.credentials;
    let key = load_signing_key(PROVIDERS[1], credentials.private_key_pem()).unwrap();
    let key = Arc::new(Noting { key, signed: Mutex::default() });
    let merchant =
        Merchant::with_key(credentials.mchid().into(), credentials.serial_no(), Arc::clone(&key) as _)
            .unwrap();
    let core = Client::new(merchant, campaign.served.public_key(PROVIDERS[1])).unwrap();
    let driver = D::new(at(&core, &campaign.served.url()));
    let mut store = Memory::new(campaign.users(20 * rate as usize), Policy::default().with_rate(rate));
    let seconds = timed(|| store.complete(&driver));
    let mut signed = std::mem::take(&mut *key.signed.lock().unwrap());
    signed.sort_unstable();
    let within = |(number, from): (usize, &Instant)| {
        signed.partition_point(|at| at.duration_since(*from) < Duration::from_secs(1)) - number
    };
    let most = signed.iter().enumerate().map(within).max().unwrap();
    let limited = store.progress.rate_limited;
    println!(
        "{name} | {rate} | {} | {seconds:.1} | {most} | {limited}, {:.2} %",
        signed.len(),
        limited as f64 * 100.0 / signed.len() as f64
    );
}

fn timed(work: impl FnOnce()) -> f64 {
    let began = instant();
    work();
    began.elapsed().as_secs_f64()
}

#[expect(clippy::disallowed_methods, reason = "a measurement")]
fn instant() -> Instant {
    Instant::now()
}
