//! Features of the async driver only: futures that can be spawned and dropped, a stream, and a limit on concurrent
//! requests. Everything else is tested with every driver.

use std::collections::HashSet;
use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream as _;
use tokio::sync::mpsc as events;
use wechatpay_hyper::Client;

use crate::*;

/// A check at compile time: the futures can be spawned.
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
    let client = Client::new(core.clone());
    of_any_operation(&client, &send_coupon());
    of_any_list(&client, ListStocks::new("1".into()));
    spawnable(async move { client.list(ListStocks::new("1".into())).next().await });
    spawnable(Client::new(core).download(&UseFlow::new("1".into()), Cursor::new(Vec::new())));
}

#[tokio::test]
async fn dropping_a_future_closes_its_connection_only() {
    let (core, platform, _) = pair(now());
    let (listener, url) = listener();
    let response = wire(&platform.coupon_sent(now()));
    let (event, mut events) = events::unbounded_channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&stream);
        event.send("received").unwrap();
        // The connection is closed without further bytes.
        assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0);
        event.send("closed").unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&stream);
        stream.write_all(&response).unwrap();
    });
    let client = Client::new(at(&core, &url));
    // A future that is never polled sends nothing.
    drop(client.send(&send_coupon()));
    let sending = tokio::spawn(client.send(&send_coupon()));
    assert_eq!(events.recv().await, Some("received"));
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    assert_eq!(events.recv().await, Some("closed"));
    assert!(client.send(&send_coupon()).await.is_ok());
}

/// The server responds to each request only when the test releases it, and counts concurrent requests.
#[tokio::test]
async fn no_more_requests_are_in_flight_than_allowed() {
    let (core, platform, _) = pair(now());
    let response = wire(&platform.coupon_sent(now()));
    let (arrived, mut arrivals) = events::unbounded_channel();
    let (release, released) = mpsc::channel();
    let (released, most) = (Arc::new(Mutex::new(released)), Arc::new(AtomicUsize::new(0)));
    let (in_flight, seen) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&most));
    let url = serve_connections(move |mut stream, _| {
        if read_request(&stream).head.is_empty() {
            // The client opened a connection that it did not need.
            return;
        }
        seen.fetch_max(in_flight.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        arrived.send(()).unwrap();
        released.lock().unwrap().recv().unwrap();
        in_flight.fetch_sub(1, Ordering::SeqCst);
        stream.write_all(&response).unwrap();
    });
    let client = Client::new(at(&core, &url)).with_concurrency(2);
    let sends: Vec<_> = (0..6).map(|_| tokio::spawn(client.clone().send(&send_coupon()))).collect();
    for _ in 0..2 {
        arrivals.recv().await.unwrap();
    }
    for _ in &sends {
        release.send(()).unwrap();
    }
    for sent in sends {
        sent.await.unwrap().unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_list_ends_after_an_error() {
    let (core, _, _) = pair(now());
    let server = Scripted::start(|_| vec![unsigned_wire(403, "")]);
    let mut stocks = Client::new(at(&core, &server.url)).list(ListStocks::new("1".into()));
    assert_eq!(stocks.next().await.unwrap().unwrap_err().api().unwrap().http_status(), 403);
    assert!(stocks.next().await.is_none());
    assert_eq!(server.all().len(), 1);
    // The same after an error at the end.
    let (core, platform, _) = pair(now());
    let short = platform.signed_response(200, r#"{"total_count":1,"limit":10,"offset":0}"#, now());
    let server = Scripted::start(|_| vec![wire(&short)]);
    let mut stocks = Client::new(at(&core, &server.url)).list(ListStocks::new("1".into()));
    assert!(matches!(stocks.next().await, Some(Err(Error::List(_)))));
    assert!(stocks.next().await.is_none());
}

/// A sandbox, and a client that trusts its public key.
fn start() -> (ServedSandbox, Client) {
    let local = ServedSandbox::start();
    let client = Client::new(local.client());
    (local, client)
}

#[tokio::test]
async fn a_list_is_also_a_stream() {
    let (local, client) = start();
    let mut expected = Vec::new();
    for number in ["n-1", "n-2", "n-3", "n-4", "n-5"] {
        expected.push(client.send(&local.stock(number)).await.unwrap().stock_id.clone());
    }
    let first = ListStocks::new(local.mchid()).page(0, 2);
    let mut found = Vec::new();
    let mut stocks = client.list(first.clone());
    while let Some(stock) = stocks.next().await {
        found.push(stock.unwrap().stock_id);
    }
    assert!(stocks.next().await.is_none());
    let mut streamed = Vec::new();
    let mut stocks = client.list(first.clone());
    while let Some(stock) = poll_fn(|cx| Pin::new(&mut stocks).poll_next(cx)).await {
        streamed.push(stock.unwrap().stock_id);
    }
    assert_eq!(streamed, found);
    found.sort_unstable();
    assert_eq!(found, expected);
    let mut from_the_middle = client.list(first.page(1, 2));
    let mut count = 0;
    while let Some(stock) = poll_fn(|cx| Pin::new(&mut from_the_middle).poll_next(cx)).await {
        stock.unwrap();
        count += 1;
    }
    assert_eq!(count, 3);
}

#[tokio::test]
async fn many_concurrent_sends_lose_and_duplicate_no_coupon() {
    const USERS: u32 = 250;
    let (local, client) = start();
    let mut large = local.stock("n-1");
    large.stock_use_rule = StockRule::new(USERS.into(), Fen::new(100 * i64::from(USERS)), 1);
    let created = client.send(&large).await.unwrap();
    let id = &created.stock_id;
    client.send(&StartStock::new(id.clone(), local.mchid())).await.unwrap();
    local.advance(HOUR + 1);
    // Each request is sent twice, as if a caller had retried it.
    let sends: Vec<_> = (0..2 * USERS)
        .map(|i| format!("user-{}", i % USERS))
        .map(|user| tokio::spawn(client.send(&local.coupon(&user, id, &user))))
        .collect();
    let mut coupons = Vec::new();
    for sent in sends {
        coupons.push(sent.await.unwrap().unwrap().coupon_id.as_str().to_owned());
    }
    let (first, second) = coupons.split_at(USERS as usize);
    assert_eq!(first, second);
    assert_eq!(first.iter().collect::<HashSet<_>>().len(), USERS as usize);
    let found = client.send(&QueryStock::new(id.clone(), local.mchid())).await.unwrap();
    assert_eq!(found.distributed_coupons, Some(USERS.into()));
}
