//! Delivery of notifications by the server to a listener on a local port.

use std::io::Read as _;
use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use serde_json::{Value, json};
use wechatpay_sandbox::Server;

use crate::common::connection::{self, Connection};
use crate::common::{Client, assert_fields, credentials, open, terms, verify};

/// This timeout only ends failing tests.
const LONG: Duration = Duration::from_secs(60);

/// A received notification.
struct Received {
    line: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// The reaction of a merchant to a notification.
#[derive(Clone, Copy)]
enum Behaviour {
    Respond(&'static str),
    CloseConnection,
    /// Sends nothing until the sandbox closes the connection.
    NoResponse,
}

const OK: Behaviour =
    Behaviour::Respond("HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"code\":\"SUCCESS\"}");
const NO_CONTENT: Behaviour = Behaviour::Respond("HTTP/1.1 204 No Content\r\n\r\n");
const FAIL: Behaviour = Behaviour::Respond("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
const REDIRECT: Behaviour =
    Behaviour::Respond("HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n");
const GARBAGE: Behaviour = Behaviour::Respond("220 mail.example ESMTP\r\n");

/// Starts a merchant's server, which accepts one connection for each behaviour. Returns its URL and a channel of the
/// received notifications. `None` on the channel means that the sandbox closed a connection without a response.
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
                Behaviour::CloseConnection => {}
                Behaviour::NoResponse => {
                    // The connection may be closed or reset.
                    let _ = connection.0.read(&mut [0]);
                    sender.send(None).unwrap();
                }
            }
        }
    });
    (url, receiver)
}

/// Returns the real time.
#[expect(clippy::disallowed_methods, reason = "the clock of a test")]
fn clock() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// Starts a server with the callback `url`. Returns it with a client and a coupon to redeem.
fn start(url: &str) -> (Server, Client, String) {
    let (server, client) = connection::start();
    client.post("/callbacks", &json!({ "mchid": credentials().mchid(), "notify_url": url })).ok();
    let stock = client.create_and_start(&terms("create-1"));
    let coupon = client.send_ok("o1", &stock, "send-1");
    (server, client, coupon)
}

/// Sends a control request over HTTP, and returns the status.
fn control(server: &Server, method: &str, path: &str, body: &str) -> u16 {
    Connection::open(server).exchange(connection::control(method, path, body)).unwrap().status
}

fn redeem(server: &Server, coupon: &str) {
    assert_eq!(control(server, "POST", &format!("/coupons/{coupon}/redeem"), ""), 200);
}

/// Waits until the state of the only notification fulfils a condition, and returns it.
#[track_caller]
fn wait_for(client: &Client, condition: impl Fn(&Value) -> bool) -> Value {
    let end = clock() + LONG.as_secs();
    while clock() < end {
        if let Some(known) = client.notifications().into_iter().next().filter(&condition) {
            return known;
        }
        std::thread::yield_now();
    }
    panic!("the condition was not fulfilled: {:?}", client.notifications());
}

#[test]
fn the_server_delivers_the_notification_of_a_redeemed_coupon() {
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
fn delivery_is_retried_when_the_platform_time_is_advanced() {
    let (url, merchant) = merchant(&[FAIL, REDIRECT, Behaviour::CloseConnection, GARBAGE, NO_CONTENT]);
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
fn delivery_is_retried_when_the_real_time_advances() {
    let (url, merchant) = merchant(&[FAIL, OK]);
    let (server, client) = connection::start_at(clock);
    let echo = json!({ "echo_message": "m", "notify_url": url });
    client.call("POST", "/v3/security/echo", echo.to_string()).ok();
    assert!(merchant.recv_timeout(LONG).unwrap().is_some());
    wait_for(&client, |known| known["last_status"] == 500);
    // 58 of 60 seconds. The rest passes in real time without any request.
    client.advance(58);
    assert!(merchant.recv_timeout(LONG).unwrap().is_some());
    wait_for(&client, |known| known["delivered"] == true);
    drop(server);
}

#[test]
fn a_merchant_that_does_not_respond_blocks_no_request_and_is_retried() {
    let (url, merchant) = merchant(&[Behaviour::NoResponse, OK]);
    let (server, client, coupon) = start(&url);
    redeem(&server, &coupon);
    assert!(merchant.recv_timeout(LONG).unwrap().is_some());
    // The attempt is in flight.
    assert_eq!(control(&server, "GET", "/state", ""), 200);
    assert_fields(&client.notifications()[0], json!({ "attempts": 1, "last_failure": null }));
    assert!(merchant.recv_timeout(LONG).unwrap().is_none());
    let known = wait_for(&client, |known| known["last_failure"].is_string());
    assert_eq!(known["last_failure"], "no response within 5 s");
    control(&server, "POST", "/clock", "{\"advance_seconds\":60}");
    assert!(merchant.recv_timeout(LONG).unwrap().is_some());
    wait_for(&client, |known| known["delivered"] == true);
}

#[test]
fn the_state_shows_why_a_delivery_failed() {
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
fn stopping_the_server_ends_a_delivery_in_flight() {
    let (url, merchant) = merchant(&[Behaviour::NoResponse]);
    let (server, client, coupon) = start(&url);
    redeem(&server, &coupon);
    assert!(merchant.recv_timeout(LONG).unwrap().is_some());
    drop(server);
    assert!(merchant.recv_timeout(LONG).unwrap().is_none());
    assert_fields(&client.notifications()[0], json!({ "last_failure": null, "delivered": false }));
}
