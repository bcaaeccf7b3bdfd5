//! The limits of the server, tested with shorter ones than it has.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream as Client};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use wechatpay_core::types::UnixSeconds;

use crate::credentials::Credentials;
use crate::sandbox::Sandbox;
use crate::server::accept::{Listener, Listeners};
use crate::server::limits::Limits;
use crate::server::serve::{listen, serve_within};
use crate::tls::Tls;

const NOW: UnixSeconds = 1_795_363_200;
/// Only ends failing tests.
const DEADLINE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
/// The head of a request whose body is missing.
const STALLED: &str =
    "POST /v3/marketing/favor/coupon-stocks HTTP/1.1\r\nHost: x\r\nContent-Length: 4194304\r\n\r\n";
const LIVE: &str = "GET /_sandbox/livez HTTP/1.1\r\nHost: x\r\n\r\n";
const LIVE_HEAD: &str = "HTTP/1.1 200 OK";

/// The begin of a handshake.
const HELLO: &[u8] = &[22, 3, 1, 2, 0, 1];
static TLS: LazyLock<Tls> = LazyLock::new(|| Tls::generate(["localhost"], NOW).unwrap());

/// A server with limits of its own, which stops when it is dropped.
struct Served {
    runtime: Runtime,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    ended: Option<tokio::task::JoinHandle<()>>,
}

impl Served {
    fn with(limits: Limits) -> Self {
        Self::on(Listener::from, limits)
    }

    fn over_tls(limits: Limits) -> Self {
        Self::on(|socket| Listener::tls(socket, &TLS), limits)
    }

    fn on(listener: impl FnOnce(TcpListener) -> Listener, limits: Limits) -> Self {
        static CREDENTIALS: LazyLock<Credentials> = LazyLock::new(|| Credentials::generate(NOW).unwrap());
        let sandbox = Sandbox::new(CREDENTIALS.clone()).unwrap();
        let (runtime, socket) = listen(([127, 0, 0, 1], 0).into()).unwrap();
        let (address, (stop, stopped)) = (socket.local_addr().unwrap(), oneshot::channel());
        let serving = serve_within(limits, Listeners::new([listener(socket)]), sandbox, || NOW, async {
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

    /// Makes a handshake, sends a request, and returns the begin of the answer.
    fn ask_over_tls(&self) -> String {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(TLS.ca_pem().as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
        let mut stream = StreamOwned::new(client, self.connect(""));
        stream.write_all(LIVE.as_bytes()).unwrap();
        read_head(&mut stream)
    }

    /// Stops the server and waits for its end.
    fn stop(&mut self) {
        drop(self.stop.take());
        let ended = self.ended.take().unwrap();
        self.runtime.block_on(async { timeout(DEADLINE, ended).await }).unwrap().unwrap();
    }
}

/// Reads until the server closes or resets the connection.
fn until_closed(client: Client) -> String {
    String::from_utf8(until_closed_bytes(client)).unwrap()
}

fn until_closed_bytes(mut client: Client) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Err(error) = client.read_to_end(&mut bytes) {
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
    bytes
}

fn read_head(client: &mut impl io::Read) -> String {
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

#[test]
fn stalled_handshakes_hold_up_no_others_and_not_the_end() {
    let limits = Limits { grace: HOUR, head: HOUR, ..Limits::default() };
    let mut served = Served::over_tls(limits);
    let mut stalled: Vec<Client> = (0..20).map(|_| served.connect(HELLO)).collect();
    stalled.extend((0..20).map(|_| served.connect("")));
    assert_eq!(served.ask_over_tls(), LIVE_HEAD);
    served.stop();
    for client in stalled {
        assert_eq!(until_closed(client), "");
    }
}

#[test]
fn stalled_handshakes_are_closed_after_their_time() {
    let served = Served::over_tls(Limits { head: Duration::from_millis(100), ..Limits::default() });
    for client in [served.connect(HELLO), served.connect("")] {
        assert_eq!(until_closed(client), "");
    }
}

#[test]
fn handshakes_that_fail_give_their_places_back() {
    let served = Served::over_tls(Limits { connections: 1, head: HOUR, ..Limits::default() });
    for _ in 0..3 {
        let refused = served.connect([0; 16]);
        // Only an alert, or a reset if it was closed before it was read.
        assert!(until_closed_bytes(refused).first().is_none_or(|first| *first == 21));
        drop(served.connect(HELLO));
        assert_eq!(served.ask_over_tls(), LIVE_HEAD);
    }
}

#[test]
fn plain_http_where_https_is_expected_is_told_so() {
    let served = Served::over_tls(Limits::default());
    let answer = until_closed(served.connect(LIVE));
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("https://"), "{answer}");
    // Only methods of HTTP look like this.
    assert!(!until_closed_bytes(served.connect("get / HTTP/1.1\r\n\r\n")).starts_with(b"HTTP"));
}

#[test]
fn tls_where_plain_http_is_expected_is_refused() {
    let served = Served::with(Limits::default());
    let hello = [HELLO, &[0; 512]].concat();
    assert!(until_closed(served.connect(hello)).starts_with("HTTP/1.1 400 "));
    served.assert_serves();
}
