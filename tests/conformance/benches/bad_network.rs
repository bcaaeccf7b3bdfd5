//! Measures both drivers on servers that are slow, or that close connections.
//!
//! ```text
//! cargo bench -p wechatpay-conformance --bench bad_network
//! ```
//!
//! - **Crowd:** 1000 calls at the same time, to a server that takes 2.5 s for each, without retries. There is time for all of
//!   them within 30 s, and not within 10 s. Prints how they ended.
//! - **Closed connections:** 300 calls in a row, to a server that takes 10 ms and closes each connection 5 ms after its answer,
//!   without reading the next request, and to one that keeps them. Prints both times, and their ratio, three times in
//!   alternation.
//!
//! Nothing is asserted.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use wechatpay_conformance::drivers::{Driver, Hyper};
use wechatpay_conformance::scripted::{listener, wire};
use wechatpay_conformance::{at, now, pair, send_coupon};
use wechatpay_core::{Client, Error, RetryPolicy};

/// How a server behaves.
#[derive(Clone, Copy)]
struct Behaviour {
    /// The time before the answer.
    delay: Duration,
    /// How long after the answer the connection is closed.
    closes_after: Option<Duration>,
}

fn main() {
    let (core, platform, _) = pair(now());
    let sent = wire(&platform.coupon_sent(now()));
    let kept = String::from_utf8(sent).unwrap().replace("connection: close\r\n", "");
    let serve = |behaviour| serve(kept.clone().into(), behaviour);

    let slow = serve(Behaviour { delay: Duration::from_millis(2500), closes_after: None });
    println!("crowd, driver | deadline s | ended");
    println!("---|---|---");
    for seconds in [30, 10] {
        let never = RetryPolicy::never().with_total(Duration::from_secs(seconds));
        let core = at(&core, &slow).with_retry(never);
        println!("ureq | {seconds} | {}", ended(crowd_of_threads(&core)));
        println!("hyper | {seconds} | {}", ended(crowd_of_tasks(&core)));
    }

    // As if the server were some hundred kilometres away.
    let delay = Duration::from_millis(10);
    let keeps = serve(Behaviour { delay, closes_after: None });
    let closes = serve(Behaviour { delay, closes_after: Some(Duration::from_millis(5)) });
    println!("\nclosed connections, driver | kept ms | closed ms | closed / kept");
    println!("---|---|---|---");
    for _ in 0..3 {
        in_a_row::<wechatpay_ureq::Client>("ureq", &at(&core, &keeps), &at(&core, &closes));
        in_a_row::<Hyper>("hyper", &at(&core, &keeps), &at(&core, &closes));
    }
}

const CROWD: usize = 1000;

fn crowd_of_threads(core: &Client) -> Vec<Option<Error>> {
    let client = wechatpay_ureq::Client::new(core.clone());
    let threads: Vec<_> = (0..CROWD)
        .map(|_| {
            let client = client.clone();
            thread::Builder::new()
                .stack_size(512 * 1024)
                .spawn(move || client.send(&send_coupon()).err())
                .unwrap()
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

fn crowd_of_tasks(core: &Client) -> Vec<Option<Error>> {
    let client = wechatpay_hyper::Client::new(core.clone());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let tasks: Vec<_> = (0..CROWD)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { client.send(&send_coupon()).await.err() })
            })
            .collect();
        let mut results = Vec::new();
        for task in tasks {
            results.push(task.await.unwrap());
        }
        results
    })
}

/// Counts results by outcome and phase.
fn ended(results: Vec<Option<Error>>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for result in results {
        let name = match result {
            None => "success".to_owned(),
            Some(error) => {
                format!("{:?} ({})", error.outcome(), error.phase().map_or("-", |phase| phase.as_str()))
            }
        };
        *counts.entry(name).or_default() += 1;
    }
    counts.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
}

#[expect(clippy::disallowed_methods, reason = "a benchmark")]
fn in_a_row<D: Driver>(name: &str, keeps: &Client, closes: &Client) {
    let time = |core: &Client| {
        let client = D::new(core.clone());
        drop(client.send(&send_coupon()).unwrap());
        let began = Instant::now();
        for _ in 0..300 {
            drop(client.send(&send_coupon()).unwrap());
        }
        began.elapsed().as_millis()
    };
    let (kept, closed) = (time(keeps), time(closes));
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a few minutes")]
    let ratio = closed as f64 / kept as f64;
    println!("{name} | {kept} | {closed} | {ratio:.2}");
}

/// Serves this response for ever, with a thread per connection. Returns the base URL.
fn serve(response: Vec<u8>, behaviour: Behaviour) -> String {
    let (listener, url) = listener();
    let response: Arc<[u8]> = response.into();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, response) = (stream.unwrap(), Arc::clone(&response));
            let serve = move || drop(connection(&stream, &response, behaviour));
            thread::Builder::new().stack_size(128 * 1024).spawn(serve).unwrap();
        }
    });
    url
}

/// Answers the requests on a connection. Each ends with a JSON body.
#[expect(clippy::disallowed_methods, reason = "a benchmark")]
fn connection(mut stream: &TcpStream, response: &[u8], behaviour: Behaviour) -> io::Result<()> {
    let (mut buffer, mut received) = (vec![0; 16 * 1024], Vec::new());
    stream.set_nodelay(true)?;
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            len => received.extend_from_slice(&buffer[..len]),
        }
        if received.ends_with(b"}") {
            received.clear();
            thread::sleep(behaviour.delay);
            stream.write_all(response)?;
            if let Some(after) = behaviour.closes_after {
                thread::sleep(after);
                return Ok(());
            }
        }
    }
}
