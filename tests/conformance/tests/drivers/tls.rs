//! TLS with certificates of a test CA, with every driver.

use std::net::TcpStream;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::*;

with_every_driver!(
    requests_are_sent_only_to_servers_with_a_valid_certificate,
    nothing_is_sent_to_a_server_without_tls,
    tls_older_than_1_2_is_neither_offered_nor_accepted,
);

pub(crate) type Ca = CertifiedIssuer<'static, KeyPair>;

pub(crate) fn ca(name: &str) -> Ca {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server that responds to one request, if the handshake succeeds. Its certificate is for `localhost`.
pub(crate) fn server(ca: &Ca, last_year: i32, response: Vec<u8>) -> (String, mpsc::Receiver<Received>) {
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
    let (sender, requests) = mpsc::channel();
    let (_, url) = serve_one_connection(move |mut stream| {
        let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
        if connection.complete_io(&mut stream).is_err() {
            return;
        }
        let mut stream = StreamOwned::new(connection, stream);
        sender.send(read_request(&mut stream)).unwrap();
        stream.write_all(&response).unwrap();
        stream.conn.send_close_notify();
        let _ = stream.flush();
    });
    (url.replace("http://127.0.0.1:", ""), requests)
}

fn requests_are_sent_only_to_servers_with_a_valid_certificate<D: Driver>() {
    let (core, platform, _) = pair(now());
    let response = wire(&platform.coupon_sent(now()));
    let (ours, theirs) = (ca("ours"), ca("theirs"));
    // The trusted CA, the requested host, the year in which the certificate expires, and the expected problem.
    let cases = [
        (Some(&ours), "localhost", 2999, None),
        (Some(&ours), "127.0.0.1", 2999, Some("NotValidForName")),
        (Some(&ours), "localhost", 2021, Some("Expired")),
        (Some(&theirs), "localhost", 2999, Some("UnknownIssuer")),
        // The root certificates of Mozilla.
        (None, "localhost", 2999, Some("UnknownIssuer")),
    ];
    for (trusted, host, last_year, problem) in cases {
        let (port, requests) = server(&ours, last_year, response.clone());
        let core = single_attempt_at(&core, &format!("https://{host}:{port}"));
        let driver = match trusted {
            Some(ca) => D::trusting(core, ca.der()),
            None => D::new(core),
        };
        let result = driver.send(&send_coupon());
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

/// The error of a client that tries to send over TLS.
fn send_over_tls<D: Driver>(url: &str) -> Error {
    let (core, ..) = pair(now());
    D::new(single_attempt_at(&core, &url.replace("http://", "https://"))).send(&send_coupon()).unwrap_err()
}

fn nothing_is_sent_to_a_server_without_tls<D: Driver>() {
    let (server, url) = serve_one_connection(|mut stream| {
        let mut begin = [0; 1];
        stream.read_exact(&mut begin).unwrap();
        stream.write_all(&unsigned_wire(400, "")).unwrap();
        begin
    });
    let error = send_over_tls::<D>(&url);
    assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
    // A handshake record (RFC 8446, 5.1).
    assert_eq!(server.join().unwrap(), [22]);
}

/// Reads the first record that a client sends, which must be a handshake record (RFC 8446, 5.1), and returns its
/// content.
pub(crate) fn tls_record(stream: &mut TcpStream) -> Vec<u8> {
    let mut record = [0; 5];
    stream.read_exact(&mut record).unwrap();
    assert_eq!(record[0], 22);
    let mut hello = vec![0; usize::from(u16::from_be_bytes([record[3], record[4]]))];
    stream.read_exact(&mut hello).unwrap();
    hello
}

/// The versions that a ClientHello offers in its extension `supported_versions` (RFC 8446, 4.1.2 and 4.2.1).
fn offered_versions(hello: &[u8]) -> Vec<u16> {
    fn take<'a>(bytes: &mut &'a [u8], len: usize) -> &'a [u8] {
        let (taken, rest) = bytes.split_at(len);
        *bytes = rest;
        taken
    }
    fn number(bytes: &mut &[u8], len: usize) -> usize {
        take(bytes, len).iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
    }
    let mut hello = hello;
    assert_eq!(number(&mut hello, 1), 1, "a ClientHello");
    // Length, legacy version and random number; then session id, cipher suites and compression methods.
    take(&mut hello, 3 + 2 + 32);
    for size in [1, 2, 1] {
        let len = number(&mut hello, size);
        take(&mut hello, len);
    }
    let len = number(&mut hello, 2);
    let mut extensions = take(&mut hello, len);
    while !extensions.is_empty() {
        let (kind, len) = (number(&mut extensions, 2), number(&mut extensions, 2));
        let content = take(&mut extensions, len);
        if kind == 43 {
            return content[1..]
                .chunks(2)
                .map(|version| u16::from_be_bytes([version[0], version[1]]))
                .collect();
        }
    }
    panic!("no supported_versions")
}

fn tls_older_than_1_2_is_neither_offered_nor_accepted<D: Driver>() {
    let (server, url) = serve_one_connection(|mut stream| {
        let hello = tls_record(&mut stream);
        // A ServerHello of TLS 1.1 (RFC 4346, 7.4.1.3): version, random number, no session,
        // TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, no compression.
        let mut hello_1_1 = vec![22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
        hello_1_1.extend([7; 32]);
        hello_1_1.extend([0, 0xC0, 0x13, 0]);
        stream.write_all(&hello_1_1).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        (offered_versions(&hello), rest)
    });
    let error = send_over_tls::<D>(&url);
    assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
    let (offered, rest) = server.join().unwrap();
    // TLS 1.3 and 1.2.
    assert_eq!(offered, [0x0304, 0x0303]);
    // Only the fatal alert protocol_version (RFC 8446, 6.2).
    assert_eq!((rest[0], &rest[3..]), (21, &[0, 2, 2, 70][..]));
}

#[test]
fn plain_http_is_for_loopback_only() {
    for url in ["http://api.mch.weixin.qq.com", "http://192.0.2.1:8700", "http://localhost.example.com"] {
        assert_eq!(BaseUrl::parse(url).unwrap_err().field(), "base_url", "{url}");
    }
}
