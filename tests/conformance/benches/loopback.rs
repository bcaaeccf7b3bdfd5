//! Compares the time of a send over loopback with the time of its parts: signature, verification, and the same HTTP
//! exchange by the bare HTTP client.
//!
//! ```text
//! cargo bench -p wechatpay-conformance --bench loopback
//! ```
//!
//! The server always sends the same signed response, so that only the client is measured. The provider is AWS-LC. The
//! three measurements alternate. The figures are medians of sequential runs on a kept-alive connection. Nothing is
//! asserted.

use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use wechatpay_conformance::scripted::{listener, wire};
use wechatpay_conformance::{documented_send_coupon, now, pair, stamp};
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::crypto::{load_signing_key, load_verifying_key};
use wechatpay_core::{BaseUrl, bytes::Bytes};

/// The timeout of the bare clients. Without one they would be faster, but should not be used like that.
const TIMEOUT: Duration = Duration::from_secs(10);

fn main() {
    let (core, platform, credentials) = pair(now());
    let response = platform.signed_response(200, r#"{"coupon_id":"98674556"}"#, now());
    let url = serve(String::from_utf8(wire(&response)).unwrap().replace("connection: close\r\n", ""));
    let core = core.with_base_url(BaseUrl::parse(&url).unwrap());
    let operation = documented_send_coupon();

    let signing = load_signing_key(&PROVIDER, credentials.private_key_pem()).unwrap();
    let verifying = load_verifying_key(&PROVIDER, &platform.public_key_pem).unwrap();
    let message = core.unsigned(&operation, stamp()).unwrap().message();
    let header = |name: &str| response.headers()[name].to_str().unwrap();
    let body = std::str::from_utf8(response.body()).unwrap();
    let signed = format!("{}\n{}\n{body}\n", header("wechatpay-timestamp"), header("wechatpay-nonce"));
    let signature = STANDARD.decode(header("wechatpay-signature")).unwrap();
    let crypto = || {
        drop(black_box(signing.sign(&message).unwrap()));
        verifying.verify(signed.as_bytes(), &signature).unwrap();
    };
    let request = || core.request(&operation, stamp()).unwrap();

    println!(
        "driver | signature and verification µs | bare HTTP client µs | driver's send µs | send / (both)"
    );
    println!("---|---|---|---|---");
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT));
    let agent: ureq::Agent = config.build().into();
    let driver = wechatpay_ureq::Client::new(core.clone());
    let prepared = request();
    row(
        "ureq",
        crypto,
        || {
            let (parts, body) = prepared.clone().into_parts();
            let response = agent.run(http::Request::from_parts(parts, body.as_ref())).unwrap();
            drop(black_box(response.into_body().read_to_vec().unwrap()));
        },
        || drop(black_box(driver.send(&operation).unwrap())),
    );

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    let client: HttpClient<_, Full<Bytes>> = HttpClient::builder(TokioExecutor::new()).build(tcp);
    let driver = wechatpay_hyper::Client::new(core.clone());
    row(
        "hyper",
        crypto,
        || {
            let response = client.request(prepared.clone().map(Full::new));
            let whole = async { response.await.unwrap().into_body().collect().await.unwrap().to_bytes() };
            drop(black_box(runtime.block_on(async { tokio::time::timeout(TIMEOUT, whole).await.unwrap() })));
        },
        || drop(black_box(runtime.block_on(driver.send(&operation)).unwrap())),
    );
}

fn row(driver: &str, crypto: impl FnMut(), http: impl FnMut(), send: impl FnMut()) {
    let [crypto, http, send] = medians([&mut { crypto }, &mut { http }, &mut { send }]);
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    let ratio = send.as_secs_f64() / (crypto + http).as_secs_f64();
    println!("{driver} | {:.1} | {:.1} | {:.1} | {ratio:.3}", us(crypto), us(http), us(send));
}

#[expect(clippy::disallowed_methods, reason = "a benchmark")]
fn medians(mut runs: [&mut dyn FnMut(); 3]) -> [Duration; 3] {
    const ROUNDS: usize = 4_000;
    let mut times: [Vec<Duration>; 3] = Default::default();
    for round in 0..ROUNDS + 100 {
        for (run, times) in runs.iter_mut().zip(&mut times) {
            let began = Instant::now();
            run();
            if round >= 100 {
                times.push(began.elapsed());
            }
        }
    }
    times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    })
}

/// Sends this response to every request, on kept-alive connections. Returns the base URL.
fn serve(response: String) -> String {
    let (listener, url) = listener();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, response) = (stream.unwrap(), response.clone());
            stream.set_nodelay(true).unwrap();
            thread::spawn(move || respond_until_closed(&stream, response.as_bytes()));
        }
    });
    url
}

fn respond_until_closed(mut stream: &TcpStream, response: &[u8]) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut len = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                len = value.trim().parse().ok()?;
            }
            if line == "\r\n" {
                break;
            }
        }
        reader.read_exact(&mut vec![0; len]).ok()?;
        stream.write_all(response).ok()?;
    }
}
