//! An endless response uses no more memory than the response cap. This is the only test in its process, because it
//! measures the peak memory of the process.
#![cfg(target_os = "linux")]

use std::hint::black_box;
use std::io::Write as _;
use std::time::Duration;

use wechatpay_conformance::drivers::{Driver, Hyper, transport_kind};
use wechatpay_conformance::sandbox::ServedSandbox;
use wechatpay_conformance::scripted::{read_request, serve_one_connection};
use wechatpay_conformance::{at, now, pair};
use wechatpay_core::cashcoupons::QueryStock;
use wechatpay_core::error::{DownloadError, TransportErrorKind};
use wechatpay_core::{Error, Outcome, RetryPolicy};

const MIB: u64 = 1024 * 1024;
const OFFERED: u64 = 300 * MIB;
const ALLOWED: u64 = 32 * MIB;

/// The peak memory of this process, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
}

#[test]
fn memory_is_bounded_for_endless_responses() {
    // Allocate what every call needs before measuring.
    pair(now());
    let before = peak();
    offer_300_mib::<wechatpay_ureq::Client>();
    offer_300_mib::<Hyper>();
    offer_endless_heads::<wechatpay_ureq::Client>();
    offer_endless_heads::<Hyper>();
    let grown = peak() - before;
    assert!(grown < ALLOWED, "{grown} bytes");
    // The measurement works: a larger allocation is noticed.
    black_box(vec![1_u8; 2 * ALLOWED as usize]);
    assert!(peak() - before > ALLOWED);
}

fn offer_300_mib<D: Driver>() {
    let too_large =
        |error| assert_eq!(transport_kind(&error), TransportErrorKind::ResponseTooLarge { cap: MIB });

    // In chunks, sent by the sandbox with its fault for oversized responses and files.
    let (local, driver) = ServedSandbox::start_for::<D>();
    let driver = driver.clone_with(|core| core.with_retry(RetryPolicy::never()));
    let flow = local.use_flow_with_one_row(&driver);
    local.fault("stock.query", "oversized");
    let query = QueryStock::new(flow.stock_id.clone(), local.mchid());
    too_large(driver.send(&query).unwrap_err());
    // A file is written to its sink in pieces, and its hash is known only at the end.
    local.fault("flow.download", "oversized times=2");
    let error = driver.download(&flow, tempfile::tempfile().unwrap()).unwrap_err();
    let Error::Download(DownloadError::Hash { len, .. }) = error else { panic!("{error:?}") };
    assert_eq!(len, OFFERED);
    let driver = driver.with_download_cap(MIB);
    too_large(driver.download(&flow, tempfile::tempfile().unwrap()).unwrap_err());

    // With a content length, for which a client might allocate memory in advance.
    let (core, _, _) = pair(now());
    let (server, url) = serve_one_connection(|mut stream| {
        read_request(&stream);
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {OFFERED}\r\n\r\n").unwrap();
        let piece = [b' '; 64 * 1024];
        // Until the client closes the connection.
        while stream.write_all(&piece).is_ok() {}
    });
    let driver = D::new(at(&core, &url));
    too_large(driver.send(&query).unwrap_err());
    server.join().unwrap();
}

/// Parts of a response that RFC 9112 allows to repeat without limit, before and around the body.
fn offer_endless_heads<D: Driver>() {
    const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let (core, _, _) = pair(now());
    for (begin, piece) in [
        ("HTTP/1.1 200 OK\r\n".to_owned(), "x-header: value\r\n"),
        ("HTTP/1.1 200 OK\r\nx-header: ".to_owned(), "value"),
        ("HTTP/1.1 200 ".to_owned(), "reason"),
        (String::new(), "\r\n"),
        (String::new(), "HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n"),
        (CHUNKED.to_owned(), "1\r\n \r\n"),
        (format!("{CHUNKED}1;"), "extension"),
        (CHUNKED.to_owned(), "0"),
        (format!("{CHUNKED}0\r\n"), "x-trailer: value\r\n"),
        (format!("{CHUNKED}0\r\nx-trailer: "), "value"),
    ] {
        let (server, url) = serve_one_connection(move |mut stream| {
            read_request(&stream);
            let pieces = piece.repeat(64 * 1024 / piece.len());
            let mut written = stream.write_all(begin.as_bytes());
            while written.is_ok() {
                written = stream.write_all(pieces.as_bytes());
            }
        });
        let once = RetryPolicy::never().with_attempt_timeout(Duration::from_millis(250));
        let error = D::new(at(&core, &url).with_retry(once))
            .send(&QueryStock::new("1".into(), "1".into()))
            .unwrap_err();
        let kinds = [TransportErrorKind::MaybeSent, TransportErrorKind::ResponseTooLarge { cap: MIB }];
        assert!(kinds.contains(&transport_kind(&error)), "{piece:?}: {error:?}");
        assert_eq!(error.outcome(), Outcome::Unknown);
        server.join().unwrap();
    }
}
