//! Requests that are not accepted. The ledger keeps nothing of them.

use wechatpay_core::bytes::Bytes;
use wechatpay_core::http::{HeaderValue, Method, Request};

use crate::http::{send, status};
use crate::ledger::{file, notifications};
use crate::listening::Listening;
use crate::merchant::{Merchant, now};
use crate::platform::Platform;

type Change = fn(&mut Request<Bytes>);

fn set(request: &mut Request<Bytes>, name: &'static str, value: &str) {
    request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
}

#[test]
fn forged_and_foreign_requests_get_their_answers_and_leave_nothing() {
    const CHANGES: [(u16, &str, Change); 9] = [
        (401, "another body", |it| *it.body_mut() = Bytes::from_static(b"{}")),
        (401, "no body", |it| *it.body_mut() = Bytes::new()),
        (401, "another nonce", |it| set(it, "wechatpay-nonce", "another")),
        (401, "no signature", |it| drop(it.headers_mut().remove("wechatpay-signature"))),
        (401, "an invented key", |it| set(it, "wechatpay-serial", "PUB_KEY_ID_0")),
        (401, "a signature probe", |it| set(it, "wechatpay-signature", "WECHATPAY/SIGNTEST/AAAA")),
        (405, "GET", |it| *it.method_mut() = Method::GET),
        (413, "a large body", |it| *it.body_mut() = vec![b' '; 300 * 1024].into()),
        (401, "no headers", |it| it.headers_mut().clear()),
    ];
    let merchant = Merchant::new();
    let (program, platform) = (merchant.program(), Platform::new(&merchant, 2));
    let mut listening = Listening::start(&program, "--record");
    let made = platform.used(1);
    for (expected, what, change) in CHANGES {
        let mut request = made.request.clone();
        change(&mut request);
        let response = send(&listening.url, &request);
        assert_eq!(status(&response), expected, "{what}: {response}");
        assert!(response.contains(r#""code":"FAIL""#), "{what}: {response}");
        assert_eq!(expected == 405, response.to_ascii_lowercase().contains("\r\nallow: post\r\n"), "{what}");
    }
    assert_eq!(status(&send(&format!("{}/x", listening.url), &made.request)), 404);
    // Also a proxy with another path or method shows.
    for line in [
        "a signature probe",
        "rejected: callbacks are POST (405)",
        "rejected: the body is too large (413)",
        "rejected: there is nothing at this path (404)",
    ] {
        listening.said(line);
    }
    assert_eq!(listening.post(&platform.used_at(2, now() - 400).request), 401);
    listening.said("rejected: ");
    assert!(notifications(&program).is_empty());
    // The server works as before.
    assert_eq!(listening.post(&made.request), 204);
    let ran = listening.interrupt(&program).succeeded();
    assert_eq!(notifications(&program), [made.id]);
    assert_eq!(ran.stdout.lines().count(), 1, "{ran:?}");
}

#[test]
fn a_request_that_is_no_http_does_not_disturb_the_others() {
    use std::io::{Read as _, Write as _};
    let merchant = Merchant::new();
    let (program, platform) = (merchant.program(), Platform::new(&merchant, 1));
    let listening = Listening::start(&program, "--record");
    let host = listening.url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    // One that never sends more, and one that sends nonsense.
    let mut silent = std::net::TcpStream::connect(host).unwrap();
    silent.write_all(b"POST /wechatpay/callback HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{").unwrap();
    let mut wrong = std::net::TcpStream::connect(host).unwrap();
    wrong.write_all(b"\x16\x03\x01\x02\x00").unwrap();
    let mut answer = String::new();
    wrong.read_to_string(&mut answer).unwrap();
    assert_eq!(status(&answer), 400);
    assert_eq!(listening.post(&platform.used(1).request), 204);
    // An end in order waits for nobody who does not send.
    listening.interrupt(&program).succeeded();
}

/// Somebody could send requests without end, and read no answer.
#[test]
fn a_connection_ends_with_the_first_request_that_is_refused() {
    use std::io::{Read as _, Write as _};
    let merchant = Merchant::new();
    let program = merchant.program();
    let listening = Listening::start(&program, "--record");
    let (host, path) = listening.url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    let request = format!("POST /{path} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{{}}");
    stream.write_all(request.repeat(2).as_bytes()).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 401").count(), 1, "{answers}");
    assert!(answers.to_ascii_lowercase().contains("\r\nconnection: close\r\n"), "{answers}");
    listening.interrupt(&program).succeeded();
}

#[test]
fn a_callback_that_cannot_be_kept_is_not_accepted_and_comes_again() {
    let merchant = Merchant::new();
    let (program, platform) = (merchant.program(), Platform::new(&merchant, 1));
    let mut listening = Listening::start(&program, "--record");
    let ledger = file(&program);
    // As a disk that cannot be written.
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON use_seen BEGIN SELECT RAISE(ABORT, 'no'); END";
    ledger.execute_batch(refuse).unwrap();
    let made = platform.used(1);
    assert_eq!(listening.post(&made.request), 503);
    listening.said("a callback was not kept, so WeChat Pay sends it again");
    assert!(notifications(&program).is_empty());
    ledger.execute_batch("DROP TRIGGER refuse").unwrap();
    assert_eq!(listening.post(&platform.again(&made).request), 204);
    assert_eq!(listening.shown()["repeated"], false);
    listening.interrupt(&program).succeeded();
    assert_eq!(notifications(&program), [made.id]);
}

#[test]
fn a_ledger_that_is_locked_for_too_long_is_no_acceptance() {
    let merchant = Merchant::new();
    let (program, platform) = (merchant.program(), Platform::new(&merchant, 1));
    let mut listening = Listening::start(&program, "--record");
    let ledger = file(&program);
    ledger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let made = platform.used(1);
    assert_eq!(listening.post(&made.request), 503);
    ledger.execute_batch("COMMIT").unwrap();
    // It was kept in the meantime, and the repetition is accepted.
    assert_eq!(listening.shown()["repeated"], false);
    assert_eq!(listening.post(&platform.again(&made).request), 204);
    assert_eq!(listening.shown()["repeated"], true);
    listening.interrupt(&program).succeeded();
    assert_eq!(notifications(&program), [made.id]);
}
