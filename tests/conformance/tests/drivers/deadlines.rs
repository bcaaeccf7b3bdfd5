//! Servers that take their time, against every driver: each attempt ends when its time is over, and so does a download.

use std::io::{Cursor, Read as _, Write as _};
use std::thread;
use std::time::Duration;

use wechatpay_conformance::drivers::{Driver, transport_kind};
use wechatpay_conformance::local::Local;
use wechatpay_conformance::scripted::listener;
use wechatpay_conformance::{PROVIDERS, now, pair, with_every_driver};
use wechatpay_core::cashcoupons::{QueryStock, SendCoupon};
use wechatpay_core::error::TransportErrorKind;
use wechatpay_core::{BaseUrl, Client, Outcome, RetryPolicy};

with_every_driver!(
    a_server_that_falls_silent_ends_the_attempt,
    a_coupon_sent_without_an_answer_is_unknown_and_exists_once,
    an_answer_that_comes_byte_by_byte_ends_the_attempt,
    a_file_that_comes_byte_by_byte_ends_the_download,
);

const PATIENCE: Duration = Duration::from_secs(1);

/// Gives up on its one attempt.
fn impatient<D: Driver>(core: Client) -> D {
    D::new(core.with_retry(RetryPolicy::never().with_attempt_timeout(PATIENCE)))
}

fn send(local: &Local, stock_id: &str) -> SendCoupon {
    let (mchid, appid) = (local.credentials.mchid(), local.credentials.appid());
    SendCoupon::new("o".into(), stock_id.into(), "n-1".into(), appid.into(), mchid.into())
}

/// Accepts, reads, sends this, and then does nothing until the client is gone.
fn silent(beginning: &'static [u8]) -> String {
    let (listener, url) = listener();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(beginning);
                let _ = stream.read_to_end(&mut Vec::new());
            });
        }
    });
    url
}

fn a_server_that_falls_silent_ends_the_attempt<D: Driver>() {
    let (core, _, _) = pair(now());
    let ask = |url: &str| {
        let driver: D = impatient(core.clone().with_base_url(BaseUrl::parse(url).unwrap()));
        driver.send(&QueryStock::new("1".into(), "1".into())).unwrap_err()
    };
    for beginning in [&b""[..], b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"] {
        let error = ask(&silent(beginning));
        assert_eq!(transport_kind(&error), TransportErrorKind::MaybeSent, "{error:?}");
    }
    // Without TLS there was no connection, and nothing was sent.
    let error = ask(&silent(b"").replace("http://", "https://"));
    assert_eq!(transport_kind(&error), TransportErrorKind::NotSent, "{error:?}");
}

fn a_coupon_sent_without_an_answer_is_unknown_and_exists_once<D: Driver>() {
    let local = Local::start();
    let core = local.client(PROVIDERS[1], local.public_key(PROVIDERS[1]));
    let patient = D::new(core.clone());
    let stock_id = local.activated(&patient);
    local.advance(Local::HOUR + 1);
    // All of them, until the total is over.
    local.control("faults", r#"{"operation":"coupon.send","fault":"never_answers","times":1000}"#);
    let policy = RetryPolicy::default()
        .with_max_attempts(1000)
        .with_attempt_timeout(PATIENCE / 4)
        .with_total(PATIENCE)
        .with_delays(Duration::from_millis(1), Duration::from_millis(1));
    let send = send(&local, stock_id.as_str());
    let error = D::new(core.with_retry(policy)).send(&send).unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
    let stock = QueryStock::new(stock_id, local.credentials.mchid().into());
    assert_eq!(patient.send(&stock).unwrap().distributed_coupons, Some(1));
}

fn an_answer_that_comes_byte_by_byte_ends_the_attempt<D: Driver>() {
    let local = Local::start();
    let core = local.client(PROVIDERS[1], local.public_key(PROVIDERS[1]));
    let stock_id = local.activated(&D::new(core.clone()));
    let driver: D = impatient(core);
    let query = QueryStock::new(stock_id, local.credentials.mchid().into());
    // The second never lets a read wait long, and yet takes longer in all: an answer has some hundred bytes.
    for milliseconds in [1000, 100] {
        let fault = format!(r#"{{"operation":"stock.query","fault":"drip","milliseconds":{milliseconds}}}"#);
        local.control("faults", &fault);
        let error = driver.send(&query).unwrap_err();
        assert_eq!(transport_kind(&error), TransportErrorKind::MaybeSent, "{error:?}");
    }
    driver.send(&query).unwrap();
}

fn a_file_that_comes_byte_by_byte_ends_the_download<D: Driver>() {
    let local = Local::start();
    let driver = D::new(local.client(PROVIDERS[1], local.public_key(PROVIDERS[1])));
    let flow = local.used_flow(&driver);
    let driver = driver.with_download_limits(1024 * 1024, PATIENCE);
    for fault in [r#""drip","milliseconds":100"#, r#""never_answers""#] {
        local.control("faults", &format!(r#"{{"operation":"flow.download","fault":{fault}}}"#));
        let error = driver.download(&flow, Cursor::new(Vec::new())).unwrap_err();
        assert_eq!(transport_kind(&error), TransportErrorKind::MaybeSent, "{error:?}");
    }
    driver.download(&flow, Cursor::new(Vec::new())).unwrap();
}
