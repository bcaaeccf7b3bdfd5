//! How drivers connect: the timeout that an error names, and TLS sessions.

use std::net::TcpStream;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{HandshakeKind, ServerConfig, ServerConnection, StreamOwned};
use wechatpay_core::error::{Phase, TransportError};
use wechatpay_core::settings::Proxy;

use crate::tls::{Ca, ca};
use crate::*;

with_every_driver!(new_connections_resume_the_tls_session);

const SECOND: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_secs(60);

/// A driver that makes one attempt.
fn driver(url: &str) -> Hyper {
    let (core, _, _) = pair(now());
    let once = RetryPolicy::never().with_attempt_timeout(LIMIT).with_total(LIMIT);
    Hyper::new(at(&core, url).with_retry(once))
}

/// The error of a call that was not sent, and its text.
fn not_sent(driver: &Hyper) -> (TransportError, String) {
    let error = driver.send(&send_coupon()).unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
    let text = format!("{error:#}");
    let Error::Transport(error) = error else { panic!("{error:?}") };
    (error, text)
}

#[test]
fn the_connect_timeout_covers_proxy_and_tls_and_never_exceeds_the_attempt() {
    let mute = |mut stream: TcpStream, _| drop(stream.read_to_end(&mut Vec::new()));
    let url = serve_connections(mute);
    let https = url.replace("http://", "https://");
    let (error, text) = not_sent(&driver(&https).with_connect_timeout(SECOND / 2));
    assert_eq!(error.phase(), Some(Phase::Tls), "{text}");
    assert!(text.contains("the connect timeout of 500ms is over"), "{text}");

    let proxy = Proxy::parse(&url.replace("http://", "http://user:secret@")).unwrap();
    let proxied = driver("https://api.mch.weixin.qq.com").with_proxy(proxy);
    let (error, text) = not_sent(&proxied.clone_with(|core| core).with_connect_timeout(SECOND / 2));
    assert_eq!(error.phase(), Some(Phase::Connect), "{text}");
    let place = url.replace("http://", "the proxy ");
    assert!(
        text.contains(&format!("{place} failed")) && text.contains("the connect timeout of 500ms"),
        "{text}"
    );
    assert!(!text.contains("secret") && !text.contains("user"), "{text}");

    let once = RetryPolicy::never().with_attempt_timeout(SECOND / 2);
    let (_, text) = not_sent(&proxied.clone_with(|core| core.with_retry(once)).with_connect_timeout(LIMIT));
    assert!(text.contains("the attempt's timeout of 500ms is over"), "{text}");
}

/// The configuration of a server with a certificate of this CA for 127.0.0.1.
fn tls_server(ours: &Ca) -> Arc<ServerConfig> {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let chain = vec![params.signed_by(&key, ours).unwrap().der().clone()];
    let config = ServerConfig::builder_with_provider(tls_crypto())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::Pkcs8(key.serialize_der().into()));
    Arc::new(config.unwrap())
}

/// Handshakes with certificates cost the server much, so platforms like sessions to be resumed.
fn new_connections_resume_the_tls_session<D: Driver>() {
    let (core, platform, _) = pair(now());
    let (ours, response) = (ca("ours"), wire(&platform.coupon_sent(now())));
    let (config, (handshake, handshakes)) = (tls_server(&ours), mpsc::channel());
    let url = serve_connections(move |stream, _| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        read_request(&mut stream);
        handshake.send(stream.conn.handshake_kind().unwrap()).unwrap();
        stream.write_all(&response).unwrap();
        stream.conn.send_close_notify();
        let _ = stream.flush();
    });
    let driver = D::trusting(at(&core, &url.replace("http://", "https://")), ours.der());
    for _ in 0..2 {
        driver.send(&send_coupon()).unwrap();
    }
    let kinds: Vec<_> = handshakes.try_iter().collect();
    assert!(matches!(kinds[..], [HandshakeKind::Full, HandshakeKind::Resumed]), "{kinds:?}");
}

#[tokio::test]
async fn an_idle_tls_connection_is_closed_in_the_orderly_way() {
    let (core, platform, _) = pair(now());
    let (ours, response) = (ca("ours"), wire(&platform.coupon_sent(now())));
    let response = String::from_utf8(response).unwrap().replace("connection: close\r\n", "");
    let (config, (end, ended)) = (tls_server(&ours), tokio::sync::oneshot::channel());
    let (_, url) = serve_one_connection(move |stream| {
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
        read_request(&mut stream);
        stream.write_all(response.as_bytes()).unwrap();
        // An end without the alert close_notify would be an error.
        end.send(stream.read(&mut [0]).map_err(|error| error.kind())).unwrap();
    });
    let client = wechatpay_hyper::Client::new(at(&core, &url.replace("http://", "https://")));
    let client = client.with_root_certificates(ours.pem()).unwrap();
    client.send(&send_coupon()).await.unwrap();
    tokio::time::pause();
    tokio::time::advance(10 * SECOND).await;
    tokio::time::resume();
    assert_eq!(tokio::time::timeout(LIMIT, ended).await.unwrap().unwrap(), Ok(0));
}
