//! The limits of the server, tested with shorter ones than it has.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream as Client};
use std::sync::LazyLock;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::time::timeout;
use wechatpay_core::types::UnixSeconds;

use crate::credentials::Credentials;
use crate::sandbox::Sandbox;
use crate::server::accept::Listeners;
use crate::server::limits::Limits;
use crate::server::serve::{listen, serve_within};

const NOW: UnixSeconds = 1_795_363_200;
/// Only ends failing tests.
const DEADLINE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
/// The head of a request whose body is missing.
const STALLED: &str =
    "POST /v3/marketing/favor/coupon-stocks HTTP/1.1\r\nHost: x\r\nContent-Length: 4194304\r\n\r\n";
const LIVE: &str = "GET /_sandbox/livez HTTP/1.1\r\nHost: x\r\n\r\n";
const LIVE_HEAD: &str = "HTTP/1.1 200 OK";

/// A server with limits of its own, which stops when it is dropped.
struct Served {
    runtime: Runtime,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    ended: Option<tokio::task::JoinHandle<()>>,
}

impl Served {
    fn with(limits: Limits) -> Self {
        static CREDENTIALS: LazyLock<Credentials> = LazyLock::new(|| Credentials::generate(NOW).unwrap());
        let sandbox = Sandbox::new(CREDENTIALS.clone()).unwrap();
        let (runtime, listener) = listen(([127, 0, 0, 1], 0).into()).unwrap();
        let (address, (stop, stopped)) = (listener.local_addr().unwrap(), oneshot::channel());
        let serving = serve_within(limits, Listeners::new([listener]), sandbox, || NOW, async {
            let _ = stopped.await;
        });
        let ended = Some(runtime.spawn(serving));
        Self { runtime, address, stop: Some(stop), ended }
    }

    fn connect(&self, bytes: impl AsRef<[u8]>) -> Client {
        let mut client = Client::connect(self.address).unwrap();
        client.set_read_timeout(Some(DEADLINE)).unwrap();
        client.write_all(bytes.as_ref()).unwrap();
        client
    }

    /// Asserts that a new connection is served.
    #[track_caller]
    fn assert_serves(&self) {
        let once = LIVE.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        assert!(until_closed(self.connect(once)).starts_with(LIVE_HEAD));
    }

    /// Stops the server and waits for its end.
    fn stop(&mut self) {
        drop(self.stop.take());
        let ended = self.ended.take().unwrap();
        self.runtime.block_on(async { timeout(DEADLINE, ended).await }).unwrap().unwrap();
    }
}

/// Reads until the server closes or resets the connection.
fn until_closed(mut client: Client) -> String {
    let mut bytes = Vec::new();
    if let Err(error) = client.read_to_end(&mut bytes) {
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
    String::from_utf8(bytes).unwrap()
}

fn read_head(client: &mut Client) -> String {
    let mut bytes = [0; 15];
    client.read_exact(&mut bytes).unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn stalled_bodies_are_refused_and_closed_after_their_time() {
    let limits = Limits { body: Duration::from_millis(200), head: HOUR, ..Limits::default() };
    let served = Served::with(limits);
    let start = [STALLED.as_bytes(), &vec![b' '; 100_000]].concat();
    let chunked = "POST /v3/certificates HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab";
    let mut stalled: Vec<Client> = (0..50).map(|_| served.connect(&start)).collect();
    stalled.extend((0..25).map(|_| served.connect(STALLED)));
    stalled.extend((0..25).map(|_| served.connect(chunked)));
    served.assert_serves();
    for client in stalled {
        let answer = until_closed(client);
        assert!(
            answer.starts_with("HTTP/1.1 408 ") && answer.contains("\r\nConnection: close\r\n"),
            "{answer}"
        );
    }
}

#[test]
fn stalled_control_requests_have_the_headers_of_the_control_interface() {
    let served = Served::with(Limits { body: Duration::from_millis(50), ..Limits::default() });
    let head = "POST /_sandbox/clock HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{";
    let answer = until_closed(served.connect(head));
    assert!(
        answer.starts_with("HTTP/1.1 408 ") && answer.contains("\r\nX-Content-Type-Options: nosniff\r\n")
    );
}

#[test]
fn small_bodies_do_not_wait_for_large_ones_and_the_memory_is_given_back() {
    // Memory for one large body.
    let limits = Limits { body: HOUR, body_bytes: 4 * 1024 * 1024, ..Limits::default() };
    let served = Served::with(limits);
    let stalled_body = vec![b' '; 4 * 1024 * 1024 - 1];
    // Less than the buffers of a socket, so that writing does not wait for the server.
    let head = "POST /v3/marketing/favor/coupon-stocks HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n";
    let large = [head.as_bytes(), &stalled_body[..100_000]].concat();
    for _ in 0..3 {
        let stalled = served.connect([STALLED.as_bytes(), &stalled_body].concat());
        let mut waiting = served.connect(&large);
        let small =
            "POST /_sandbox/clock HTTP/1.1\r\nHost: x\r\nContent-Length: 21\r\n\r\n{\"advance_seconds\":0}";
        assert_eq!(read_head(&mut served.connect(small)), LIVE_HEAD);
        // The client goes away.
        drop(stalled);
        assert_eq!(read_head(&mut waiting), "HTTP/1.1 400 Ba");
    }
}

#[test]
fn idle_connections_are_closed_and_a_silent_one_too() {
    let served = Served::with(Limits { head: Duration::from_millis(100), ..Limits::default() });
    let (used, silent, partial) = (served.connect(LIVE), served.connect(""), served.connect("GET / HTT"));
    assert!(until_closed(used).starts_with(LIVE_HEAD));
    // hyper answers an incomplete head, or closes without an answer.
    for client in [silent, partial] {
        assert!(!until_closed(client).starts_with(LIVE_HEAD));
    }
}

#[test]
fn connections_beyond_the_limit_wait_for_an_end() {
    let served = Served::with(Limits { connections: 2, head: HOUR, ..Limits::default() });
    let mut open: Vec<Client> = (0..2).map(|_| served.connect(LIVE)).collect();
    for client in &mut open {
        assert_eq!(read_head(client), LIVE_HEAD);
    }
    let mut waiting: Vec<Client> = (0..5).map(|_| served.connect(LIVE)).collect();
    drop(open);
    // Each one makes room for the next.
    while let Some(mut first) = (!waiting.is_empty()).then(|| waiting.remove(0)) {
        assert_eq!(read_head(&mut first), LIVE_HEAD);
    }
}

#[test]
fn stopping_ends_idle_stalled_and_silent_connections() {
    let limits = Limits { grace: Duration::from_millis(50), body: HOUR, head: HOUR, ..Limits::default() };
    let mut served = Served::with(limits);
    let fault = "{\"operation\":\"*\",\"fault\":\"never_answers\",\"times\":20}";
    let add = format!(
        "POST /_sandbox/faults HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{fault}",
        fault.len()
    );
    assert_eq!(read_head(&mut served.connect(add)), LIVE_HEAD);
    let mut open: Vec<Client> = (0..15).map(|_| served.connect(LIVE)).collect();
    for client in &mut open {
        assert_eq!(read_head(client), LIVE_HEAD);
    }
    open.extend((0..15).map(|_| served.connect(STALLED)));
    open.extend((0..20).map(|_| served.connect("GET /v3/certificates HTTP/1.1\r\nHost: x\r\n\r\n")));
    served.assert_serves();
    served.stop();
    assert!(Client::connect(served.address).is_err());
    for client in open {
        until_closed(client);
    }
}
