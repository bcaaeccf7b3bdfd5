//! Failures at a proxy, and of the handshake behind it.

use wechatpay_conformance::scripted::read_head;
use wechatpay_core::settings::Proxy;

use super::*;
use crate::tls::tls_record;

with_every_driver!(
    a_proxy_that_does_not_connect,
    a_proxy_that_never_finishes_its_answer,
    the_handshake_behind_a_proxy_has_its_own_phase,
    nothing_of_a_proxys_credentials_is_shown,
);

/// The URL of the platform in the tests of proxies, which never connect to it.
const PLATFORM: &str = "https://api.mch.weixin.qq.com";

fn behind<D: Driver>(proxy: &str, timeout: Duration) -> D {
    driver::<D>(PLATFORM, timeout).with_proxy(Proxy::parse(proxy).unwrap())
}

fn a_proxy_that_does_not_connect<D: Driver + 'static>() {
    fails(behind::<D>("http://proxy.invalid:3128", LIMIT), PLATFORM, Phase::Resolve, NotSent);
    for (answer, closes) in [
        ("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n", false),
        ("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", false),
        ("HTTP/1.1 502 Bad Gateway\r\n\r\n", true),
        ("no HTTP\r\n\r\n", false),
        ("HTTP/1.1 200", true),
        ("", true),
    ] {
        let proxy = answering(answer.as_bytes(), closes);
        let shown = fails(behind::<D>(&proxy, LIMIT), PLATFORM, Phase::Connect, NotSent);
        // The proxy is named.
        assert!(shown.contains(proxy.trim_start_matches("http://")), "{answer}: {shown}");
    }
    let closed = closed_port();
    let shown = fails(behind::<D>(&closed, LIMIT), PLATFORM, Phase::Connect, NotSent);
    assert!(shown.contains(closed.trim_start_matches("http://")), "{shown}");
}

fn a_proxy_that_never_finishes_its_answer<D: Driver + 'static>() {
    let unresponsive = Unresponsive::start();
    let proxies = [
        format!("http://{}", unresponsive.address),
        answering(b"", false),
        answering(b"HTTP/1.1 200 OK\r\n", false),
        dripping(b"HTTP/1.1 200 OK\r\n", b"x-header: x\r\n"),
    ];
    for proxy in proxies {
        let driver = behind::<D>(&proxy, LIMIT).with_connect_timeout(SHORT);
        fails(driver, PLATFORM, Phase::Connect, NotSent);
        fails(behind::<D>(&proxy, SHORT), PLATFORM, Phase::Connect, NotSent);
    }
    // An endless head is given up before the time is over.
    let endless = serve_connections(|mut stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(&[b'x'; 1024]).is_ok() {}
    });
    fails(behind::<D>(&endless, LIMIT), PLATFORM, Phase::Connect, NotSent);
}

fn the_handshake_behind_a_proxy_has_its_own_phase<D: Driver + 'static>() {
    let established = b"HTTP/1.1 200 Connection established\r\n\r\n";
    for closes in [true, false] {
        let proxy = serve_connections(move |mut stream, _| {
            assert!(read_head(&mut stream).starts_with("CONNECT api.mch.weixin.qq.com:443 HTTP/1.1\r\n"));
            stream.write_all(established).unwrap();
            tls_record(&mut stream);
            if !closes {
                let _ = stream.read_to_end(&mut Vec::new());
            }
        });
        fails(behind::<D>(&proxy, LIMIT).with_connect_timeout(SHORT), PLATFORM, Phase::Tls, NotSent);
    }
}

fn nothing_of_a_proxys_credentials_is_shown<D: Driver + 'static>() {
    let refuses = answering(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", false);
    let silent = answering(b"", false);
    // Some proxies quote the request.
    let quotes = serve_connections(|mut stream, _| {
        let head = read_head(&mut stream);
        let _ = write!(stream, "HTTP/1.1 400 {}\r\n\r\n", head.replace("\r\n", " "));
    });
    for proxy in [refuses, silent, quotes, closed_port()] {
        let proxy = proxy.replace("http://", "http://mallory:hunter2@");
        let driver = behind::<D>(&proxy, LIMIT).with_connect_timeout(SHORT);
        let shown = fails(driver, PLATFORM, Phase::Connect, NotSent);
        // `printf mallory:hunter2 | base64`.
        for secret in ["mallory", "hunter2", "bWFsbG9yeTpodW50ZXIy"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
