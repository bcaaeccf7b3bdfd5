//! The async driver over real sockets: against the sandbox, and against servers that do what the sandbox would not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test"
)]

use std::future::poll_fn;
use std::io::{Cursor, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use futures_core::Stream as _;
use http::Request;
use tokio::sync::mpsc as events;
use wechatpay_conformance::scripted::{on_the_wire, read_request, scripted};
use wechatpay_conformance::{PROVIDERS, Platform, pair};
use wechatpay_core::cashcoupons::*;
use wechatpay_core::error::{ErrorCode, TransportErrorKind};
use wechatpay_core::types::{Fen, Timestamp};
use wechatpay_core::{BaseUrl, Error, Merchant, Operation, Outcome, Paged, PlatformKeys, RetryPolicy};
use wechatpay_hyper::Client;
use wechatpay_sandbox::{Credentials, Sandbox, Server};

#[expect(clippy::disallowed_methods, reason = "the driver signs with the real time")]
fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

fn stock(mchid: &str, number: &str) -> CreateCouponStock {
    CreateCouponStock::new(RequiredStockFields {
        out_request_no: number.into(),
        stock_name: "driver".into(),
        belong_merchant: mchid.into(),
        // Not yet begun, so that no clock's tick matters.
        available_begin_time: Timestamp::from_unix(now() + 3600).unwrap(),
        available_end_time: Timestamp::from_unix(now() + 7200).unwrap(),
        stock_use_rule: StockRule::new(5, Fen::new(500), 1),
        coupon_use_rule: CouponRule::normal(Fen::new(100), Fen::new(200), [mchid.into()]),
        no_cash: true,
    })
}

fn send(mchid: &str, appid: &str, stock_id: &str, number: &str) -> SendCoupon {
    SendCoupon::new("o/用户|+% 1".into(), stock_id.into(), number.into(), appid.into(), mchid.into())
}

fn any_send() -> SendCoupon {
    send("1", "wx", "1", "n-1")
}

struct World {
    client: Client,
    sandbox: Sandbox,
    mchid: String,
    appid: String,
    _server: Server,
}

/// With the public key, or with the certificate, as the merchant prefers.
fn world(certificate: bool) -> World {
    let credentials = Credentials::generate(now()).unwrap();
    let (mchid, appid) = (credentials.mchid().to_owned(), credentials.appid().to_owned());
    let sandbox = Sandbox::new(credentials.clone()).unwrap();
    let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), sandbox.clone(), now).unwrap();
    let provider = PROVIDERS[usize::from(certificate)];
    let merchant = Merchant::from_pem(
        provider,
        mchid.as_str().into(),
        credentials.serial_no(),
        credentials.private_key_pem(),
    );
    let keys = PlatformKeys::new();
    if certificate {
        keys.add_certificate(provider, credentials.platform_certificate_pem()).unwrap();
    } else {
        keys.add_public_key(provider, credentials.public_key_id(), credentials.public_key_pem()).unwrap();
    }
    let core = wechatpay_core::Client::new(merchant.unwrap(), keys).unwrap();
    let client = Client::new(core.with_base_url(BaseUrl::parse(&server.url()).unwrap()));
    World { client, sandbox, mchid, appid, _server: server }
}

impl World {
    fn control(&self, path: &str, body: String) {
        let request = Request::post(format!("/_sandbox{path}")).body(body.into()).unwrap();
        assert_eq!(self.sandbox.handle(request, now()).status(), 200);
    }

    fn advance(&self, seconds: u64) {
        self.control("/clock", format!(r#"{{"advance_seconds": {seconds}}}"#));
    }
}

#[tokio::test]
async fn every_operation_against_the_sandbox() {
    for certificate in [false, true] {
        let world = world(certificate);
        let (client, mchid, appid) = (&world.client, world.mchid.as_str(), world.appid.as_str());
        let created = client.send(&stock(mchid, "n-1")).await.unwrap();
        assert!(created.is_verified() && created.request_id().is_some());
        let mut other_stock = stock(mchid, "n-1");
        other_stock.stock_use_rule = StockRule::new(6, Fen::new(600), 1);
        let refused = client.send(&other_stock).await.unwrap_err();
        assert_eq!(refused.api().unwrap().code(), Some(&ErrorCode::InvalidRequest));
        let id = created.stock_id.as_str();
        client.send(&StartStock::new(id.into(), mchid.into())).await.unwrap();
        // It has not begun yet.
        let early = client.send(&send(mchid, appid, id, "c-1")).await.unwrap_err();
        assert_eq!(early.api().unwrap().code(), Some(&ErrorCode::RequestBlocked));
        assert_eq!(early.api().unwrap().internal_code(), Some("270079533"));
        assert_eq!(early.outcome(), Outcome::Rejected);
        let paused = client.send(&PauseStock::new(id.into(), mchid.into())).await.unwrap();
        assert!(paused.pause_time.unix_seconds().is_some());
        client.send(&RestartStock::new(id.into(), mchid.into())).await.unwrap();
        let other = client.send(&stock(mchid, "n-2")).await.unwrap();
        client.send(&StopStock::new(other.stock_id.clone(), mchid.into())).await.unwrap();
        let found = client.send(&QueryStock::new(id.into(), mchid.into())).await.unwrap();
        assert_eq!((&found.status, found.distributed_coupons), (&StockStatus::Running, Some(0)));
        let page = client.send(&ListStocks::new(mchid.into()).status(StockStatus::Stopped)).await.unwrap();
        assert_eq!((page.total_count, page.data[0].stock_id.clone()), (1, other.stock_id.clone()));
        let held = ListCouponsByFilter::by_creator("o".into(), appid.into(), mchid.into());
        assert_eq!(client.send(&held).await.unwrap().total_count, 0);
        let query = QueryCoupon::new("o".into(), "1".into(), appid.into());
        let missing = client.send(&query).await.unwrap_err();
        assert_eq!(missing.api().unwrap().code(), Some(&ErrorCode::ResourceNotExists));
    }
}

#[tokio::test]
async fn a_list_goes_on_across_its_pages() {
    let world = world(false);
    let mut expected = Vec::new();
    for number in ["n-1", "n-2", "n-3", "n-4", "n-5"] {
        expected.push(world.client.send(&stock(&world.mchid, number)).await.unwrap().stock_id.clone());
    }
    let first = ListStocks::new(world.mchid.as_str().into()).page(0, 2);
    let mut found = Vec::new();
    let mut stocks = world.client.list(first.clone());
    while let Some(stock) = stocks.next().await {
        found.push(stock.unwrap().stock_id);
    }
    assert!(stocks.next().await.is_none());
    found.sort_unstable();
    assert_eq!(found, expected);
    // The same as a `Stream`.
    let mut stocks = world.client.list(first.page(1, 2));
    let mut found = 0;
    while let Some(stock) = poll_fn(|cx| Pin::new(&mut stocks).poll_next(cx)).await {
        stock.unwrap();
        found += 1;
    }
    assert_eq!(found, 3);
}

#[tokio::test]
async fn a_list_ends_after_an_error() {
    let (core, _, _) = pair(now());
    let (url, requests) =
        scripted(vec![b"HTTP/1.1 403 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into()]);
    let mut stocks = client(&core, &url).list(ListStocks::new("1".into()));
    assert_eq!(stocks.next().await.unwrap().unwrap_err().api().unwrap().status(), 403);
    assert!(stocks.next().await.is_none());
    assert_eq!(requests.iter().count(), 1);
}

#[tokio::test]
async fn a_flow_file_is_downloaded_and_checked() {
    let world = world(false);
    let (client, mchid, appid) = (&world.client, world.mchid.as_str(), world.appid.as_str());
    let created = client.send(&stock(mchid, "n-1")).await.unwrap();
    let id = created.stock_id.as_str();
    client.send(&StartStock::new(id.into(), mchid.into())).await.unwrap();
    world.advance(3601);
    let coupon = client.send(&send(mchid, appid, id, "c-1")).await.unwrap();
    world.control(&format!("/coupons/{}/redeem", coupon.coupon_id), String::new());

    let operation = UseFlow::new(id.into());
    let early = client.download(&operation, Cursor::new(Vec::new())).await.unwrap_err();
    assert_eq!(early.api().unwrap().code(), Some(&ErrorCode::ResourceNotExists));
    world.advance(3 * 24 * 60 * 60);
    // What stood before it stays.
    let mut sink = Cursor::new(b"kept".to_vec());
    sink.set_position(4);
    let file = client.download(&operation, sink).await.unwrap();
    let rows: Vec<_> = FlowRows::from(file).map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0].coupon_id, rows[0].discount_amount), (&coupon.coupon_id, Some(Fen::new(100))));

    let small = client.clone().with_download_limits(10, Duration::from_secs(10));
    let error = small.download(&operation, Cursor::new(Vec::new())).await.unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::ResponseTooLarge { cap: 10 });
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

#[tokio::test]
async fn failures_are_repeated_with_the_identical_body() {
    let (core, platform, _) = pair(now());
    let unavailable =
        b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>".to_vec();
    // A closed connection, an error page, a success.
    let (url, requests) = scripted(vec![Vec::new(), unavailable, ok(&platform)]);
    let sent = client(&core, &url).send(&any_send()).await.unwrap();
    assert_eq!(sent.coupon_id.as_str(), "98674556");
    let requests: Vec<String> = requests.iter().collect();
    let [first, second, third] = requests.as_slice() else { panic!("{requests:?}") };
    let body = |request: &str| request.split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!((body(first), body(second)), (body(second), body(third)));
    let target = "POST /v3/marketing/favor/users/o%2F%E7%94%A8%E6%88%B7%7C%2B%25%201/coupons HTTP/1.1\r\n";
    assert!(requests.iter().all(|request| request.starts_with(target)), "{first}");
    assert!(requests.iter().all(|request| !request.to_lowercase().contains("accept-encoding")), "{first}");
    assert_ne!(first, second);
}

#[tokio::test]
async fn an_answer_over_the_cap_is_not_read() {
    let (core, platform, _) = pair(now());
    let body = format!(r#"{{"coupon_id":"1","padding":"{}"}}"#, "x".repeat(2 * 1024 * 1024));
    let large = on_the_wire(&platform.answer(200, &body, now()));
    let (url, _requests) = scripted(vec![large.clone()]);
    let error = client(&core, &url).send(&any_send()).await.unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::ResponseTooLarge { cap: 1024 * 1024 });
    assert_eq!(error.outcome(), Outcome::Unknown);
    let (url, _requests) = scripted(vec![large]);
    let client = client(&core, &url).with_response_cap(3 * 1024 * 1024);
    assert_eq!(client.send(&any_send()).await.unwrap().coupon_id.as_str(), "1");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (core, _, _) = pair(now());
    let redirect =
        b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let (url, requests) = scripted(vec![redirect.to_vec()]);
    let error = client(&core, &url).send(&QueryStock::new("1".into(), "1".into())).await.unwrap_err();
    assert_eq!(error.api().unwrap().status(), 302);
    let requests: Vec<String> = requests.iter().collect();
    assert_eq!(requests.len(), 1);
    // No body, and nothing said of one.
    assert!(!requests[0].to_lowercase().contains("content-length"), "{requests:?}");
}

#[tokio::test]
async fn nobody_there_is_not_sent() {
    let (core, _, _) = pair(now());
    let (listener, url) = listener();
    drop(listener);
    let error = client(&core, &url).send(&any_send()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
    // Reserved for names that never exist.
    let error = client(&core, "https://platform.invalid").send(&any_send()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_is_unknown_and_not_repeated_unless_idempotent() {
    let (core, _, _) = pair(now());
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec();
    for broken in [Vec::new(), b"HTTP/1.1 2".to_vec(), b"\0garbage\r\n\r\n".to_vec(), cut] {
        let (url, requests) = scripted(vec![broken]);
        let error = client(&core, &url).send(&StopStock::new("1".into(), "1".into())).await.unwrap_err();
        assert_eq!(kind(&error), TransportErrorKind::MaybeSent, "{error:?}");
        assert_eq!(error.outcome(), Outcome::Unknown);
        assert_eq!(requests.iter().count(), 1);
    }
}

/// The keep-alive race: the server closes the connection just as the next request comes.
#[tokio::test]
async fn a_connection_that_breaks_when_it_is_used_again_is_unknown() {
    let (core, platform, _) = pair(now());
    let (listener, url) = listener();
    let answer = ok(&platform);
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&stream);
        let kept_alive = String::from_utf8(answer).unwrap().replace("connection: close\r\n", "");
        stream.write_all(kept_alive.as_bytes()).unwrap();
        read_request(&stream);
    });
    let client = client(&core, &url);
    client.send(&any_send()).await.unwrap();
    // Lets the connection go back to the pool.
    tokio::task::yield_now().await;
    let error = client.send(&StopStock::new("1".into(), "1".into())).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
}

/// Accepts, reads, sends this, and then does nothing until the client is gone.
fn silent(beginning: &'static [u8]) -> String {
    let (listener, url) = listener();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(beginning);
                let _ = stream.read_to_end(&mut Vec::new());
            });
        }
    });
    url
}

#[tokio::test]
async fn a_server_that_falls_silent_ends_the_attempt() {
    let (core, _, _) = pair(now());
    for beginning in [&b""[..], b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"] {
        let error = impatient(&core, &silent(beginning)).send(&any_send()).await.unwrap_err();
        assert_eq!(kind(&error), TransportErrorKind::MaybeSent, "{error:?}");
    }
    // Without TLS there was no connection, and nothing was sent.
    let url = silent(b"").replace("http://", "https://");
    let error = impatient(&core, &url).send(&any_send()).await.unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::NotSent, "{error:?}");
}

#[tokio::test]
async fn a_future_that_is_dropped_takes_its_connection_along_and_nothing_else() {
    let (core, platform, _) = pair(now());
    let (listener, url) = listener();
    let answer = ok(&platform);
    let (event, mut events) = events::unbounded_channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&stream);
        event.send("asked").unwrap();
        // Nothing more comes but the end.
        assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0);
        event.send("closed").unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&stream);
        stream.write_all(&answer).unwrap();
    });
    let client = client(&core, &url);
    // Never polled: never sent.
    drop(client.send(&any_send()));
    let sending = tokio::spawn(client.send(&any_send()));
    assert_eq!(events.recv().await, Some("asked"));
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    assert_eq!(events.recv().await, Some("closed"));
    assert!(client.send(&any_send()).await.is_ok());
}

/// Answers each request only when told, and counts how many there are at once.
#[tokio::test]
async fn no_more_requests_are_under_way_than_allowed() {
    let (core, platform, _) = pair(now());
    let (listener, url) = listener();
    let answer = ok(&platform);
    let (arrived, mut arrivals) = events::unbounded_channel();
    let (release, released) = mpsc::channel();
    let (released, most) = (Arc::new(Mutex::new(released)), Arc::new(AtomicUsize::new(0)));
    let (under_way, seen) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&most));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer, arrived) = (stream.unwrap(), answer.clone(), arrived.clone());
            let (released, under_way, seen) =
                (Arc::clone(&released), Arc::clone(&under_way), Arc::clone(&seen));
            thread::spawn(move || {
                if read_request(&stream).is_empty() {
                    // A connection that was not needed in the end.
                    return;
                }
                seen.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                arrived.send(()).unwrap();
                released.lock().unwrap().recv().unwrap();
                under_way.fetch_sub(1, Ordering::SeqCst);
                stream.write_all(&answer).unwrap();
            });
        }
    });
    let client = client(&core, &url).with_concurrency(2);
    let sends: Vec<_> = (0..6).map(|_| tokio::spawn(client.clone().send(&any_send()))).collect();
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

#[test]
fn plain_http_is_for_loopback_only() {
    assert_eq!(BaseUrl::parse("http://api.mch.weixin.qq.com").unwrap_err().field(), "base_url");
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

#[tokio::test]
async fn no_error_shows_who_it_was_about() {
    let (core, _, _) = pair(now());
    let (listener, nobody) = listener();
    drop(listener);
    let (closing, _requests) = scripted(vec![Vec::new(); 3]);
    let secret = QueryCoupon::new("oSecretPerson".into(), "1".into(), "wx".into());
    for url in [nobody.as_str(), closing.as_str(), "https://platform.invalid"] {
        let error = client(&core, url).send(&secret).await.unwrap_err();
        let mut shown = format!("{error:?}");
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(error) = cause {
            shown += &error.to_string();
            cause = error.source();
        }
        assert!(!shown.contains("oSecretPerson"), "{shown}");
    }
}

mod tls {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use rustls::{ClientConfig, RootCertStore, ServerConfig, ServerConnection, StreamOwned};
    use wechatpay_hyper::PROVIDER;

    use super::*;

    type Ca = CertifiedIssuer<'static, KeyPair>;

    fn ca(name: &str) -> Ca {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    }

    /// Answers one request, if it comes to that. Its certificate is for `localhost`.
    fn server(ca: &Ca, last_year: i32, answer: Vec<u8>) -> (u16, mpsc::Receiver<String>) {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(last_year, 1, 1));
        let key = KeyPair::generate().unwrap();
        let chain = vec![params.signed_by(&key, ca).unwrap().der().clone()];
        let config = ServerConfig::builder_with_provider(crypto())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .unwrap();
        let (listener, _) = listener();
        let port = listener.local_addr().unwrap().port();
        let (asked, requests) = mpsc::channel();
        thread::spawn(move || {
            let (mut stream, _): (TcpStream, _) = listener.accept().unwrap();
            let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
            if connection.complete_io(&mut stream).is_err() {
                return;
            }
            let mut stream = StreamOwned::new(connection, stream);
            asked.send(read_request(&mut stream)).unwrap();
            stream.write_all(&answer).unwrap();
            stream.conn.send_close_notify();
            let _ = stream.flush();
        });
        (port, requests)
    }

    fn crypto() -> Arc<rustls::crypto::CryptoProvider> {
        Arc::new(rustls::crypto::aws_lc_rs::default_provider())
    }

    fn trusting(ca: &CertificateDer<'static>, core: wechatpay_core::Client) -> Client {
        let mut roots = RootCertStore::empty();
        roots.add(ca.clone()).unwrap();
        let tls = ClientConfig::builder_with_provider(crypto())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector =
            hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_http1();
        Client::with_connector(core, connector.build(), &PROVIDER)
    }

    #[tokio::test]
    async fn only_the_right_certificate_gets_the_request() {
        let (core, platform, _) = pair(now());
        let (ours, theirs) = (ca("ours"), ca("theirs"));
        // who is trusted, the host that is called, the year the certificate ends, what is wrong with it
        let cases = [
            (Some(&ours), "localhost", 2999, None),
            (Some(&ours), "127.0.0.1", 2999, Some("NotValidForName")),
            (Some(&ours), "localhost", 2021, Some("Expired")),
            (Some(&theirs), "localhost", 2999, Some("UnknownIssuer")),
            // The roots of Mozilla.
            (None, "localhost", 2999, Some("UnknownIssuer")),
        ];
        for (trusted, host, last_year, problem) in cases {
            let (port, requests) = server(&ours, last_year, ok(&platform));
            let core = core.clone().with_retry(RetryPolicy::never());
            let core = core.with_base_url(BaseUrl::parse(&format!("https://{host}:{port}")).unwrap());
            let client = match trusted {
                Some(ca) => trusting(ca.der(), core),
                None => Client::new(core),
            };
            let result = client.send(&any_send()).await;
            let Some(problem) = problem else {
                assert_eq!(result.unwrap().coupon_id.as_str(), "98674556");
                assert_eq!(requests.iter().count(), 1);
                continue;
            };
            let error = result.unwrap_err();
            assert!(format!("{error:?}").contains(problem), "{error:?}");
            assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
            assert_eq!(requests.iter().count(), 0);
        }
    }
}
