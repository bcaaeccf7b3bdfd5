//! Futures of the async driver that are dropped, at every point at which they can wait: what they held is free again,
//! and nothing is half done. (`async_client.rs` has the one that waits for the head of an answer.)

use std::future::{Future, poll_fn};
use std::io::ErrorKind::{TimedOut, WouldBlock};
use std::io::{Cursor, Read as _, Write as _};
use std::net::TcpStream;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;
use wechatpay_conformance::scripted::{listener, read_request, unsigned, wire};
use wechatpay_conformance::stage::Stage;
use wechatpay_conformance::{Platform, credentials, now, pair};
use wechatpay_core::BaseUrl;
use wechatpay_core::cashcoupons::{SendCoupon, UseFlow};
use wechatpay_hyper::Client;

/// What takes longer will never be.
const LIMIT: Duration = Duration::from_secs(30);

fn send() -> SendCoupon {
    SendCoupon::new("o".into(), "1".into(), "n-1".into(), "wx".into(), "1".into())
}

fn client(core: wechatpay_core::Client, url: &str) -> Client {
    Client::new(core.with_base_url(BaseUrl::parse(url).unwrap()))
}

fn ok(platform: &Platform) -> Vec<u8> {
    wire(&platform.answer(200, r#"{"coupon_id":"98674556"}"#, now()))
}

/// Serves each connection with the next of these beginnings: sends it, says so, waits until the client has gone and
/// says that. Behind them all are answered with `rest`.
fn stalls(beginnings: Vec<Vec<u8>>, rest: Vec<u8>) -> (String, UnboundedReceiver<&'static str>) {
    let (listener, url) = listener();
    let (event, events) = unbounded_channel();
    thread::spawn(move || {
        let mut beginnings = beginnings.into_iter();
        for stream in listener.incoming() {
            let (mut stream, beginning, rest, event) =
                (stream.unwrap(), beginnings.next(), rest.clone(), event.clone());
            thread::spawn(move || {
                if read_request(&stream).head.is_empty() {
                    return;
                }
                match beginning {
                    Some(beginning) => {
                        stream.write_all(&beginning).unwrap();
                        event.send("stalled").unwrap();
                        until_it_is_gone(stream, &event);
                    }
                    None => stream.write_all(&rest).unwrap(),
                }
            });
        }
    });
    (url, events)
}

fn until_it_is_gone(mut stream: TcpStream, event: &UnboundedSender<&'static str>) {
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    match stream.read(&mut [0]) {
        Ok(more) => assert_eq!(more, 0, "nothing more comes but the end"),
        Err(error) => assert!(!matches!(error.kind(), WouldBlock | TimedOut), "it is still there"),
    }
    event.send("gone").unwrap();
}

/// Waits for the next event.
async fn next(events: &mut UnboundedReceiver<&'static str>) -> &'static str {
    timeout(2 * LIMIT, events.recv()).await.expect("something happens").expect("the server is there")
}

/// Polls once, to see that it waits.
async fn waits(future: impl Future<Output: std::fmt::Debug>) {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Pending => Poll::Ready(()),
        Poll::Ready(result) => panic!("{result:?}"),
    })
    .await;
}

#[tokio::test]
async fn dropped_while_it_fetches_certificates_leaves_that_to_the_next() {
    let stage = Stage::new(&credentials(now()), now());
    let known = stage.certificate();
    stage.control(http::Method::POST, "certificates/rotate", "");
    let (listener, url) = listener();
    let (event, mut events) = unbounded_channel();
    let (asked, fetches) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (sandbox, asked_there, fetched_there) =
        (stage.sandbox.clone(), Arc::clone(&asked), Arc::clone(&fetches));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, sandbox) = (stream.unwrap(), sandbox.clone());
            let (event, asked, fetches) =
                (event.clone(), Arc::clone(&asked_there), Arc::clone(&fetched_there));
            thread::spawn(move || {
                let received = read_request(&stream);
                if received.head.is_empty() {
                    return;
                }
                let certificates = received.head.starts_with("GET /v3/certificates ");
                let number = if certificates { &fetches } else { &asked }.fetch_add(1, Ordering::SeqCst);
                if certificates && number == 0 {
                    event.send("fetching").unwrap();
                    return until_it_is_gone(stream, &event);
                }
                let answer = sandbox.handle(received.request().map(Bytes::from), now());
                stream.write_all(&wire(&answer)).unwrap();
            });
        }
    });

    let core = stage.with_api_v3_key(stage.client(known));
    let serials = core.platform().serials();
    let client = client(core, &url);
    let fetching = tokio::spawn(client.send(&send()));
    assert_eq!(next(&mut events).await, "fetching");
    fetching.abort();
    assert!(fetching.await.unwrap_err().is_cancelled());
    assert_eq!(next(&mut events).await, "gone");
    assert_eq!(client.core().platform().serials(), serials, "nothing is half done");
    // There is no such stock; to learn that, the answer had to be verified with the new certificate.
    let error = client.send(&send()).await.unwrap_err();
    assert!(error.api().is_some_and(|api| api.is_verified()), "{error:?}");
    assert_eq!(client.core().platform().serials().len(), 2);
    // Each call sent its operation once.
    assert_eq!((asked.load(Ordering::SeqCst), fetches.load(Ordering::SeqCst)), (2, 2));
}

#[tokio::test]
async fn dropped_anywhere_gives_back_its_turn() {
    let (core, platform, _) = pair(now());
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec();
    let (url, mut events) = stalls(vec![Vec::new(), head], ok(&platform));
    let client = client(core, &url).with_concurrency(1);
    for _ in ["no answer yet", "half an answer"] {
        let sending = tokio::spawn(client.send(&send()));
        assert_eq!(next(&mut events).await, "stalled");
        // Another one waits for its turn, and is dropped without having had it.
        waits(client.send(&send())).await;
        sending.abort();
        assert!(sending.await.unwrap_err().is_cancelled());
        assert_eq!(next(&mut events).await, "gone");
    }
    assert_eq!(client.send(&send()).await.unwrap().coupon_id.as_str(), "98674556");
}

#[tokio::test]
async fn a_download_that_is_dropped_gives_out_nothing_and_its_turn_back() {
    let (core, platform, _) = pair(now());
    let (listener, url) = listener();
    let (event, mut events) = unbounded_channel();
    // `printf abc | sha1sum`.
    let link = format!(
        r#"{{"url":"{url}/f?token=1","hash_value":"a9993e364706816aba3e25717850c26c9cd0d89d","hash_type":"SHA1"}}"#
    );
    let link = wire(&platform.answer(200, &link, now()));
    thread::spawn(move || {
        let whole = unsigned(200, "abc");
        let half = &whole[..whole.len() - 1];
        for answer in [&link, half, &link, &whole] {
            let (mut stream, _) = listener.accept().unwrap();
            read_request(&stream);
            stream.write_all(answer).unwrap();
            if answer == half {
                event.send("stalled").unwrap();
                until_it_is_gone(stream, &event);
            }
        }
    });
    let client = client(core, &url).with_concurrency(1);
    let download = || client.download(&UseFlow::new("1".into()), Cursor::new(Vec::new()));
    let downloading = tokio::spawn(download());
    assert_eq!(next(&mut events).await, "stalled");
    downloading.abort();
    assert!(downloading.await.unwrap_err().is_cancelled());
    assert_eq!(next(&mut events).await, "gone");
    assert_eq!(download().await.unwrap().len(), 3);
}

#[tokio::test]
async fn dropped_before_there_is_a_connection_sends_nothing() {
    let (core, _, _) = pair(now());
    let (listener, url) = listener();
    let (event, mut events) = unbounded_channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut record = [0; 5];
        stream.read_exact(&mut record).unwrap();
        // RFC 8446, 5.1: a record of the handshake, and its length.
        assert_eq!(record[0], 22);
        let mut hello = vec![0; usize::from(u16::from_be_bytes([record[3], record[4]]))];
        stream.read_exact(&mut hello).unwrap();
        event.send("hello").unwrap();
        until_it_is_gone(stream, &event);
    });
    let client = client(core, &url.replace("http://", "https://"));
    let connecting = tokio::spawn(client.send(&send()));
    assert_eq!(next(&mut events).await, "hello");
    connecting.abort();
    assert!(connecting.await.unwrap_err().is_cancelled());
    assert_eq!(next(&mut events).await, "gone");
}
