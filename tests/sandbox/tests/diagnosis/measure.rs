//! Figures, not assertions: `cargo test --release -p wechatpay-sandbox --test diagnosis -- --ignored --nocapture measure`.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::common::connection::{Connection, request_bytes, start};
use crate::common::{Call, Client};
use crate::flood::bytes;
use crate::forged::{Forged, codes};

#[expect(clippy::disallowed_methods, reason = "measures real time")]
fn now() -> Instant {
    Instant::now()
}

fn time(name: &str, forged: &Forged) {
    let client = Client::new();
    let mut worst = Duration::ZERO;
    let mut total = Duration::ZERO;
    let mut found = Vec::new();
    let request = forged.request();
    for _ in 0..10 {
        let began = now();
        found = codes(&client.raw(request.clone()));
        let took = began.elapsed();
        (worst, total) = (worst.max(took), total + took);
    }
    println!("{name} {found:?}: mean {:?}, worst {worst:?}", total / 10);
}

#[test]
#[ignore = "prints figures"]
fn measure() {
    let mut right = Forged::send();
    time("right", &right);
    right.serial_no = "1".to_owned();
    time("opening alone: wrong serial", &right);
    let mut unknown = Forged::send();
    unknown.sign = |_| vec![7; 256];
    time("opening with all keys, unknown key", &unknown);
    let mut left_out = Forged::send();
    left_out.lines[4].clear();
    time("body left out", &left_out);
    let mut worst = Forged::send();
    worst.lines[4] = b"something else".to_vec();
    time("nothing found, small body", &worst);
    for kilobytes in [10, 100, 1000] {
        let list: Vec<_> = (0..kilobytes * 20).map(|n| json!({ "k": n, "v": "a/b<满>" })).collect();
        let mut large = Forged::send();
        large.body = json!({ "list": list, "goods": [1.5, null, true] }).to_string().into();
        large.lines[4] = b"something else".to_vec();
        time(&format!("nothing found, body of {} bytes", large.body.len()), &large);
    }
    for flooding in [0, 8, 32] {
        throughput(flooding);
    }
}

/// Correct requests per second on two connections, beside a flood of wrong signatures.
fn throughput(flooding: usize) {
    let (server, _client) = start();
    let mut wrong = Forged::send();
    wrong.lines[4] = b"something else".to_vec();
    let (wrong, right) = (bytes(&wrong), request_bytes(&Call::list_of_stocks()));
    let (stop, refused, sent) = (AtomicBool::new(false), AtomicU32::new(0), AtomicU32::new(0));
    let slowest = std::sync::Mutex::new(Duration::ZERO);
    let began = now();
    std::thread::scope(|scope| {
        for _ in 0..flooding {
            scope.spawn(|| {
                let mut connection = Connection::open(&server);
                while !stop.load(Ordering::Relaxed) {
                    assert_eq!(connection.exchange(&wrong).unwrap().status, 401);
                    refused.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let right: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut connection = Connection::open(&server);
                    while began.elapsed() < Duration::from_secs(4) {
                        let one = now();
                        assert_eq!(connection.exchange(&right).unwrap().status, 200);
                        let took = one.elapsed();
                        let mut slowest = slowest.lock().unwrap();
                        *slowest = took.max(*slowest);
                        sent.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        right.into_iter().for_each(|thread| thread.join().unwrap());
        stop.store(true, Ordering::Relaxed);
    });
    println!(
        "{flooding} flooding connections: {} correct/s (slowest {:?}), {} refused/s",
        sent.into_inner() / 4,
        slowest.into_inner().unwrap(),
        refused.into_inner() / 4,
    );
}
