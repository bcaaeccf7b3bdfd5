//! What an answer without end costs: its cap, whatever is offered. Alone in its process, of which the system knows the most
//! memory it ever had.
#![cfg(target_os = "linux")]

use std::hint::black_box;
use std::io::Write as _;
use std::time::Duration;

use wechatpay_conformance::drivers::{Driver, Hyper, transport_kind};
use wechatpay_conformance::sandbox::ServedSandbox;
use wechatpay_conformance::scripted::{read_request, serving_one};
use wechatpay_conformance::{at, now, pair};
use wechatpay_core::cashcoupons::QueryStock;
use wechatpay_core::error::{DownloadError, TransportErrorKind};
use wechatpay_core::{Error, Outcome, RetryPolicy};

const MIB: u64 = 1024 * 1024;
const OFFERED: u64 = 300 * MIB;
const ALLOWED: u64 = 32 * MIB;

/// The most memory that this process ever had, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
}

#[test]
fn memory_is_bounded_whatever_is_offered() {
    // All that is needed in any case.
    pair(now());
    let before = peak();
    offered_300_mib::<wechatpay_ureq::Client>();
    offered_300_mib::<Hyper>();
    offered_heads_without_end::<wechatpay_ureq::Client>();
    offered_heads_without_end::<Hyper>();
    let grown = peak() - before;
    assert!(grown < ALLOWED, "{grown} bytes");
    // It would have been seen.
    black_box(vec![1_u8; 2 * ALLOWED as usize]);
    assert!(peak() - before > ALLOWED);
}

fn offered_300_mib<D: Driver>() {
    let too_large =
        |error| assert_eq!(transport_kind(&error), TransportErrorKind::ResponseTooLarge { cap: MIB });

    // In chunks, by the sandbox, whose answers and files are that large if one asks.
    let (local, driver) = ServedSandbox::start_for::<D>();
    let flow = local.used_flow(&driver);
    local.fault("stock.query", "oversized");
    let query = QueryStock::new(flow.stock_id.clone(), local.mchid());
    too_large(driver.send(&query).unwrap_err());
    // A file goes to its sink in pieces, and is known to be wrong when all of it has passed.
    local.fault("flow.download", "oversized times=2");
    let error = driver.download(&flow, tempfile::tempfile().unwrap()).unwrap_err();
    let Error::Download(DownloadError::Hash { len, .. }) = error else { panic!("{error:?}") };
    assert_eq!(len, OFFERED);
    let driver = driver.with_download_cap(MIB);
    too_large(driver.download(&flow, tempfile::tempfile().unwrap()).unwrap_err());

    // Announced, so that a client may be tempted to make room.
    let (core, _, _) = pair(now());
    let (server, url) = serving_one(|mut stream| {
        read_request(&stream);
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {OFFERED}\r\n\r\n").unwrap();
        let piece = [b' '; 64 * 1024];
        // Until the client has had enough.
        while stream.write_all(&piece).is_ok() {}
    });
    let driver = D::new(at(&core, &url));
    too_large(driver.send(&query).unwrap_err());
    server.join().unwrap();
}

/// What a server may send before and around a body, by RFC 9112, and nothing in it sets an end.
fn offered_heads_without_end<D: Driver>() {
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
        let (server, url) = serving_one(move |mut stream| {
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
