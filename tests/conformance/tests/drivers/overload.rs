//! More calls than turns, with every driver: nobody's outcome is unknown because of the wait, and every turn is given back.

use std::future::poll_fn;
use std::net::TcpStream;
use std::task::Poll;

use wechatpay_core::error::Phase;

use crate::*;

with_every_driver!(
    calls_without_a_turn_are_not_sent_and_all_others_are_answered,
    a_turn_is_given_back_after_every_kind_of_failure,
    a_call_that_repeats_its_request_waits_without_a_turn,
    certificates_are_fetched_while_others_wait_for_a_turn,
);

/// The longest time to wait for an event.
const LIMIT: Duration = Duration::from_secs(60);

/// The total timeout of calls that are to end without a turn. It is long enough to ask for one on a slow machine.
const HASTE: Duration = Duration::from_secs(2);

/// A policy that makes one attempt, with this total timeout.
fn once(total: Duration) -> RetryPolicy {
    RetryPolicy::never().with_attempt_timeout(LIMIT).with_total(total)
}

/// A server that reports the path of each request, and answers it when the test allows it.
struct Slow {
    url: String,
    arrived: mpsc::Receiver<String>,
    allow: mpsc::Sender<()>,
}

impl Slow {
    fn start(response: &[u8]) -> Self {
        let response = String::from_utf8(response.to_vec()).unwrap().replace("connection: close\r\n", "");
        let ((arrival, arrived), (allow, allowed)) = (mpsc::channel(), mpsc::channel());
        let allowed = Arc::new(Mutex::new(allowed));
        let url = serve_connections(move |mut stream, _| {
            loop {
                let head = read_request(&stream).head;
                let Some(path) = head.split(' ').nth(1) else { return };
                arrival.send(path.to_owned()).unwrap();
                if allowed.lock().unwrap().recv().is_err() || stream.write_all(response.as_bytes()).is_err() {
                    return;
                }
            }
        });
        Self { url, arrived, allow }
    }

    fn next(&self) -> String {
        self.arrived.recv_timeout(LIMIT).unwrap()
    }
}

fn phase(error: &Error) -> Option<Phase> {
    match error {
        Error::Transport(error) => error.phase(),
        _ => None,
    }
}

fn calls_without_a_turn_are_not_sent_and_all_others_are_answered<D: Driver>() {
    const TURNS: usize = 4;
    let (core, platform, _) = pair(now());
    let server = Slow::start(&wire(&platform.coupon_sent(now())));
    let patient = D::new(at(&core, &server.url).with_retry(once(LIMIT))).with_concurrency(TURNS);
    let hasty = patient.clone_with(|core| core.with_retry(once(HASTE)));
    thread::scope(|scope| {
        let in_flight: Vec<_> = (0..TURNS).map(|_| scope.spawn(|| patient.send(&send_coupon()))).collect();
        for _ in 0..TURNS {
            server.next();
        }
        // They wait as long as all of their timeout.
        let without_turn: Vec<_> =
            (0..3 * TURNS).map(|_| scope.spawn(|| hasty.send(&send_coupon()).unwrap_err())).collect();
        for error in without_turn {
            let error = error.join().unwrap();
            assert_eq!((error.outcome(), phase(&error)), (Outcome::NotSent, Some(Phase::Queue)), "{error:?}");
        }
        // These wait until the others have ended.
        let waiting: Vec<_> = (0..TURNS).map(|_| scope.spawn(|| patient.send(&send_coupon()))).collect();
        for _ in 0..2 * TURNS {
            server.allow.send(()).unwrap();
        }
        for sent in in_flight.into_iter().chain(waiting) {
            assert_eq!(sent.join().unwrap().unwrap().coupon_id.as_str(), "98674556");
        }
    });
    // Those that were answered, and no other.
    assert_eq!(server.arrived.try_iter().count(), TURNS);
}

fn a_turn_is_given_back_after_every_kind_of_failure<D: Driver>() {
    let (core, platform, _) = pair(now());
    let large = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 2 * 1024 * 1024);
    let failures: [&[u8]; 6] = [
        b"",
        b"no HTTP\r\n\r\n",
        b"HTTP/1.1 503 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
        large.as_bytes(),
        b"silent",
    ];
    let last = failures.len() - 1;
    let failures = failures.map(<[u8]>::to_vec);
    let sent = wire(&platform.coupon_sent(now()));
    let url = serve_connections(move |mut stream, number| {
        read_request(&stream);
        if number == last {
            let _ = stream.read_to_end(&mut Vec::new());
            return;
        }
        let _ = stream.write_all(failures.get(number).unwrap_or(&sent));
    });
    let driver = D::new(at(&core, &url).with_retry(once(LIMIT))).with_concurrency(1);
    for number in 0..=last {
        let timeout = if number == last { Duration::from_millis(200) } else { LIMIT };
        let driver = driver.clone_with(|core| core.with_retry(once(LIMIT).with_attempt_timeout(timeout)));
        let error = driver.send(&StopStock::new("1".into(), "1".into())).unwrap_err();
        assert_ne!(phase(&error), Some(Phase::Queue), "{number}: {error:?}");
    }
    // No connection, no host, no proxy that works.
    let (closed, closed_url) = listener();
    drop(closed);
    for url in [closed_url.as_str(), "https://platform.invalid"] {
        let error = driver.clone_with(|core| at(&core, url)).send(&send_coupon()).unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
        assert_ne!(phase(&error), Some(Phase::Queue), "{error:?}");
    }
    assert_eq!(driver.send(&send_coupon()).unwrap().coupon_id.as_str(), "98674556");
}

/// During the pause before another attempt, the turn is another call's.
fn a_call_that_repeats_its_request_waits_without_a_turn<D: Driver>() {
    let (core, platform, _) = pair(now());
    let sent = wire(&platform.coupon_sent(now()));
    let (arrival, arrived) = mpsc::channel();
    let url = serve_connections(move |mut stream, number| {
        let head = read_request(&stream).head;
        arrival.send(head.split('/').nth(5).unwrap_or_default().to_owned()).unwrap();
        let unavailable = b"HTTP/1.1 503 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let _ = stream.write_all(if number == 0 { unavailable } else { &sent });
    });
    let coupon = |user: &str| {
        let mut coupon = send_coupon();
        coupon.openid = user.into();
        coupon
    };
    let pause = Duration::from_secs(4);
    let driver = D::new(at(&core, &url).with_retry(once(LIMIT))).with_concurrency(1);
    let repeating = driver.clone_with(|core| {
        core.with_retry(RetryPolicy::default().with_total(LIMIT).with_delays(pause, pause))
    });
    let users: Vec<String> = thread::scope(|scope| {
        let repeating = scope.spawn(|| repeating.send(&coupon("first")).map(drop));
        let first = arrived.recv_timeout(LIMIT).unwrap();
        driver.send(&coupon("second")).unwrap();
        repeating.join().unwrap().unwrap();
        [first].into_iter().chain(arrived.try_iter()).collect()
    });
    assert_eq!(users, ["first", "second", "first"]);
}

/// Calls are futures, so the order in which they ask for their turn is known.
#[tokio::test]
async fn turns_come_in_the_order_in_which_they_were_asked_for() {
    const CALLS: usize = 20;
    let (core, platform, _) = pair(now());
    let server = Slow::start(&wire(&platform.coupon_sent(now())));
    let client =
        wechatpay_hyper::Client::new(at(&core, &server.url).with_retry(once(LIMIT))).with_concurrency(1);
    let path = |number: usize| format!("user-{number}");
    let mut calls: Vec<_> = (0..CALLS)
        .map(|number| {
            let mut coupon = send_coupon();
            coupon.openid = path(number).into();
            Box::pin(client.send(&coupon))
        })
        .collect();
    for call in &mut calls {
        poll_fn(|cx| {
            assert!(call.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
    }
    // All are answered as soon as they arrive.
    for _ in 0..CALLS {
        server.allow.send(()).unwrap();
    }
    // The last one is waited for first.
    let tasks: Vec<_> = calls.into_iter().rev().map(tokio::spawn).collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let arrived: Vec<String> = server.arrived.try_iter().collect();
    let expected: Vec<String> =
        (0..CALLS).map(|number| format!("/v3/marketing/favor/users/{}/coupons", path(number))).collect();
    assert_eq!(arrived, expected);
}

/// 1000 futures and 128 turns, as in a campaign: those that get a turn have all of their timeout.
#[tokio::test]
async fn a_crowd_larger_than_the_number_of_turns_has_no_unknown_outcome() {
    const CROWD: usize = 1000;
    let (core, platform, _) = pair(now());
    let server = Slow::start(&wire(&platform.coupon_sent(now())));
    let client = wechatpay_hyper::Client::new(at(&core, &server.url).with_retry(once(LIMIT)));
    let hasty = client.clone().map_core(|core| core.with_retry(once(HASTE)));
    let patient: Vec<_> = (0..CROWD / 2).map(|_| tokio::spawn(client.send(&send_coupon()))).collect();
    while server.arrived.try_iter().count() == 0 {
        tokio::task::yield_now().await;
    }
    let hasty: Vec<_> = (0..CROWD / 2).map(|_| tokio::spawn(hasty.send(&send_coupon()))).collect();
    for sent in hasty {
        let error = sent.await.unwrap().unwrap_err();
        assert_eq!((error.outcome(), phase(&error)), (Outcome::NotSent, Some(Phase::Queue)), "{error:?}");
    }
    for _ in 0..CROWD / 2 {
        server.allow.send(()).unwrap();
    }
    for sent in patient {
        sent.await.unwrap().unwrap();
    }
}

/// The call whose response needs certificates is not behind the calls that wait for a turn.
fn certificates_are_fetched_while_others_wait_for_a_turn<D: Driver>() {
    let served = ServedSandbox::start();
    let stock = served.stock_that_is_not_started();
    let core = LocalSandbox::client(&served, PlatformKeys::new());
    let up = served.url().strip_prefix("http://").unwrap().to_owned();
    let ((arrival, arrived), (allow, allowed)) = (mpsc::channel(), mpsc::channel::<()>());
    let allowed = Arc::new(Mutex::new(allowed));
    // Passes requests for stocks on when the test allows it, and all others at once.
    let url = serve_connections(move |mut stream, _| {
        let request = read_request(&stream);
        let path = request.head.split(' ').nth(1).unwrap_or_default().to_owned();
        if path.contains("stocks") {
            arrival.send(path).unwrap();
            if allowed.lock().unwrap().recv().is_err() {
                return;
            }
        }
        let mut server = TcpStream::connect(&up).unwrap();
        let head = request.head.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
        server.write_all(head.as_bytes()).unwrap();
        let _ = std::io::copy(&mut server, &mut stream);
    });
    let driver = D::new(at(&core, &url).with_retry(once(LIMIT))).with_concurrency(1);
    let send = &|| driver.send(&QueryStock::new(stock.clone(), served.mchid()));
    thread::scope(|scope| {
        let first = scope.spawn(send);
        arrived.recv_timeout(LIMIT).unwrap();
        let second = scope.spawn(send);
        // The second one has the turn before the first needs certificates, or takes it first: either way it is in flight
        // until the first one has its result.
        allow.send(()).unwrap();
        assert!(first.join().unwrap().is_ok());
        allow.send(()).unwrap();
        assert!(second.join().unwrap().is_ok());
    });
}
