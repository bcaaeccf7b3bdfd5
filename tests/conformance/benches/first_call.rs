//! Measures what the first call of a process costs beside its second, without and with `warm_up`.
//!
//! ```text
//! cargo bench -p wechatpay-conformance --bench first_call
//! ```
//!
//! Each run is a process of its own, because AWS-LC gathers entropy once per process, and a connection is opened once. The
//! sandbox runs in the process that starts them. The figures are medians over all runs. Nothing is asserted.

use std::env;
use std::process::Command;
use std::time::Instant;

use wechatpay_conformance::drivers::{Driver, Hyper};
use wechatpay_conformance::{documented_send_coupon, now, stamp};
use wechatpay_core::{Client, SecurityEcho};
use wechatpay_sandbox::{Credentials, Sandbox, Server};

const RUNS: usize = 15;

/// The environment variable with what a child process measures.
const CHILD: &str = "WECHATPAY_FIRST_CALL";

/// A child prints the microseconds of what it did before the first call, of the first call, and of the second.
const CHILDREN: &[(&str, fn())] = &[
    ("sign with AWS-LC, without a network", sign),
    ("ureq: call", call::<wechatpay_ureq::Client>),
    ("ureq: call after warm_up", warm_call::<wechatpay_ureq::Client>),
    ("hyper: call", call::<Hyper>),
    ("hyper: call after warm_up", warm_call::<Hyper>),
];

#[expect(clippy::disallowed_methods, reason = "a benchmark")]
fn main() {
    let name = env::var(CHILD).ok();
    match CHILDREN.iter().find(|(child, _)| Some(*child) == name.as_deref()) {
        Some((_, child)) => child(),
        None => parent(),
    }
}

fn parent() {
    let folder = tempfile::tempdir().unwrap();
    let credentials = Credentials::load_or_create(folder.path(), "http://127.0.0.1:1", now()).unwrap();
    let sandbox = Sandbox::new(credentials).unwrap();
    let server = Server::start(([127, 0, 0, 1], 0).into(), sandbox, now).unwrap();
    Credentials::load_or_create(folder.path(), &server.url(), now()).unwrap();

    println!("what | before µs | first µs | second µs | first / second");
    println!("---|---|---|---|---");
    for (name, _) in CHILDREN {
        let mut runs: Vec<[u128; 3]> = (0..RUNS).map(|_| run(name, folder.path())).collect();
        let [before, first, second] = [0, 1, 2].map(|column| {
            runs.sort_unstable_by_key(|run| run[column]);
            runs[RUNS / 2][column]
        });
        #[expect(clippy::cast_precision_loss, reason = "microseconds of a few seconds")]
        let ratio = first as f64 / second as f64;
        println!("{name} | {before} | {first} | {second} | {ratio:.1}");
    }
}

/// Runs a child in the environment that the sandbox has written.
fn run(name: &str, folder: &std::path::Path) -> [u128; 3] {
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"set -a; . "$1/wechatpay.env"; exec "$2""#, "sh"]);
    let output = shell.arg(folder).arg(env::current_exe().unwrap()).env(CHILD, name).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let figures: Vec<u128> = text.split_whitespace().map(|figure| figure.parse().unwrap()).collect();
    figures.try_into().unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

#[expect(clippy::disallowed_methods, reason = "a benchmark")]
fn micros(call: impl FnOnce()) -> u128 {
    let began = Instant::now();
    call();
    began.elapsed().as_micros()
}

fn sign() {
    let client: Client =
        wechatpay_ureq::settings_from_env().unwrap().client(&wechatpay_ureq::PROVIDER).unwrap();
    let sign = || drop(client.request(&documented_send_coupon(), stamp()).unwrap());
    println!("0 {} {}", micros(sign), micros(sign));
}

fn call<D: Driver>() {
    calls(&D::from_env().unwrap(), 0);
}

fn warm_call<D: Driver>() {
    let client = D::from_env().unwrap();
    let before = micros(|| client.warm_up().unwrap());
    calls(&client, before);
}

fn calls(client: &impl Driver, before: u128) {
    let echo = || drop(client.send(&SecurityEcho::new("hello")).unwrap());
    println!("{before} {} {}", micros(echo), micros(echo));
}
