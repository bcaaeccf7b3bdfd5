//! The number of connections that the blocking driver opens.

use std::sync::Barrier;

use crate::*;

#[test]
fn concurrent_threads_reuse_their_connections() {
    const THREADS: usize = 16;
    let connections = Arc::new(AtomicUsize::new(0));
    let (counted, together) = (Arc::clone(&connections), Arc::new(Barrier::new(THREADS)));
    // The server responds when all threads have sent a request. Its responses are errors, which does not matter here.
    let url = serve_connections(move |mut stream, _| {
        counted.fetch_add(1, Ordering::SeqCst);
        while !read_request(&stream).head.is_empty() {
            together.wait();
            stream.write_all(b"HTTP/1.1 404 X\r\ncontent-length: 2\r\n\r\n{}").unwrap();
        }
    });
    let client = wechatpay_ureq::Client::new(single_attempt_at(&official_client(PROVIDERS[1]), &url));
    for _ in 0..3 {
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| client.send(&query()).unwrap_err());
            }
        });
    }
    assert_eq!(connections.load(Ordering::SeqCst), THREADS);
}
