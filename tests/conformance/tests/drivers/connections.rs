//! How many connections the blocking driver makes.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use wechatpay_conformance::scripted::read_request;
use wechatpay_conformance::{PROVIDERS, official_client};
use wechatpay_core::cashcoupons::QueryStock;
use wechatpay_core::{BaseUrl, Client, RetryPolicy};

/// A server that answers when `at_once` requests are there, and counts connections. Its answers are errors, which
/// serve as well.
fn server(at_once: usize) -> (Client, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let (counted, together) = (Arc::clone(&connections), Arc::new(Barrier::new(at_once)));
    thread::spawn(move || {
        for stream in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            let (mut stream, together) = (stream.unwrap(), Arc::clone(&together));
            thread::spawn(move || {
                while !read_request(&stream).head.is_empty() {
                    together.wait();
                    stream.write_all(b"HTTP/1.1 404 X\r\ncontent-length: 2\r\n\r\n{}").unwrap();
                }
            });
        }
    });
    let core = official_client(PROVIDERS[1]).with_retry(RetryPolicy::never());
    (core.with_base_url(BaseUrl::parse(&url).unwrap()), connections)
}

fn operation() -> QueryStock {
    QueryStock::new("1".into(), "1".into())
}

#[test]
fn threads_that_send_again_find_their_connections() {
    let (core, connections) = server(16);
    let client = wechatpay_ureq::Client::new(core);
    for _ in 0..3 {
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| client.send(&operation()).unwrap_err());
            }
        });
    }
    assert_eq!(connections.load(Ordering::SeqCst), 16);
}
