//! The async driver over real sockets: against the sandbox, and against servers that do what the sandbox would not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test"
)]

mod faults;
mod sandbox;
mod tls;

use std::io::Cursor;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use wechatpay_conformance::driver::{now, on_the_wire, send};
use wechatpay_conformance::{Platform, pair};
use wechatpay_core::cashcoupons::*;
use wechatpay_core::error::TransportErrorKind;
use wechatpay_core::{BaseUrl, Error, Operation, Outcome, Paged, RetryPolicy};
use wechatpay_hyper::Client;

fn any_send() -> SendCoupon {
    send("1", "wx", "1", "n-1")
}

fn client(core: &wechatpay_core::Client, url: &str) -> Client {
    let quick = RetryPolicy::default().with_delays(Duration::from_millis(1), Duration::from_millis(2));
    Client::new(core.clone().with_base_url(BaseUrl::parse(url).unwrap()).with_retry(quick))
}

/// Gives up on its one attempt after a second.
fn impatient(core: &wechatpay_core::Client, url: &str) -> Client {
    let once = RetryPolicy::never().with_attempt_timeout(Duration::from_secs(1));
    Client::new(core.clone().with_base_url(BaseUrl::parse(url).unwrap()).with_retry(once))
}

fn kind(error: &Error) -> TransportErrorKind {
    let Error::Transport(error) = error else { panic!("{error:?}") };
    error.kind()
}

fn ok(platform: &Platform) -> Vec<u8> {
    on_the_wire(&platform.answer(200, r#"{"coupon_id":"98674556"}"#, now()))
}

fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// Of no use beside their types: futures that can be spawned.
#[test]
fn futures_are_send_and_borrow_nothing() {
    fn spawnable(_: impl Send + 'static) {}
    fn of_any_operation<O: Operation<Response: Send> + 'static>(client: &Client, operation: &O) {
        spawnable(client.send(operation));
    }
    fn of_any_list<O: Paged<Response: Send, Item: Send> + Send + 'static>(client: &Client, operation: O) {
        spawnable(client.list(operation));
    }
    let (core, _, _) = pair(now());
    let client = Client::new(core);
    of_any_operation(&client, &any_send());
    of_any_list(&client, ListStocks::new("1".into()));
    spawnable(async move { client.list(ListStocks::new("1".into())).next().await });
    let (core, _, _) = pair(now());
    spawnable(Client::new(core).download(&UseFlow::new("1".into()), Cursor::new(Vec::new())));
}

#[test]
fn plain_http_is_for_loopback_only() {
    assert_eq!(BaseUrl::parse("http://api.mch.weixin.qq.com").unwrap_err().field(), "base_url");
}
