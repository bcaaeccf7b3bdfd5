//! The server delivers notifications by itself: to a listener on a local port, as a merchant has it.

use std::io::Read as _;
use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use serde_json::{Value, json};
use wechatpay_sandbox::Server;

use crate::common::connection::{self, Connection};
use crate::common::{Client, assert_fields, credentials, open, terms, verify};

/// Only so that a test that fails does end.
const LONG: Duration = Duration::from_secs(60);

/// A notification as it arrived.
struct Received {
    line: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// What a merchant does when a notification has arrived.
#[derive(Clone, Copy)]
enum Behaviour {
    Respond(&'static str),
    HangUp,
    /// Says nothing until the sandbox hangs up.
    NoResponse,
}

const OK: Behaviour =
    Behaviour::Respond("HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"code\":\"SUCCESS\"}");
const NO_CONTENT: Behaviour = Behaviour::Respond("HTTP/1.1 204 No Content\r\n\r\n");
const FAIL: Behaviour = Behaviour::Respond("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
const REDIRECT: Behaviour =
    Behaviour::Respond("HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n");
const GARBAGE: Behaviour = Behaviour::Respond("220 mail.example ESMTP\r\n");

/// A merchant's URL, and what happens there: each notification, and `None` when the sandbox ended a silence. It
/// takes one connection for each behaviour.
fn merchant(behaviours: &'static [Behaviour]) -> (String, Receiver<Option<Received>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/coupon/used", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for behaviour in behaviours {
            let mut connection = Connection::of(listener.accept().unwrap().0);
            let (line, headers) = connection.read_head_lines().unwrap();
            let body = connection.read_body(&headers);
            sender.send(Some(Received { line, headers, body })).unwrap();
            match behaviour {
                Behaviour::Respond(response) => connection.write(response),
                Behaviour::HangUp => {}
                Behaviour::NoResponse => {
                    // Ended or reset, it is over.
                    let _ = connection.0.read(&mut [0]);
                    sender.send(None).unwrap();
                }
            }
        }
    });
    (url, receiver)
}

/// The real time, which passes.
#[expect(clippy::disallowed_methods, reason = "a test's clock")]
fn clock() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// A server whose merchant listens at `url`, a client inside it, and a coupon to redeem.
fn start(url: &str) -> (Server, Client, String) {
    let (server, client) = connection::start();
    client.post("/callbacks", &json!({ "mchid": credentials().mchid(), "notify_url": url })).ok();
    let stock = client.create_and_start(&terms("create-1"));
    let coupon = client.send_ok("o1", &stock, "send-1");
    (server, client, coupon)
}

/// Calls what is below `/_sandbox` over HTTP; gives the status.
fn control(server: &Server, method: &str, path: &str, body: &str) -> u16 {
    Connection::open(server).exchange(connection::control(method, path, body)).unwrap().status
}

fn redeem(server: &Server, coupon: &str) {
    assert_eq!(control(server, "POST", &format!("/coupons/{coupon}/redeem"), ""), 200);
}

/// What the sandbox says of its only notification, as soon as it is so.
#[track_caller]
fn wait_for(client: &Client, condition: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..10_000_000 {
        let known = client.state()["notifications"][0].clone();
        if condition(&known) {
            return known;
        }
        std::thread::yield_now();
    }
    panic!("it does not happen: {}", client.state());
}

#[test]
fn a_redemption_over_http_arrives_by_itself() {
    let (url, merchant) = merchant(&[OK]);
    let (server, client, coupon) = start(&url);
    redeem(&server, &coupon);
    let received = merchant.recv_timeout(LONG).unwrap().unwrap();
    assert_eq!(received.line, "POST /coupon/used HTTP/1.1");
    assert_eq!(url, format!("http://{}/coupon/used", received.headers["host"].to_str().unwrap()));
    verify(&received.headers, &received.body, credentials().public_key_pem());
    assert_eq!(received.headers["wechatpay-serial"], credentials().public_key_id());
    let envelope: Value = serde_json::from_slice(&received.body).unwrap();
    let used: Value = serde_json::from_slice(&open(&envelope["resource"])).unwrap();
    assert_eq!(used["coupon_id"], coupon);
    let known = wait_for(&client, |known| known["delivered"] == true);
    assert_fields(&known, json!({ "attempts": 1, "last_status": 200 }));
}

#[test]
fn it_is_tried_again_when_the_clock_is_advanced_over_http() {
    let (url, merchant) = merchant(&[FAIL, REDIRECT, Behaviour::HangUp, GARBAGE, NO_CONTENT]);
    let (server, client, coupon) = start(&url);
    redeem(&server, &coupon);
    let mut ids = Vec::new();
    for (attempt, result) in
        [(1, json!(500)), (2, json!(302)), (3, Value::Null), (4, Value::Null), (5, json!(204))]
    {
        let received = merchant.recv_timeout(LONG).unwrap().unwrap();
        // A redirect is not followed.
        assert_eq!(received.line, "POST /coupon/used HTTP/1.1");
        verify(&received.headers, &received.body, credentials().public_key_pem());
        let envelope: Value = serde_json::from_slice(&received.body).unwrap();
        ids.push(envelope["id"].clone());
        let known =
            wait_for(&client, |known| known["next_attempt_time"].is_string() || known["delivered"] == true);
        assert_fields(&known, json!({ "attempts": attempt, "last_status": result }));
        assert_eq!(known["last_failure"].is_string(), result.is_null());
        assert_eq!(control(&server, "POST", "/clock", "{\"advance_seconds\":60}"), 200);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
}

#[test]
fn it_is_tried_again_when_its_time_comes() {
    let (url, merchant) = merchant(&[FAIL, OK]);
    let (server, client) = connection::start_at(clock);
    let echo = json!({ "echo_message": "m", "notify_url": url });
    client.call("POST", "/v3/security/echo", echo.to_string()).ok();
    assert!(merchant.recv_timeout(LONG).unwrap().is_some());
    wait_for(&client, |known| known["last_status"] == 500);
    // A little less than a minute: the rest passes, and nobody calls in the meantime.
    client.advance(58);
    assert!(merchant.recv_timeout(LONG).unwrap().is_some());
    wait_for(&client, |known| known["delivered"] == true);
    drop(server);
}

#[test]
fn a_silent_merchant_holds_up_nobody() {
    let (url, merchant) = merchant(&[Behaviour::NoResponse, OK]);
    let (server, client, coupon) = start(&url);
    redeem(&server, &coupon);
    assert!(merchant.recv_timeout(LONG).unwrap().is_some());
    // While it is under way.
    assert_eq!(control(&server, "GET", "/state", ""), 200);
    assert_fields(&client.state()["notifications"][0], json!({ "attempts": 1, "last_failure": null }));
    assert!(merchant.recv_timeout(LONG).unwrap().is_none());
    let known = wait_for(&client, |known| known["last_failure"].is_string());
    assert_eq!(known["last_failure"], "no answer within 5 s");
    control(&server, "POST", "/clock", "{\"advance_seconds\":60}");
    assert!(merchant.recv_timeout(LONG).unwrap().is_some());
    wait_for(&client, |known| known["delivered"] == true);
}

#[test]
fn what_cannot_be_reached_is_said() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let free = taken.local_addr().unwrap();
    drop(taken);
    for (url, failure) in [
        ("https://127.0.0.1:1/x".to_owned(), "TLS"),
        ("https://merchant.example/x".to_owned(), "TLS"),
        (format!("http://{free}/x"), "connection"),
    ] {
        let (server, client, coupon) = start(&url);
        redeem(&server, &coupon);
        let known = wait_for(&client, |known| known["last_failure"].is_string());
        assert!(known["last_failure"].as_str().unwrap().contains(failure), "{known}");
        assert_eq!(known["delivered"], false);
        drop(server);
    }
}

#[test]
fn nothing_goes_on_after_the_server_has_stopped() {
    let (url, merchant) = merchant(&[Behaviour::NoResponse]);
    let (server, client, coupon) = start(&url);
    redeem(&server, &coupon);
    assert!(merchant.recv_timeout(LONG).unwrap().is_some());
    drop(server);
    assert!(merchant.recv_timeout(LONG).unwrap().is_none());
    assert_fields(&client.state()["notifications"][0], json!({ "last_failure": null, "delivered": false }));
}
