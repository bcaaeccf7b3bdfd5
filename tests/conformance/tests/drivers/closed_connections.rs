//! Servers that close kept connections just as they are used again, with every driver.

use std::io::ErrorKind::{TimedOut, WouldBlock};
use std::net::TcpStream;
use std::sync::Barrier;

use socket2::SockRef;
use wechatpay_core::error::Phase;

use crate::*;

with_every_driver!(
    an_idempotent_call_on_a_closed_connection_is_sent_again_at_once_on_a_new_one,
    a_call_without_retries_is_sent_at_most_once,
    an_operation_that_is_not_idempotent_is_not_sent_twice,
    many_kept_connections_that_are_closed_at_once_cost_one_attempt_each,
    a_connection_that_breaks_after_the_first_byte_of_the_response_is_no_closed_one,
);

/// The longest time to wait for an event.
const LIMIT: Duration = Duration::from_secs(60);

/// How a server closes a connection after its first response.
#[derive(Debug, Clone, Copy)]
struct Closing {
    /// With a reset instead of an orderly end.
    resets: bool,
    /// After it has read the next request.
    after_request: bool,
}

const ALL: [Closing; 4] = [
    Closing { resets: false, after_request: false },
    Closing { resets: true, after_request: false },
    Closing { resets: false, after_request: true },
    Closing { resets: true, after_request: true },
];

fn close(stream: TcpStream, resets: bool) {
    if resets {
        SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    }
    drop(stream);
}

/// The response to [`send_coupon`], after which the connection stays open.
fn kept_alive(platform: &Platform) -> Vec<u8> {
    let sent = String::from_utf8(wire(&platform.coupon_sent(now()))).unwrap();
    sent.replace("connection: close\r\n", "").into_bytes()
}

/// Serves the first `closed` connections with one response each, and then closes them. Later connections stay open.
struct Server {
    url: String,
    /// The number of the connection of each request.
    requests: mpsc::Receiver<usize>,
    /// An event for each connection that is closed before its second request.
    closed: mpsc::Receiver<()>,
}

impl Server {
    fn start(response: Vec<u8>, closed: usize, closing: Closing) -> Self {
        let ((request, requests), (close_event, closed_events)) = (mpsc::channel(), mpsc::channel());
        // Closed connections answer together, and are closed together: so each of them has one request.
        let (first, second) = (Arc::new(Barrier::new(closed)), Arc::new(Barrier::new(closed)));
        let url = serve_connections(move |mut stream, number| {
            loop {
                if read_request(&stream).head.is_empty() {
                    return;
                }
                request.send(number).unwrap();
                if number < closed {
                    first.wait();
                }
                stream.write_all(&response).unwrap();
                if number >= closed {
                    continue;
                }
                if closing.after_request {
                    if read_request(&stream).head.is_empty() {
                        return;
                    }
                    request.send(number).unwrap();
                }
                second.wait();
                close(stream, closing.resets);
                let _ = close_event.send(());
                return;
            }
        });
        Self { url, requests, closed: closed_events }
    }

    /// Waits until the kept connections are closed, unless they are closed after the next request.
    fn closes(&self, closed: usize, closing: Closing) {
        for _ in 0..if closing.after_request { 0 } else { closed } {
            self.closed.recv_timeout(LIMIT).unwrap();
        }
    }

    fn requests(&self) -> Vec<usize> {
        self.requests.try_iter().collect()
    }
}

/// A policy that waits so long between attempts that only those without a pause are made.
fn at_once() -> RetryPolicy {
    RetryPolicy::default().with_total(LIMIT).with_delays(100 * LIMIT, 100 * LIMIT)
}

fn reused(error: &Error) -> bool {
    matches!(error, Error::Transport(error) if error.is_reused_connection())
}

fn an_idempotent_call_on_a_closed_connection_is_sent_again_at_once_on_a_new_one<D: Driver>() {
    for closing in ALL {
        let (core, platform, _) = pair(now());
        let server = Server::start(kept_alive(&platform), 1, closing);
        // Two attempts: exactly one more than usual.
        let driver = D::new(at(&core, &server.url).with_retry(at_once().with_max_attempts(2)));
        driver.send(&send_coupon()).unwrap();
        server.closes(1, closing);
        driver.send(&send_coupon()).unwrap();
        driver.send(&send_coupon()).unwrap();
        let expected = if closing.after_request { &[0, 0, 1, 1][..] } else { &[0, 1, 1] };
        assert_eq!(server.requests(), expected, "{closing:?}");
    }
}

fn a_call_without_retries_is_sent_at_most_once<D: Driver>() {
    for closing in ALL {
        let (core, platform, _) = pair(now());
        let server = Server::start(kept_alive(&platform), 1, closing);
        let driver = D::new(at(&core, &server.url).with_retry(RetryPolicy::never()));
        driver.send(&send_coupon()).unwrap();
        server.closes(1, closing);
        let result = driver.send(&send_coupon());
        if closing.after_request {
            let error = result.unwrap_err();
            assert!(reused(&error), "{closing:?}: {error:?}");
            assert_eq!(error.outcome(), Outcome::Unknown, "{closing:?}: {error:?}");
            let Error::Transport(error) = error else { unreachable!() };
            assert_eq!(error.phase(), Some(Phase::Head), "{closing:?}: {error:?}");
            assert_eq!(server.requests(), [0, 0], "{closing:?}");
        } else {
            // The driver has noticed that the connection is closed, or it meets that.
            let error = result.err();
            assert!(error.as_ref().is_none_or(reused), "{closing:?}: {error:?}");
            let expected = if error.is_none() { &[0, 1][..] } else { &[0] };
            assert_eq!(server.requests(), expected, "{closing:?}: {error:?}");
        }
    }
}

fn an_operation_that_is_not_idempotent_is_not_sent_twice<D: Driver>() {
    for closing in ALL {
        let (core, platform, _) = pair(now());
        let server = Server::start(kept_alive(&platform), 1, closing);
        let driver = D::new(at(&core, &server.url).with_retry(at_once()));
        driver.send(&send_coupon()).unwrap();
        server.closes(1, closing);
        // The server's responses do not fit, so it is an error anyway.
        let error = driver.send(&StopStock::new("1".into(), "1".into())).unwrap_err();
        let requests = server.requests();
        assert!(matches!(requests[..], [0] | [0, 0] | [0, 1]), "{closing:?}: {requests:?}");
        if closing.after_request {
            assert_eq!((requests, reused(&error)), (vec![0, 0], true), "{closing:?}: {error:?}");
            assert_eq!(error.outcome(), Outcome::Unknown, "{closing:?}: {error:?}");
        }
    }
}

fn many_kept_connections_that_are_closed_at_once_cost_one_attempt_each<D: Driver>() {
    const CONNECTIONS: usize = 8;
    for closing in ALL {
        let (core, platform, _) = pair(now());
        let server = Server::start(kept_alive(&platform), CONNECTIONS, closing);
        let driver = D::new(at(&core, &server.url).with_retry(at_once().with_max_attempts(2)));
        for round in 0..2 {
            if round == 1 {
                server.closes(CONNECTIONS, closing);
            }
            thread::scope(|scope| {
                let calls: Vec<_> =
                    (0..CONNECTIONS).map(|_| scope.spawn(|| driver.send(&send_coupon()))).collect();
                for call in calls {
                    call.join().unwrap().unwrap();
                }
            });
        }
        let requests = server.requests();
        let on_closed = requests.iter().filter(|connection| **connection < CONNECTIONS).count();
        let lost = if closing.after_request { CONNECTIONS } else { 0 };
        assert_eq!(on_closed, CONNECTIONS + lost, "{closing:?}: {requests:?}");
        assert_eq!(requests.len(), 2 * CONNECTIONS + lost, "{closing:?}: {requests:?}");
    }
}

/// The platform was reached, so this is no matter of the connection.
fn a_connection_that_breaks_after_the_first_byte_of_the_response_is_no_closed_one<D: Driver>() {
    for beginning in [&b"H"[..], b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"] {
        let (core, platform, _) = pair(now());
        let response = kept_alive(&platform);
        let url = serve_connections(move |mut stream, _| {
            read_request(&stream);
            stream.write_all(&response).unwrap();
            read_request(&stream);
            let _ = stream.write_all(beginning);
        });
        let driver = D::new(at(&core, &url).with_retry(at_once()));
        driver.send(&send_coupon()).unwrap();
        let error = driver.send(&StopStock::new("1".into(), "1".into())).unwrap_err();
        assert_eq!(transport_kind(&error), TransportErrorKind::MaybeSent, "{error:?}");
        assert!(!reused(&error), "{error:?}");
    }
}

/// A server that responds on one connection as long as it is open. The receiver ends with the connection.
fn one_connection(response: Vec<u8>) -> (String, tokio::sync::oneshot::Receiver<usize>) {
    let (end, ended) = tokio::sync::oneshot::channel();
    let (_, url) = serve_one_connection(move |mut stream| {
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut requests = 0;
        let mut byte = [0];
        loop {
            match stream.peek(&mut byte) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if matches!(error.kind(), TimedOut | WouldBlock) => return,
                Err(_) => break,
            }
            read_request(&stream);
            requests += 1;
            stream.write_all(&response).unwrap();
        }
        end.send(requests).unwrap();
    });
    (url, ended)
}

#[tokio::test]
async fn an_idle_connection_is_kept_for_ten_seconds_and_then_closed_without_traffic() {
    let (core, platform, _) = pair(now());
    let (url, mut ended) = one_connection(kept_alive(&platform));
    let client = wechatpay_hyper::Client::new(at(&core, &url));
    client.send(&send_coupon()).await.unwrap();
    // The clock of the runtime; sockets have no clock.
    let advance = async |seconds| {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(seconds)).await;
        tokio::time::resume();
    };
    for _ in 0..3 {
        advance(9).await;
        client.send(&send_coupon()).await.unwrap();
    }
    assert!(ended.try_recv().is_err());
    advance(10).await;
    let requests = tokio::time::timeout(LIMIT, ended).await.unwrap().unwrap();
    assert_eq!(requests, 4, "all requests had the same connection");
}

#[tokio::test]
async fn the_connections_of_a_client_that_is_dropped_are_closed() {
    let (core, platform, _) = pair(now());
    let (url, ended) = one_connection(kept_alive(&platform));
    let client = wechatpay_hyper::Client::new(at(&core, &url));
    client.send(&send_coupon()).await.unwrap();
    drop(client);
    assert_eq!(tokio::time::timeout(LIMIT, ended).await.unwrap().unwrap(), 1);
}

/// Only the kernel knows that the connection is closed, because the runtime's only thread was busy. A task of the runtime
/// and the future that the runtime was started with are scheduled differently.
#[tokio::test]
async fn a_runtime_that_was_busy_notices_a_closed_connection_before_it_is_used() {
    for (closing, spawned) in [(ALL[0], false), (ALL[0], true), (ALL[1], false), (ALL[1], true)] {
        let (core, platform, _) = pair(now());
        let server = Server::start(kept_alive(&platform), 1, closing);
        let client = wechatpay_hyper::Client::new(single_attempt_at(&core, &server.url));
        client.send(&send_coupon()).await.unwrap();
        // This blocks the thread.
        server.closes(1, closing);
        let send = client.send(&send_coupon());
        let sent = if spawned { tokio::spawn(send).await.unwrap() } else { send.await };
        assert!(sent.is_ok(), "{closing:?}, {spawned}: {sent:?}");
        assert_eq!(server.requests(), [0, 1], "{closing:?}, {spawned}");
    }
}
