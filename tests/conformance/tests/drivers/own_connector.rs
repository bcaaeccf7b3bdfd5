//! The async driver with a connector of the caller's own.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use tower_service::Service;
use wechatpay_core::error::Phase;
use wechatpay_core::http::Uri;
use wechatpay_core::settings::Proxy;
use wechatpay_hyper::{Client, PROVIDER, connector};

use crate::tls::{Ca, ca, server};
use crate::*;

fn tls(ca: &Ca) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(ca.der().clone()).unwrap();
    ClientConfig::builder_with_provider(tls_crypto())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[tokio::test]
async fn the_starting_point_is_wrapped_with_tls_and_keeps_its_addresses() {
    let (core, platform, _) = pair(now());
    let ours = ca("ours");
    let (port, requests) = server(&ours, 2999, wire(&platform.coupon_sent(now())));
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls(&ours)).https_only().enable_http1();
    // No server listens at the first address.
    let (closed, _) = listener();
    let closed_address = closed.local_addr().unwrap();
    drop(closed);
    let addresses = [closed_address, ([127, 0, 0, 1], 0).into()];
    let https = builder.wrap_connector(connector().with_addresses("LocalHost", addresses));
    let core = single_attempt_at(&core, &format!("https://localhost:{port}"));
    let client = Client::with_connector(core, https, &PROVIDER);
    assert_eq!(client.send(&send_coupon()).await.unwrap().coupon_id.as_str(), "98674556");
    let head = requests.recv().unwrap().head.to_lowercase();
    assert!(head.contains(&format!("\r\nhost: localhost:{port}\r\n")), "{head}");
}

#[tokio::test]
async fn a_connector_that_fails_has_sent_nothing() {
    let (core, _, _) = pair(now());
    let (closed, url) = listener();
    drop(closed);
    let client = Client::with_connector(single_attempt_at(&core, &url), connector(), &PROVIDER);
    let Error::Transport(error) = client.send(&send_coupon()).await.unwrap_err() else { panic!() };
    assert_eq!((error.kind(), error.phase()), (TransportErrorKind::NotSent, Some(Phase::Connect)));
    let text = format!("{:#}", Error::Transport(error));
    assert_eq!(text.matches("was not sent").count(), 1, "{text}");
    let ours = ca("ours");
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls(&ours)).https_only().enable_http1();
    let nowhere = single_attempt_at(&core, "https://platform.invalid");
    let client = Client::with_connector(nowhere, builder.wrap_connector(connector()), &PROVIDER);
    let Error::Transport(error) = client.send(&send_coupon()).await.unwrap_err() else { panic!() };
    assert_eq!((error.kind(), error.phase()), (TransportErrorKind::NotSent, Some(Phase::Resolve)));
    let (port, _requests) = server(&ca("theirs"), 2999, Vec::new());
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls(&ours)).https_only().enable_http1();
    let core = single_attempt_at(&core, &format!("https://localhost:{port}"));
    let client = Client::with_connector(core, builder.wrap_connector(connector()), &PROVIDER);
    let error = client.send(&send_coupon()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
    assert!(format!("{error:?}").contains("UnknownIssuer"), "{error:?}");
}

#[tokio::test]
async fn a_setting_that_the_connector_cannot_follow_is_an_error() {
    let (core, platform, _) = pair(now());
    let server = Scripted::start(|_| vec![wire(&platform.coupon_sent(now()))]);
    let client = || Client::with_connector(single_attempt_at(&core, &server.url), connector(), &PROVIDER);
    let proxy = Proxy::parse("http://127.0.0.1:9").unwrap();
    for (name, client) in [
        ("with_proxy", client().with_proxy(proxy)),
        ("with_connect_timeout", client().with_connect_timeout(Duration::from_secs(1))),
        ("with_root_certificates", client().with_root_certificates(ca("ours").pem()).unwrap()),
        ("with_addresses", client().with_addresses("127.0.0.1", [([127, 0, 0, 1], 0).into()])),
    ] {
        let error = client.send(&send_coupon()).await.unwrap_err();
        assert_eq!((transport_kind(&error), error.outcome()), (TransportErrorKind::Setup, Outcome::NotSent));
        let text = format!("{error:#}");
        assert!(text.contains(&format!("Client::{name} ")) && text.contains("in that connector"), "{text}");
    }
    assert!(server.received_nothing());
}

#[test]
fn the_starting_point_has_a_connect_timeout() {
    let (core, _, _) = pair(now());
    let silent = wechatpay_conformance::scripted::Unresponsive::start();
    let core = single_attempt_at(&core, &format!("http://{}", silent.address));
    let quick = connector().with_connect_timeout(Duration::from_millis(300));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let call = Client::with_connector(core, quick, &PROVIDER).send(&send_coupon());
    let error = runtime.block_on(call).unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
    assert!(format!("{error:#}").contains("the connect timeout of 300ms is over"), "{error:#}");
}

/// Makes TCP connections, and says this about them.
#[derive(Clone)]
struct Marking(fn() -> Connected);

struct Marked {
    stream: TokioIo<tokio::net::TcpStream>,
    mark: fn() -> Connected,
}

impl Service<Uri> for Marking {
    type Response = Marked;
    type Error = wechatpay_core::error::TransportError;
    type Future = Pin<Box<dyn Future<Output = Result<Marked, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (connecting, mark) = (connector().call(uri), self.0);
        Box::pin(async move { Ok(Marked { stream: connecting.await?, mark }) })
    }
}

impl Connection for Marked {
    fn connected(&self) -> Connected {
        (self.mark)()
    }
}

impl Read for Marked {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl Write for Marked {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[tokio::test]
async fn a_connector_says_whether_it_leads_to_a_proxy_and_may_not_choose_http_2() {
    let (core, platform, _) = pair(now());
    let server = Scripted::start(|_| vec![wire(&platform.coupon_sent(now())); 3]);
    let client =
        |mark| Client::with_connector(single_attempt_at(&core, &server.url), Marking(mark), &PROVIDER);
    let (path, address) = ("/v3/marketing/favor/users/o/coupons", server.url.replace("http://", ""));
    for (mark, target) in [
        (Connected::new as fn() -> _, path.to_owned()),
        (|| Connected::new().proxy(true), server.url.clone() + path),
    ] {
        client(mark).send(&send_coupon()).await.unwrap();
        let head = server.next().head;
        assert!(head.starts_with(&format!("POST {target} HTTP/1.1\r\n")), "{head}");
        assert!(head.contains(&format!("\r\nhost: {address}\r\n")), "{head}");
    }
    let error = client(|| Connected::new().negotiated_h2()).send(&send_coupon()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
    assert!(format!("{error:#}").contains("HTTP/2"), "{error:#}");
}
