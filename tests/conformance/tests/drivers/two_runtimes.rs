//! One async client in several runtimes: each has its own connections, so none depends on another.

use tokio::runtime::{Builder, Runtime};
use wechatpay_hyper::Client;

use crate::*;

/// The longest time to wait for an event.
const LIMIT: Duration = Duration::from_secs(60);

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A client that makes one attempt, and the number of connections that its server has.
fn client() -> (Client, Arc<AtomicUsize>) {
    let (core, platform, _) = pair(now());
    let sent = String::from_utf8(wire(&platform.coupon_sent(now()))).unwrap();
    let response = sent.replace("connection: close\r\n", "");
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let url = serve_connections(move |mut stream, _| {
        counted.fetch_add(1, Ordering::SeqCst);
        while !read_request(&stream).head.is_empty() {
            stream.write_all(response.as_bytes()).unwrap();
        }
    });
    (Client::new(single_attempt_at(&core, &url)), connections)
}

#[test]
fn a_runtime_that_is_blocked_does_not_hold_up_another_one() {
    let (client, connections) = client();
    let ((blocked, is_blocked), (unblock, unblocked)) = (mpsc::channel(), mpsc::channel::<()>());
    thread::scope(|scope| {
        let first = client.clone();
        let thread = scope.spawn(move || {
            runtime().block_on(async {
                first.send(&send_coupon()).await.unwrap();
                blocked.send(()).unwrap();
                // This blocks the runtime's only thread, so its connection is neither read nor written.
                unblocked.recv_timeout(LIMIT).unwrap();
                first.send(&send_coupon()).await.unwrap();
            });
        });
        is_blocked.recv_timeout(LIMIT).unwrap();
        let second = runtime();
        for _ in 0..3 {
            second.block_on(client.send(&send_coupon())).unwrap();
        }
        unblock.send(()).unwrap();
        thread.join().unwrap();
    });
    assert_eq!(connections.load(Ordering::SeqCst), 2, "each runtime has one connection, and reuses it");
}

#[test]
fn a_client_outlives_its_runtimes() {
    let (client, connections) = client();
    for _ in 0..3 {
        let runtime = runtime();
        runtime.block_on(client.send(&send_coupon())).unwrap();
        runtime.block_on(client.send(&send_coupon())).unwrap();
    }
    assert_eq!(connections.load(Ordering::SeqCst), 3);
}

/// The runtime ends while a call waits for its response in another one, and while one waits for its turn.
#[test]
fn a_runtime_that_ends_affects_no_call_in_another_one() {
    let (client, connections) = client();
    let client = client.with_concurrency(1);
    let (first, second) = (runtime(), runtime());
    first.block_on(client.send(&send_coupon())).unwrap();
    let abandoned = first.spawn(client.send(&send_coupon()));
    first.block_on(tokio::task::yield_now());
    drop(first);
    second.block_on(client.send(&send_coupon())).unwrap();
    assert!(second.block_on(abandoned).unwrap_err().is_cancelled());
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}
