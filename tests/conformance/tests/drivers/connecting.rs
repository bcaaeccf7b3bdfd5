//! How the async driver connects: addresses in turn, phases and timeouts in errors, TLS sessions.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{HandshakeKind, ServerConfig, ServerConnection, StreamOwned};
use socket2::{Domain, Socket, Type};
use wechatpay_core::error::{Phase, TransportError};
use wechatpay_core::settings::Proxy;

use crate::tls::{Ca, ca};
use crate::*;

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

/// A server that does not answer: its queue of connections is full, so the kernel drops further attempts to connect.
pub(crate) struct Silent {
    pub(crate) address: SocketAddr,
    _listener: TcpListener,
    _queued: Vec<Socket>,
}

pub(crate) fn silent() -> Silent {
    let socket = || Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let listener = socket();
    listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let listener = TcpListener::from(listener);
    let address = listener.local_addr().unwrap();
    let queued = (0..4).map(|_| {
        let socket = socket();
        socket.set_nonblocking(true).unwrap();
        let _ = socket.connect(&address.into());
        socket
    });
    Silent { address, _queued: queued.collect(), _listener: listener }
}

#[test]
fn a_server_behind_silent_and_closed_addresses_is_found() {
    let (_, platform, _) = pair(now());
    let server = Scripted::start(|_| vec![wire(&platform.coupon_sent(now()))]);
    let port = server.url.rsplit(':').next().unwrap();
    let (closed, silent) = (listener().0.local_addr().unwrap(), silent());
    let addresses = [silent.address, closed, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))];
    // Each address has an equal share of what is left.
    let driver = driver(&format!("http://localhost:{port}"))
        .with_connect_timeout(3 * SECOND)
        .with_addresses("LOCALHOST", &addresses);
    assert_eq!(driver.send(&send_coupon()).unwrap().coupon_id.as_str(), "98674556");
    let request = server.next();
    assert!(request.head.contains(&format!("host: localhost:{port}\r\n")), "{}", request.head);
}

#[test]
fn an_error_says_in_which_phase_and_names_each_address() {
    let (closed, silent) = (listener().0.local_addr().unwrap(), silent());
    let driver_of = |addresses: &[SocketAddr]| {
        driver("https://api.mch.weixin.qq.com")
            .with_connect_timeout(SECOND / 2)
            .with_addresses("api.mch.weixin.qq.com", addresses)
    };
    let (error, text) = not_sent(&driver_of(&[closed, silent.address]));
    assert_eq!(error.phase(), Some(Phase::Connect), "{text}");
    for part in [
        "the connect timeout of 500ms is over",
        &format!("{closed}: Connection refused"),
        &format!("{} did not answer within", silent.address),
        "https://api.mch.weixin.qq.com:443",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (error, text) = not_sent(&driver_of(&[]));
    assert_eq!(error.phase(), Some(Phase::Resolve), "{text}");
    let (error, text) = not_sent(&driver("https://platform.invalid"));
    assert_eq!(error.phase(), Some(Phase::Resolve), "{text}");
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
#[test]
fn new_connections_resume_the_tls_session() {
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
    let driver = Hyper::trusting(at(&core, &url.replace("http://", "https://")), ours.der());
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
