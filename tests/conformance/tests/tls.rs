//! TLS with certificates of a CA of our own, by every driver.

use std::io::{Read as _, Write as _};
use std::sync::{Arc, mpsc};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use wechatpay_conformance::drivers::{Driver, tls_crypto};
use wechatpay_conformance::scripted::{Received, listener, read_request, unsigned, wire};
use wechatpay_conformance::{now, pair, with_every_driver};
use wechatpay_core::cashcoupons::SendCoupon;
use wechatpay_core::{BaseUrl, Outcome, RetryPolicy};

with_every_driver!(only_the_right_certificate_gets_the_request, a_server_without_tls_gets_nothing);

type Ca = CertifiedIssuer<'static, KeyPair>;

fn ca(name: &str) -> Ca {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Answers one request, if it comes to that. Its certificate is for `localhost`.
fn server(ca: &Ca, last_year: i32, answer: Vec<u8>) -> (u16, mpsc::Receiver<Received>) {
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(last_year, 1, 1));
    let key = KeyPair::generate().unwrap();
    let chain = vec![params.signed_by(&key, ca).unwrap().der().clone()];
    let config = ServerConfig::builder_with_provider(tls_crypto())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    let (listener, _) = listener();
    let port = listener.local_addr().unwrap().port();
    let (asked, requests) = mpsc::channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
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

fn send() -> SendCoupon {
    SendCoupon::new("o".into(), "1".into(), "n-1".into(), "wx".into(), "1".into())
}

fn only_the_right_certificate_gets_the_request<D: Driver>() {
    let (core, platform, _) = pair(now());
    let answer = wire(&platform.answer(200, r#"{"coupon_id":"98674556"}"#, now()));
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
        let (port, requests) = server(&ours, last_year, answer.clone());
        let core = core.clone().with_retry(RetryPolicy::never());
        let core = core.with_base_url(BaseUrl::parse(&format!("https://{host}:{port}")).unwrap());
        let driver = match trusted {
            Some(ca) => D::trusting(core, ca.der()),
            None => D::new(core),
        };
        let result = driver.send(&send());
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

fn a_server_without_tls_gets_nothing<D: Driver>() {
    let (core, _, _) = pair(now());
    let (listener, url) = listener();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut begin = [0; 1];
        stream.read_exact(&mut begin).unwrap();
        stream.write_all(&unsigned(400, "")).unwrap();
        begin
    });
    let url = BaseUrl::parse(&url.replace("http://", "https://")).unwrap();
    let error = D::new(core.with_base_url(url).with_retry(RetryPolicy::never())).send(&send()).unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
    // RFC 8446, 5.1: a record of the handshake.
    assert_eq!(server.join().unwrap(), [22]);
}

#[test]
fn plain_http_is_for_loopback_only() {
    for url in ["http://api.mch.weixin.qq.com", "http://192.0.2.1:8700", "http://localhost.example.com"] {
        assert_eq!(BaseUrl::parse(url).unwrap_err().field(), "base_url", "{url}");
    }
}
