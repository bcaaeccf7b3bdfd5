//! How the agent of a client is made, so that its setters can change one thing at a time.

use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use wechatpay_core::crypto::load_certificates;
use wechatpay_core::settings::{Proxy, Settings, SettingsError};

use crate::clock::FAR;
use crate::connect::{self, Names};
use crate::defaults::{DEFAULT_CONCURRENCY, DEFAULT_CONNECT_TIMEOUT, config};

#[derive(Clone)]
pub(crate) struct Recipe {
    crypto: Arc<CryptoProvider>,
    roots: RootCerts,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) connect_timeout: Duration,
    pub(crate) names: Names,
    /// The maximum number of idle connections.
    pub(crate) kept: usize,
}

impl Recipe {
    /// The defaults: Mozilla's root certificates, and no proxy.
    pub(crate) fn new(crypto: CryptoProvider) -> Self {
        Self {
            crypto: Arc::new(crypto),
            roots: RootCerts::WebPki,
            proxy: None,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            names: Names::default(),
            kept: DEFAULT_CONCURRENCY,
        }
    }

    pub(crate) fn from_settings(crypto: CryptoProvider, settings: &Settings) -> Result<Self, SettingsError> {
        let mut recipe = Self::new(crypto);
        if let Some((variable, pem)) = settings.ca() {
            recipe.roots = roots(variable, pem)?;
        }
        recipe.proxy = settings.proxy().cloned();
        Ok(recipe)
    }

    pub(crate) fn trust(&mut self, roots: RootCerts) {
        self.roots = roots;
    }

    pub(crate) fn agent(&self) -> Agent {
        let tls = TlsConfig::builder()
            .root_certs(self.roots.clone())
            .unversioned_rustls_crypto_provider(Arc::clone(&self.crypto));
        let config = config()
            .tls_config(tls.build())
            // ureq adds it to the current time, which must not overflow.
            .timeout_connect(Some(self.connect_timeout.min(FAR)))
            .max_idle_connections(self.kept)
            .max_idle_connections_per_host(self.kept);
        connect::agent(config.build(), self.names.clone(), self.proxy.clone())
    }
}

/// Reads all certificates of a file, which the setting `name` holds.
pub(crate) fn roots(name: &'static str, file: &[u8]) -> Result<RootCerts, SettingsError> {
    let problem = |problem: String| SettingsError::new(name, problem);
    let certificates =
        load_certificates(file).map_err(|error| problem(format!("cannot be used: {error}")))?;
    let mut checked = RootCertStore::empty();
    let mut roots = Vec::with_capacity(certificates.len());
    for certificate in certificates {
        roots.push(Certificate::from_der(&certificate).to_owned());
        let added = checked.add(certificate.into());
        added.map_err(|_| problem("has a certificate that cannot be used as a root".to_owned()))?;
    }
    Ok(roots.into())
}
