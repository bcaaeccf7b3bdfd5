//! Futures of the async driver that are dropped, at every point at which they can wait. Everything they held is
//! released, and nothing is left half done. The case of a future that waits for the head of a response is in
//! `async_client.rs`.

use std::future::{Future, poll_fn};
use std::io::ErrorKind::{TimedOut, WouldBlock};
use std::net::TcpStream;
use std::pin::pin;
use std::task::Poll;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use wechatpay_hyper::Client;

use crate::*;

/// The longest time to wait for an event.
const LIMIT: Duration = Duration::from_secs(30);

/// Serves each connection with the next of these partial responses: sends it, reports "stalled", waits until the client
/// has closed the connection, and reports "gone". Later connections receive the response `rest`.
fn stalling_server(beginnings: Vec<Vec<u8>>, rest: Vec<u8>) -> (String, UnboundedReceiver<&'static str>) {
    let (event, events) = unbounded_channel();
    let url = serve_connections(move |mut stream, number| {
        if read_request(&stream).head.is_empty() {
            return;
        }
        match beginnings.get(number) {
            Some(beginning) => {
                stream.write_all(beginning).unwrap();
                event.send("stalled").unwrap();
                wait_until_closed(stream, &event);
            }
            None => stream.write_all(&rest).unwrap(),
        }
    });
    (url, events)
}

fn wait_until_closed(mut stream: TcpStream, event: &UnboundedSender<&'static str>) {
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    match stream.read(&mut [0]) {
        Ok(more) => assert_eq!(more, 0, "the client sent more bytes"),
        Err(error) => {
            assert!(!matches!(error.kind(), WouldBlock | TimedOut), "the client did not close the connection")
        }
    }
    event.send("gone").unwrap();
}

/// Waits for the next event.
async fn next(events: &mut UnboundedReceiver<&'static str>) -> &'static str {
    timeout(2 * LIMIT, events.recv())
        .await
        .expect("no event within the time limit")
        .expect("the server has ended")
}

/// Drops a call in flight after the server has reported `event`, and waits until its connection is closed.
async fn drop_in_flight<T: std::fmt::Debug>(
    call: JoinHandle<T>,
    event: &str,
    events: &mut UnboundedReceiver<&'static str>,
) {
    assert_eq!(next(events).await, event);
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert_eq!(next(events).await, "gone");
}

/// Polls a future once, and expects that it is pending.
async fn assert_pending(future: impl Future<Output: std::fmt::Debug>) {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Pending => Poll::Ready(()),
        Poll::Ready(result) => panic!("{result:?}"),
    })
    .await;
}

#[tokio::test]
async fn a_call_dropped_while_fetching_certificates_leaves_the_fetch_to_the_next_call() {
    let local = LocalSandbox::new(&credentials(now()), None);
    let core = local.client(local.certificate(PROVIDERS[1]));
    let serials = core.platform().serials();
    local.rotate();
    let (event, mut events) = unbounded_channel();
    let (sends, fetches) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (sandbox, count_sends, count_fetches) = (local.sandbox, Arc::clone(&sends), Arc::clone(&fetches));
    let url = serve_connections(move |mut stream, _| {
        let received = read_request(&stream);
        if received.head.is_empty() {
            return;
        }
        let certificates = received.head.starts_with("GET /v3/certificates ");
        let number = if certificates { &count_fetches } else { &count_sends }.fetch_add(1, Ordering::SeqCst);
        if certificates && number == 0 {
            event.send("fetching").unwrap();
            return wait_until_closed(stream, &event);
        }
        let response = sandbox.handle(received.request().map(Bytes::from), now());
        stream.write_all(&wire(&response)).unwrap();
    });

    let client = Client::new(at(&core, &url));
    drop_in_flight(tokio::spawn(client.send(&send_coupon())), "fetching", &mut events).await;
    assert_eq!(client.core().platform().serials(), serials, "the dropped fetch has changed the keys");
    // The stock does not exist. That response is signed with the new certificate, which the client must have fetched.
    let error = client.send(&send_coupon()).await.unwrap_err();
    assert!(error.api().is_some_and(|api| api.is_verified()), "{error:?}");
    assert_eq!(client.core().platform().serials().len(), 2);
    // Each call sent its operation once.
    assert_eq!((sends.load(Ordering::SeqCst), fetches.load(Ordering::SeqCst)), (2, 2));
}

#[tokio::test]
async fn a_dropped_call_releases_its_concurrency_slot() {
    let (core, platform, _) = pair(now());
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec();
    let (url, mut events) = stalling_server(vec![Vec::new(), head], wire(&platform.coupon_sent(now())));
    let client = Client::new(at(&core, &url)).with_concurrency(1);
    for _ in ["no response", "half a response"] {
        let sending = tokio::spawn(client.send(&send_coupon()));
        assert_eq!(next(&mut events).await, "stalled");
        // Another call waits for the slot, and is dropped while waiting.
        assert_pending(client.send(&send_coupon())).await;
        sending.abort();
        assert!(sending.await.unwrap_err().is_cancelled());
        assert_eq!(next(&mut events).await, "gone");
    }
    assert_eq!(client.send(&send_coupon()).await.unwrap().coupon_id.as_str(), "98674556");
}

#[tokio::test]
async fn a_dropped_download_returns_nothing_and_releases_its_concurrency_slot() {
    let (core, platform, _) = pair(now());
    let (listener, url) = listener();
    let (event, mut events) = unbounded_channel();
    let link = wire(&platform.signed_response(200, &link(&url, ABC_SHA1), now()));
    thread::spawn(move || {
        let whole = unsigned_wire(200, ABC);
        let half = &whole[..whole.len() - 1];
        for response in [&link, half, &link, &whole] {
            let (mut stream, _) = listener.accept().unwrap();
            read_request(&stream);
            stream.write_all(response).unwrap();
            if response == half {
                event.send("stalled").unwrap();
                wait_until_closed(stream, &event);
            }
        }
    });
    let client = Client::new(at(&core, &url)).with_concurrency(1);
    let download = || client.download(&UseFlow::new("1".into()), Cursor::new(Vec::new()));
    drop_in_flight(tokio::spawn(download()), "stalled", &mut events).await;
    assert_eq!(download().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_call_dropped_before_the_connection_is_open_sends_nothing() {
    let (core, _, _) = pair(now());
    let (event, mut events) = unbounded_channel();
    let (_, url) = serve_one_connection(move |mut stream| {
        crate::tls::tls_record(&mut stream);
        event.send("hello").unwrap();
        wait_until_closed(stream, &event);
    });
    let client = Client::new(at(&core, &url.replace("http://", "https://")));
    drop_in_flight(tokio::spawn(client.send(&send_coupon())), "hello", &mut events).await;
}
