//! What a server needs for TLS.

use std::fmt;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use wechatpay_core::types::UnixSeconds;

use crate::error::SandboxError;
use crate::tls::authority::{Authority, Issued};
use crate::tls::names::Names;

/// The certificate of a server, and the CA that signed it.
///
/// The certificate is for `localhost`, `127.0.0.1`, `::1`, `host.docker.internal`, WeChat Pay's hosts
/// `api.mch.weixin.qq.com` and `api2.mch.weixin.qq.com`, and the hosts that are given. It is valid for 397 days. The CA
/// has name constraints: it may sign for local names, private addresses and those names only.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ServerConfig>,
    ca_pem: String,
    replaces_ca: bool,
}

impl Tls {
    /// Makes a CA, and a certificate for these hosts, which are names or IP addresses.
    ///
    /// # Errors
    /// [`SandboxError::Generate`] if keys or certificates cannot be generated.
    pub fn generate(
        hosts: impl IntoIterator<Item = impl AsRef<str>>,
        now: UnixSeconds,
    ) -> Result<Self, SandboxError> {
        let names = Names::with(hosts);
        let authority = Authority::generate(&names, now)?;
        Self::new(&authority, authority.issue(&names, now)?, false)
    }

    pub(crate) fn new(
        authority: &Authority,
        issued: Issued,
        replaces_ca: bool,
    ) -> Result<Self, SandboxError> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(SandboxError::generate)?
            .with_no_client_auth()
            .with_single_cert(vec![issued.certificate], issued.key)
            .map_err(SandboxError::generate)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), ca_pem: authority.pem().to_owned(), replaces_ca })
    }

    /// The certificate of the CA in PEM, which clients must trust.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Whether the CA replaces an earlier one in the folder, which clients may still trust. See
    /// [`CredentialsFolder::tls`](crate::CredentialsFolder::tls).
    pub fn replaces_ca(&self) -> bool {
        self.replaces_ca
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.config).into()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("replaces_ca", &self.replaces_ca).finish_non_exhaustive()
    }
}
