//! TLS with rustls.

use std::io;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use wechatpay_core::crypto::load_certificates;

use crate::connector::without_brackets;

/// Trusts these root certificates. Connections with the same configuration resume each other's sessions.
#[expect(clippy::expect_used, reason = "depends on no input; every test of this crate passes here")]
pub(crate) fn config(crypto: Arc<CryptoProvider>, roots: RootCertStore) -> Arc<ClientConfig> {
    let config = ClientConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()
        .expect("AWS-LC and ring have the cipher suites of TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// Returns Mozilla's root certificates.
pub(crate) fn mozilla() -> RootCertStore {
    webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()
}

/// Reads all certificates of a file. The error is a predicate.
pub(crate) fn roots(file: &[u8]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in load_certificates(file).map_err(|error| format!("cannot be used: {error}"))? {
        roots.add(certificate.into()).map_err(|_| "has a certificate that cannot be used as a root")?;
    }
    Ok(roots)
}

/// Makes a TLS connection to this host, which may be an IPv6 address in brackets.
pub(crate) async fn handshake(
    config: Arc<ClientConfig>,
    host: &str,
    stream: TcpStream,
) -> io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(without_brackets(host).to_owned()).map_err(io::Error::other)?;
    TlsConnector::from(config).connect(name, stream).await
}
