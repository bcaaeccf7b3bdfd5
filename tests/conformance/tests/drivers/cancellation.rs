//! Futures of the async driver that are dropped, at every point at which they can wait: what they held is free again,
//! and nothing is half done. (`async_client.rs` has the one that waits for the head of an answer.)

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

/// What takes longer will never be.
const LIMIT: Duration = Duration::from_secs(30);

/// Serves each connection with the next of these beginnings: sends it, says so, waits until the client has gone and
/// says that. Behind them all are answered with `rest`.
fn stalls(beginnings: Vec<Vec<u8>>, rest: Vec<u8>) -> (String, UnboundedReceiver<&'static str>) {
    let (event, events) = unbounded_channel();
    let url = serve_connections(move |mut stream, number| {
        if read_request(&stream).head.is_empty() {
            return;
        }
        match beginnings.get(number) {
            Some(beginning) => {
                stream.write_all(beginning).unwrap();
                event.send("stalled").unwrap();
                until_it_is_gone(stream, &event);
            }
            None => stream.write_all(&rest).unwrap(),
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

/// Drops a call that is under way, when the server has said `event`; its connection is then gone.
async fn dropped<T: std::fmt::Debug>(
    call: JoinHandle<T>,
    event: &str,
    events: &mut UnboundedReceiver<&'static str>,
) {
    assert_eq!(next(events).await, event);
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert_eq!(next(events).await, "gone");
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
    let local = LocalSandbox::new(&credentials(now()), None);
    let core = local.client(local.certificate(PROVIDERS[1]));
    let serials = core.platform().serials();
    local.rotate();
    let (event, mut events) = unbounded_channel();
    let (asked, fetches) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (sandbox, asked_there, fetched_there) = (local.sandbox, Arc::clone(&asked), Arc::clone(&fetches));
    let url = serve_connections(move |mut stream, _| {
        let received = read_request(&stream);
        if received.head.is_empty() {
            return;
        }
        let certificates = received.head.starts_with("GET /v3/certificates ");
        let number = if certificates { &fetched_there } else { &asked_there }.fetch_add(1, Ordering::SeqCst);
        if certificates && number == 0 {
            event.send("fetching").unwrap();
            return until_it_is_gone(stream, &event);
        }
        let answer = sandbox.handle(received.request().map(Bytes::from), now());
        stream.write_all(&wire(&answer)).unwrap();
    });

    let client = Client::new(at(&core, &url));
    dropped(tokio::spawn(client.send(&send_coupon())), "fetching", &mut events).await;
    assert_eq!(client.core().platform().serials(), serials, "nothing is half done");
    // There is no such stock; to learn that, the answer had to be verified with the new certificate.
    let error = client.send(&send_coupon()).await.unwrap_err();
    assert!(error.api().is_some_and(|api| api.is_verified()), "{error:?}");
    assert_eq!(client.core().platform().serials().len(), 2);
    // Each call sent its operation once.
    assert_eq!((asked.load(Ordering::SeqCst), fetches.load(Ordering::SeqCst)), (2, 2));
}

#[tokio::test]
async fn dropped_anywhere_gives_back_its_turn() {
    let (core, platform, _) = pair(now());
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec();
    let (url, mut events) = stalls(vec![Vec::new(), head], wire(&platform.coupon_sent(now())));
    let client = Client::new(at(&core, &url)).with_concurrency(1);
    for _ in ["no answer yet", "half an answer"] {
        let sending = tokio::spawn(client.send(&send_coupon()));
        assert_eq!(next(&mut events).await, "stalled");
        // Another one waits for its turn, and is dropped without having had it.
        waits(client.send(&send_coupon())).await;
        sending.abort();
        assert!(sending.await.unwrap_err().is_cancelled());
        assert_eq!(next(&mut events).await, "gone");
    }
    assert_eq!(client.send(&send_coupon()).await.unwrap().coupon_id.as_str(), "98674556");
}

#[tokio::test]
async fn a_download_that_is_dropped_gives_out_nothing_and_its_turn_back() {
    let (core, platform, _) = pair(now());
    let (listener, url) = listener();
    let (event, mut events) = unbounded_channel();
    let link = wire(&platform.signed_response(200, &link(&url, ABC_SHA1), now()));
    thread::spawn(move || {
        let whole = unsigned_wire(200, ABC);
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
    let client = Client::new(at(&core, &url)).with_concurrency(1);
    let download = || client.download(&UseFlow::new("1".into()), Cursor::new(Vec::new()));
    dropped(tokio::spawn(download()), "stalled", &mut events).await;
    assert_eq!(download().await.unwrap().len(), 3);
}

#[tokio::test]
async fn dropped_before_there_is_a_connection_sends_nothing() {
    let (core, _, _) = pair(now());
    let (event, mut events) = unbounded_channel();
    let (_, url) = serve_one_connection(move |mut stream| {
        crate::tls::tls_record(&mut stream);
        event.send("hello").unwrap();
        until_it_is_gone(stream, &event);
    });
    let client = Client::new(at(&core, &url.replace("http://", "https://")));
    dropped(tokio::spawn(client.send(&send_coupon())), "hello", &mut events).await;
}
