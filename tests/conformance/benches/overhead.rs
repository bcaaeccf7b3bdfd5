//! Measures the overhead of the library over the bare cryptography, as ratios from one run.
//!
//! ```text
//! cargo bench -p wechatpay-conformance --bench overhead
//! ```
//!
//! For each provider, the bare operation and the library's operation alternate, so that both run under the same
//! conditions. A row shows the median of each, their ratio, their difference, and the number of allocations. Nothing is
//! asserted. `docs/performance.md` has results.

use std::hint::black_box;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Response;
use serde_json::json;
use wechatpay_conformance::{
    PUBLIC_KEY_ID, Platform, TIMESTAMP, documented_send_coupon, operation_for, pair, stamp,
};
use wechatpay_core::cashcoupons::*;
use wechatpay_core::crypto::{
    ApiV3Key, CryptoProvider, SigningKey, VerifyingKey, aws_lc_rs, graviola, load_signing_key,
    load_verifying_key, ring, rustcrypto,
};
use wechatpay_core::error::DecodeError;
use wechatpay_core::testing::ArbitraryOperation;
use wechatpay_core::types::Fen;
use wechatpay_core::{Client, Merchant, Operation, PlatformKeys, Verified};
use wechatpay_sandbox::Credentials;

const PROVIDERS: [&CryptoProvider; 4] =
    [&aws_lc_rs::PROVIDER, &graviola::PROVIDER, &ring::PROVIDER, &rustcrypto::PROVIDER];

fn main() {
    for provider in PROVIDERS {
        first_call(provider);
    }
    println!("what | bare µs | library µs | ratio | difference µs | allocations");
    println!("---|---|---|---|---|---");
    let (_, platform, credentials) = pair(TIMESTAMP);
    for provider in PROVIDERS {
        Bench::new(provider, &platform, &credentials).run();
    }
}

/// Measures the first use of a provider in a process, which mostly initializes its entropy source.
#[expect(clippy::disallowed_methods, reason = "a benchmark")]
fn first_call(provider: &CryptoProvider) {
    let began = Instant::now();
    provider.random.fill(&mut [0; 16]).unwrap();
    let first = began.elapsed();
    let began = Instant::now();
    provider.random.fill(&mut [0; 16]).unwrap();
    println!("{}: first random bytes {first:.1?}, then {:.1?}", provider.name, began.elapsed());
}

struct Bench<'a> {
    provider: &'a CryptoProvider,
    client: Client,
    signing: std::sync::Arc<dyn SigningKey>,
    verifying: std::sync::Arc<dyn VerifyingKey>,
    platform: &'a Platform,
    credentials: &'a Credentials,
}

impl<'a> Bench<'a> {
    fn new(provider: &'a CryptoProvider, platform: &'a Platform, credentials: &'a Credentials) -> Self {
        let key = credentials.private_key_pem();
        let merchant = Merchant::from_pem(provider, credentials.mchid().into(), credentials.serial_no(), key);
        let keys = PlatformKeys::new();
        keys.add_public_key(provider, PUBLIC_KEY_ID, &platform.public_key_pem).unwrap();
        let api_v3_key = ApiV3Key::new(credentials.api_v3_key()).unwrap();
        Self {
            client: Client::new(merchant.unwrap(), keys).unwrap().with_api_v3_key(provider, api_v3_key),
            signing: load_signing_key(provider, key).unwrap(),
            verifying: load_verifying_key(provider, &platform.public_key_pem).unwrap(),
            provider,
            platform,
            credentials,
        }
    }

    fn run(&self) {
        self.request("sign SendCoupon", &documented_send_coupon());
        self.request("sign CreateCouponStock", &stock());
        self.request("sign ListStocks", &ListStocks::new("1900007291".into()));
        self.response::<SendCoupon>("verify and decode SendCoupon", r#"{"coupon_id":"98674556"}"#.into());
        self.response::<ListStocks>("verify and decode 10 stocks", stocks(10));
        self.response::<ListStocks>("verify and decode 50 KB of stocks", stocks(55));
        self.callback();
        self.round_trip();
        self.key();
    }

    fn row(&self, what: &str, bare: impl FnMut(), library: impl FnMut()) {
        let (bare, library, allocations) = compare(bare, library);
        let us = |time: Duration| time.as_secs_f64() * 1e6;
        println!(
            "{}: {what} | {:.1} | {:.1} | {:.3} | {:.1} | {allocations}",
            self.provider.name,
            us(bare),
            us(library),
            library.as_secs_f64() / bare.as_secs_f64(),
            us(library) - us(bare),
        );
    }

    fn request(&self, what: &str, operation: &impl Operation) {
        let message = self.client.unsigned(operation, stamp()).unwrap().message();
        self.row(
            what,
            || drop(black_box(self.signing.sign(&message).unwrap())),
            || drop(black_box(self.client.request(operation, stamp()).unwrap())),
        );
        // The same with a signature that takes no time, to measure the library alone.
        if self.provider.name == "aws-lc-rs" {
            let merchant =
                Merchant::with_key("1900007291".into(), "0A", std::sync::Arc::new(InstantKey)).unwrap();
            let instant = Client::new(merchant, self.client.platform().clone()).unwrap();
            let (_, library, allocations) =
                compare(|| (), || drop(black_box(instant.request(operation, stamp()).unwrap())));
            println!("none: {what} | 0 | {:.2} | | | {allocations}", library.as_secs_f64() * 1e6);
        }
    }

    fn response<O: ArbitraryOperation>(&self, what: &str, body: String) {
        let response = self.platform.signed_response(200, &body, TIMESTAMP);
        let (message, signature) = signed(&response);
        let operation: O = operation_for(body.as_bytes());
        self.row(
            what,
            || self.verifying.verify(&message, &signature).unwrap(),
            || drop(black_box(self.client.response(&operation, &response, TIMESTAMP).ok().unwrap())),
        );
        // Verified but not decoded: the difference is the time for decoding.
        self.row(
            &format!("{what}: verification only"),
            || self.verifying.verify(&message, &signature).unwrap(),
            || drop(black_box(self.client.response(&Undecoded, &response, TIMESTAMP).ok().unwrap())),
        );
    }

    fn callback(&self) {
        let resource =
            json!({"stock_creator_mchid": "1", "stock_id": "2", "coupon_id": "3", "status": "USED"});
        let (key, nonce) = (self.credentials.api_v3_key().as_bytes().try_into().unwrap(), *b"0123456789ab");
        let sealed =
            self.provider.aead.seal(key, &nonce, b"coupon", resource.to_string().as_bytes()).unwrap();
        let body = json!({
            "id": "1", "event_type": "COUPON.USE", "resource_type": "encrypt-resource",
            "resource": {
                "algorithm": "AEAD_AES_256_GCM", "nonce": "0123456789ab", "associated_data": "coupon",
                "ciphertext": STANDARD.encode(&sealed), "original_type": "coupon",
            },
        });
        let request = self.platform.callback(&body.to_string(), TIMESTAMP);
        let (message, signature) = signed(&self.platform.signed_response(200, &body.to_string(), TIMESTAMP));
        self.row(
            "callback: verify, decrypt, decode",
            || {
                self.verifying.verify(&message, &signature).unwrap();
                drop(black_box(self.provider.aead.open(key, &nonce, b"coupon", &sealed).unwrap()));
            },
            || drop(black_box(self.client.notification::<CouponUsed>(&request, TIMESTAMP).unwrap())),
        );
    }

    fn round_trip(&self) {
        let operation = documented_send_coupon();
        let request = self.client.unsigned(&operation, stamp()).unwrap().message();
        let response = self.platform.signed_response(200, r#"{"coupon_id":"98674556"}"#, TIMESTAMP);
        let (message, signature) = signed(&response);
        self.row(
            "SendCoupon request and response",
            || {
                drop(black_box(self.signing.sign(&request).unwrap()));
                self.verifying.verify(&message, &signature).unwrap();
            },
            || {
                drop(black_box(self.client.request(&operation, stamp()).unwrap()));
                drop(black_box(self.client.response(&operation, &response, TIMESTAMP).ok().unwrap()));
            },
        );
    }

    fn key(&self) {
        let pem = self.credentials.private_key_pem();
        let sign = || drop(black_box(self.signing.sign(b"m").unwrap()));
        self.row("load a private key (bare: one signature)", sign, || {
            drop(black_box(load_signing_key(self.provider, pem).unwrap()));
        });
    }
}

/// The medians of both, which alternate, and the number of allocations in one run of the second.
#[expect(clippy::disallowed_methods, reason = "a benchmark")]
fn compare(mut bare: impl FnMut(), mut library: impl FnMut()) -> (Duration, Duration, u64) {
    const ROUNDS: usize = 2_000;
    const BUDGET: Duration = Duration::from_millis(1_500);
    let time = |run: &mut dyn FnMut()| {
        let began = Instant::now();
        run();
        began.elapsed()
    };
    (0..20).for_each(|_| {
        bare();
        library();
    });
    let (began, mut bares, mut libraries) = (Instant::now(), Vec::new(), Vec::new());
    while bares.len() < ROUNDS && began.elapsed() < BUDGET {
        bares.push(time(&mut bare));
        libraries.push(time(&mut library));
    }
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2]
    };
    let allocations = allocation_counter::measure(&mut library).count_total;
    (median(bares), median(libraries), allocations)
}

/// The signed message of a response, and its signature.
fn signed(response: &Response<Bytes>) -> (Vec<u8>, Vec<u8>) {
    let header = |name: &str| response.headers()[name].to_str().unwrap();
    let (time, nonce) = (header("wechatpay-timestamp"), header("wechatpay-nonce"));
    let body = std::str::from_utf8(response.body()).unwrap();
    let message = format!("{time}\n{nonce}\n{body}\n").into_bytes();
    (message, STANDARD.decode(header("wechatpay-signature")).unwrap())
}

/// A key that returns a constant as every signature, which takes no time.
struct InstantKey;

impl SigningKey for InstantKey {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, wechatpay_core::crypto::CryptoError> {
        Ok(vec![7; 256])
    }
}

/// An operation that does not decode its response.
#[derive(Clone, serde::Serialize)]
struct Undecoded;

impl Operation for Undecoded {
    const NAME: &'static str = "undecoded";
    const METHOD: http::Method = http::Method::GET;
    const PATH: &'static str = "/v3";
    const IDEMPOTENT: bool = true;
    type Response = ();

    fn decode(_: Verified<'_>) -> Result<(), DecodeError> {
        Ok(())
    }
}

fn stock() -> CreateCouponStock {
    CreateCouponStock::new(RequiredStockFields {
        out_request_no: "89560002019101000121".into(),
        stock_name: "微信支付代金券批次".into(),
        belong_merchant: "98568865".into(),
        available_begin_time: "2019-11-27T13:29:35.120+08:00".into(),
        available_end_time: "2019-12-27T13:29:35.120+08:00".into(),
        stock_use_rule: StockRule::new(100, Fen::new(5000), 3).max_amount_by_day(Fen::new(400)),
        coupon_use_rule: CouponRule::normal(Fen::new(100), Fen::new(200), ["9856000".into()])
            .goods_tag(["123321", "456654"])
            .trade_type([TradeType::MicroApp, TradeType::AppPay])
            .combine_use(false)
            .available_items(["123321", "456654"])
            .limit_card(CardLimitation::new("精粹白金", ["62542688"])),
        no_cash: false,
    })
    .comment("零售批次")
    .pattern_info(
        PatternInfo::new("微信支付营销代金券")
            .merchant_logo("https://qpic.cn/xxx")
            .merchant_name("微信支付")
            .background_color(BackgroundColor::Color020)
            .coupon_image("https://qpic.cn/xxx"),
    )
}

fn stocks(count: usize) -> String {
    let stock = json!({
        "stock_id": "9836588", "stock_creator_mchid": "123456", "stock_name": "微信支付代金券批次", "status": "running",
        "create_time": "2021-01-01T00:00:00.120+08:00", "description": "微信支付营销代金券，全场通用",
        "stock_use_rule": {
            "max_coupons": 100, "max_amount": 5000, "max_amount_by_day": 400, "max_coupons_per_user": 3,
            "fixed_normal_coupon": {"coupon_amount": 100, "transaction_minimum": 200}, "coupon_type": "NORMAL",
            "goods_tag": ["123321", "456654"], "trade_type": ["MICROAPP", "APPPAY"], "combine_use": true,
        },
        "available_begin_time": "2021-01-01T00:00:00+08:00", "available_end_time": "2021-02-01T00:00:00+08:00",
        "distributed_coupons": 7, "no_cash": false, "start_time": "2021-01-02T00:00:00+08:00",
        "stop_time": "2021-01-03T00:00:00+08:00", "singleitem": false, "stock_type": "NORMAL", "card_id": "pqtPe1",
    });
    json!({"total_count": count, "data": vec![stock; count], "limit": 10, "offset": 0}).to_string()
}
