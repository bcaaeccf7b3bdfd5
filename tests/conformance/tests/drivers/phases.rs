//! Failures in every phase of an attempt, with every driver: the error names the phase, and what was tried.

mod proxies;

use std::net::TcpStream;

use ::ureq::tls::{Certificate, RootCerts, TlsConfig};
use wechatpay_conformance::bare::Post;
use wechatpay_conformance::scripted::Unresponsive;
use wechatpay_core::error::{Phase, TransportError};

use crate::tls::{ca, server};
use crate::*;

with_every_driver!(
    a_host_that_cannot_be_connected_to,
    a_tls_handshake_that_fails,
    a_connect_timeout_covers_tcp_and_tls,
    a_server_that_does_not_read,
    a_response_without_a_complete_head,
    a_response_without_a_complete_body,
    a_download_without_a_complete_body,
    a_turn_that_does_not_come,
);

use TransportErrorKind::{MaybeSent, NotSent};

/// Long enough for a connection on loopback, and short enough to be waited for.
const SHORT: Duration = Duration::from_millis(500);
/// Ends a test that would hang.
const LIMIT: Duration = Duration::from_secs(60);

/// A driver that makes one attempt, with this timeout.
fn driver<D: Driver>(url: &str, timeout: Duration) -> D {
    let (core, ..) = pair(now());
    D::new(at(&core, url).with_retry(RetryPolicy::never().with_attempt_timeout(timeout)))
}

/// Sends a request that must not be repeated, and checks its error.
#[track_caller]
fn fails(driver: impl Driver + 'static, url: &str, phase: Phase, kind: TransportErrorKind) -> String {
    fails_with(driver, StopStock::new("1".into(), "1".into()), url, phase, kind)
}

#[track_caller]
fn fails_with<O: Operation<Response: Send + std::fmt::Debug> + Send + 'static>(
    driver: impl Driver + 'static,
    operation: O,
    url: &str,
    phase: Phase,
    kind: TransportErrorKind,
) -> String {
    let (sender, result) = mpsc::channel();
    thread::spawn(move || sender.send(driver.send(&operation).map(drop)));
    let error = result.recv_timeout(LIMIT).expect("the deadline does not hold").unwrap_err();
    checked(&error, url, phase, kind)
}

/// Returns the texts of the error.
#[track_caller]
fn checked(error: &Error, url: &str, phase: Phase, kind: TransportErrorKind) -> String {
    let outcome = if kind == NotSent { Outcome::NotSent } else { Outcome::Unknown };
    let shown = format!("{error:#}\n{error:?}");
    assert_eq!((transport(error).phase(), transport(error).kind()), (Some(phase), kind), "{shown}");
    assert_eq!(error.outcome(), outcome, "{shown}");
    assert!(!transport(error).is_reused_connection(), "{shown}");
    // Scheme, host and port, also if the port is the default.
    let port = if url.matches(':').count() == 1 { ":443" } else { "" };
    assert!(shown.contains(&format!("({url}{port})")), "{shown}");
    shown
}

fn transport(error: &Error) -> &TransportError {
    match error {
        Error::Transport(error) => error,
        error => panic!("{error:?}"),
    }
}

/// The URL of a port on which no server listens.
fn closed_port() -> String {
    listener().1
}

/// A server that reads a request, or whatever comes first, sends this, and closes the connection or leaves it open.
fn answering(answer: &[u8], closes: bool) -> String {
    let answer = answer.to_vec();
    serve_connections(move |mut stream, _| {
        let _ = stream.read(&mut [0; 64 * 1024]);
        let _ = stream.write_all(&answer);
        if !closes {
            let _ = stream.read_to_end(&mut Vec::new());
        }
    })
}

/// A server that sends `beginning` and then these bytes again and again, one every few milliseconds, without an end.
fn dripping(beginning: &'static [u8], drops: &'static [u8]) -> String {
    serve_connections(move |mut stream, _| {
        let _ = stream.read(&mut [0; 64 * 1024]);
        let _ = stream.write_all(beginning);
        for drop in drops.iter().cycle() {
            if stream.write_all(&[*drop]).is_err() {
                return;
            }
            pause();
        }
    })
}

#[expect(clippy::disallowed_methods, reason = "a slow peer")]
fn pause() {
    thread::sleep(Duration::from_millis(20));
}

fn a_host_that_cannot_be_connected_to<D: Driver + 'static>() {
    // The domain `.invalid` is reserved for names that never exist.
    let url = "https://platform.invalid";
    fails(driver::<D>(url, LIMIT), url, Phase::Resolve, NotSent);
    for url in [closed_port(), closed_port().replace("http://", "https://")] {
        fails(driver::<D>(&url, LIMIT), &url, Phase::Connect, NotSent);
    }
    let unresponsive = Unresponsive::start();
    let url = format!("http://{}", unresponsive.address);
    fails(driver::<D>(&url, LIMIT).with_connect_timeout(SHORT), &url, Phase::Connect, NotSent);
    // The time to connect is never longer than the attempt.
    fails(driver::<D>(&url, SHORT), &url, Phase::Connect, NotSent);
}

fn a_tls_handshake_that_fails<D: Driver + 'static>() {
    let https = |url: String| url.replace("http://", "https://");
    for url in [answering(b"", true), answering(&unsigned_wire(400, ""), true)].map(https) {
        fails(driver::<D>(&url, LIMIT), &url, Phase::Tls, NotSent);
    }
    let (port, requests) = server(&ca("unknown"), 2999, Vec::new());
    let url = format!("https://localhost:{port}");
    let shown = fails(driver::<D>(&url, LIMIT), &url, Phase::Tls, NotSent);
    assert!(shown.contains("UnknownIssuer"), "{shown}");
    assert_eq!(requests.iter().count(), 0);
}

fn a_connect_timeout_covers_tcp_and_tls<D: Driver + 'static>() {
    let url = answering(b"", false).replace("http://", "https://");
    fails(driver::<D>(&url, LIMIT).with_connect_timeout(SHORT), &url, Phase::Tls, NotSent);
    fails(driver::<D>(&url, SHORT), &url, Phase::Tls, NotSent);
    // A record of 16 KiB that arrives byte by byte.
    let url = dripping(b"\x16\x03\x03\x40\x00", b"\x02").replace("http://", "https://");
    fails(driver::<D>(&url, LIMIT).with_connect_timeout(SHORT), &url, Phase::Tls, NotSent);
    // It does not cover the response.
    let (core, platform, _) = pair(now());
    let response = wire(&platform.coupon_sent(now()));
    let url = serve_connections(move |mut stream, _| {
        read_request(&stream);
        pause();
        stream.write_all(&response).unwrap();
    });
    let driver = D::new(single_attempt_at(&core, &url)).with_connect_timeout(Duration::from_millis(15));
    assert_eq!(driver.send(&send_coupon()).unwrap().coupon_id.as_str(), "98674556");
}

/// An operation that is larger than the buffers of the operating system.
fn upload() -> Post {
    let mut upload = Post::new("/v3/upload");
    upload.json = Bytes::from(vec![b' '; 32 * 1024 * 1024]);
    upload
}

fn a_server_that_does_not_read<D: Driver + 'static>() {
    let servers: [fn(TcpStream); 3] = [
        // It reads nothing.
        |stream| {
            thread::park_timeout(LIMIT);
            drop(stream);
        },
        // It reads a little now and then, so that each write succeeds.
        |mut stream| {
            while stream.read(&mut [0; 4096]).is_ok_and(|len| len > 0) {
                pause();
            }
        },
        // It closes the connection.
        |mut stream| stream.read_exact(&mut [0; 4096]).unwrap(),
    ];
    for serve in servers {
        let url = serve_connections(move |stream, _| serve(stream));
        fails_with(driver::<D>(&url, 2 * SHORT), upload(), &url, Phase::Write, MaybeSent);
    }
}

fn a_response_without_a_complete_head<D: Driver + 'static>() {
    for (answer, closes) in [
        ("", true),
        ("", false),
        ("HTTP/1.1 2", true),
        ("HTTP/1.1 200 OK\r\nrequest-id: 1\r\n", false),
        ("\0garbage\r\n\r\n", false),
    ] {
        let url = answering(answer.as_bytes(), closes);
        fails(driver::<D>(&url, SHORT), &url, Phase::Head, MaybeSent);
    }
    let url = dripping(b"HTTP/1.1 200 OK\r\n", b"x-header: x\r\n");
    fails(driver::<D>(&url, SHORT), &url, Phase::Head, MaybeSent);
}

fn a_response_without_a_complete_body<D: Driver + 'static>() {
    for (answer, closes) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", true),
        ("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", false),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{", true),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n", false),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nno number\r\n", false),
    ] {
        let url = answering(answer.as_bytes(), closes);
        fails(driver::<D>(&url, SHORT), &url, Phase::Body, MaybeSent);
    }
    let url = dripping(b"HTTP/1.1 200 OK\r\n\r\n", b" ");
    fails(driver::<D>(&url, SHORT), &url, Phase::Body, MaybeSent);
    let url = answering(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n{", false);
    let too_large = TransportErrorKind::ResponseTooLarge { cap: 1024 * 1024 };
    fails(driver::<D>(&url, LIMIT), &url, Phase::Body, too_large);
}

fn a_download_without_a_complete_body<D: Driver>() {
    let (core, platform, _) = pair(now());
    for file in ["HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab", "HTTP/1.1 2"] {
        let server = Scripted::start(|url| {
            let link = wire(&platform.signed_response(200, &link(url, ABC_SHA1), now()));
            // Every driver may repeat a download, with a new link.
            vec![[link, file.as_bytes().to_vec()]; 3].concat()
        });
        let driver = D::new(single_attempt_at(&core, &server.url));
        let error = download(&driver, &UseFlow::new("1".into())).unwrap_err();
        let phase = if file.contains("ab") { Phase::Body } else { Phase::Head };
        assert_eq!(transport(&error).phase(), Some(phase), "{error:?}");
        assert_eq!(transport(&error).origin(), Some(server.url.as_str()));
    }
}

/// A download holds its turn until the whole file was read.
fn a_turn_that_does_not_come<D: Driver>() {
    let (core, platform, _) = pair(now());
    let (listener, url) = listener();
    let link = wire(&platform.signed_response(200, &link(&url, ABC_SHA1), now()));
    let (begin, begun) = mpsc::channel();
    let (finish, finished) = mpsc::channel();
    let server = thread::spawn(move || {
        let accept = || {
            let (stream, _) = listener.accept().unwrap();
            read_request(&stream);
            stream
        };
        accept().write_all(&link).unwrap();
        let file = unsigned_wire(200, ABC);
        let (beginning, end) = file.split_at(file.len() - 1);
        let mut stream = accept();
        stream.write_all(beginning).unwrap();
        begin.send(()).unwrap();
        finished.recv_timeout(LIMIT).unwrap();
        stream.write_all(end).unwrap();
        listener.set_nonblocking(true).unwrap();
        listener.accept().is_ok()
    });
    let core = at(&core, &url).with_retry(RetryPolicy::never().with_total(SHORT));
    let driver = D::new(core).with_concurrency(1).with_download_limits(u64::MAX, LIMIT);
    thread::scope(|scope| {
        let downloading = scope.spawn(|| download(&driver, &UseFlow::new("1".into())).unwrap());
        begun.recv_timeout(LIMIT).unwrap();
        let error = driver.send(&send_coupon()).unwrap_err();
        assert_eq!((transport(&error).phase(), transport(&error).kind()), (Some(Phase::Queue), NotSent));
        assert_eq!(error.outcome(), Outcome::NotSent);
        finish.send(()).unwrap();
        assert_eq!(downloading.join().unwrap().len(), 3);
    });
    assert!(!server.join().unwrap(), "a request without a turn was sent");
}

/// The wording is the same wherever a timeout is over.
#[test]
fn the_blocking_driver_names_each_timeout_with_its_length() {
    type Ureq = wechatpay_ureq::Client;
    let contains = |shown: String, text: &str| assert!(shown.contains(text), "{shown}");
    let unresponsive = Unresponsive::start();
    let url = format!("http://{}", unresponsive.address);
    let shown = fails(driver::<Ureq>(&url, LIMIT).with_connect_timeout(SHORT), &url, Phase::Connect, NotSent);
    contains(shown, "did not answer within the connect timeout of 500ms");
    let url = answering(b"", false);
    let https = url.replace("http://", "https://");
    let shown = fails(driver::<Ureq>(&https, LIMIT).with_connect_timeout(SHORT), &https, Phase::Tls, NotSent);
    contains(shown, "did not complete the TLS handshake within the connect timeout of 500ms");
    let shown = fails(driver::<Ureq>(&https, SHORT), &https, Phase::Tls, NotSent);
    contains(shown, "did not complete the TLS handshake within the attempt's timeout of 500ms");
    let shown = fails(driver::<Ureq>(&url, SHORT), &url, Phase::Head, MaybeSent);
    contains(shown, "no response began within the attempt's timeout of 500ms");
}

#[test]
fn an_agent_of_ones_own_trusts_its_own_ca_and_knows_the_phases() {
    let (core, platform, _) = pair(now());
    let (ours, theirs) = (ca("ours"), ca("theirs"));
    let roots = RootCerts::from([Certificate::from_der(ours.der()).to_owned()]);
    let tls = TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(tls_crypto());
    let agent = wechatpay_ureq::agent(wechatpay_ureq::agent_config().tls_config(tls.build()).build());
    let client = |url: &str| {
        let core = single_attempt_at(&core, url);
        wechatpay_ureq::Client::with_agent(core, agent.clone(), &wechatpay_ureq::PROVIDER)
    };
    let response = wire(&platform.coupon_sent(now()));
    let (port, _requests) = server(&ours, 2999, response.clone());
    let sent = client(&format!("https://localhost:{port}")).send(&send_coupon()).unwrap();
    assert_eq!(sent.coupon_id.as_str(), "98674556");
    let (port, _requests) = server(&theirs, 2999, response);
    let url = format!("https://localhost:{port}");
    fails(client(&url), &url, Phase::Tls, NotSent);
    let url = answering(b"HTTP/1.1 2", true);
    fails(client(&url), &url, Phase::Head, MaybeSent);
}
