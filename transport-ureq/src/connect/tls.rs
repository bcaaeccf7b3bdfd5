use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use ureq::config::Config;
use ureq::tls::{TlsConfig, TlsProvider};
use ureq::unversioned::transport::{ConnectionDetails, Connector as _, RustlsConnector, Transport};
use wechatpay_core::error::Phase;

use super::{Budget, Peer};
use crate::failure::Failure;

/// TLS by rustls.
#[derive(Debug)]
pub(super) struct Tls {
    connector: RustlsConnector,
    /// The hash of the agent's TLS configuration.
    configured: u64,
}

impl Tls {
    pub(super) fn new(config: &Config) -> Self {
        Self { connector: RustlsConnector::default(), configured: hash(config.tls_config()) }
    }

    /// Whether this configuration is for rustls.
    pub(super) fn is_for(config: &Config) -> bool {
        config.tls_config().provider() == TlsProvider::Rustls
    }

    /// Performs the handshake with the host of the URL in `details`.
    pub(super) fn handshake(
        &self,
        transport: Box<dyn Transport>,
        mut details: ConnectionDetails<'_>,
        budget: &Budget,
    ) -> Result<Box<dyn Transport>, Failure> {
        // The configuration of a request differs from the agent's, but not in TLS. ureq then uses the same rustls
        // configuration for all connections, with its cache of sessions, instead of a new one for each.
        details.request_level &= hash(details.config.tls_config()) != self.configured;
        let server = Peer::of_url(details.uri).map(|server| server.to_string()).unwrap_or_default();
        match self.connector.connect(&details, Some(transport)) {
            Ok(Some(transport)) => Ok(Box::new(transport)),
            Ok(None) => Err(Failure::new(Phase::Tls, "ureq made no TLS connection")),
            Err(ureq::Error::Timeout(_)) => {
                let text = format!("{server} did not complete the TLS handshake within {budget}");
                Err(Failure::new(Phase::Tls, text))
            }
            Err(error) => {
                let text = format!("the TLS handshake with {server} failed");
                Err(Failure::new(Phase::Tls, text).because(error))
            }
        }
    }
}

fn hash(config: &TlsConfig) -> u64 {
    let mut hasher = DefaultHasher::new();
    config.hash(&mut hasher);
    hasher.finish()
}
