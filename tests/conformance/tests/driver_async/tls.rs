//! With certificates of a CA of our own.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::{Arc, mpsc};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use wechatpay_conformance::driver::read_request;
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
