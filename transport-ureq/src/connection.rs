//! How connections are made: through which proxy, and with which root certificates.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use ureq::{Proxy, ProxyProtocol};
use wechatpay_core::settings::{self, Settings, SettingsError};

/// What the settings say about connections. The default is Mozilla's root certificates and no proxy.
#[derive(Default)]
pub(crate) struct Connection {
    /// Root certificates that replace Mozilla's.
    pub(crate) roots: Option<Roots>,
    pub(crate) proxy: Option<Proxy>,
}

type Roots = Vec<CertificateDer<'static>>;

impl Connection {
    pub(crate) fn from_settings(settings: &Settings) -> Result<Self, SettingsError> {
        let roots = settings
            .ca()
            .map(|(variable, pem)| roots(pem).map_err(|problem| SettingsError::new(variable, problem)));
        Ok(Self { roots: roots.transpose()?, proxy: settings.proxy().map(proxy).transpose()? })
    }
}

fn proxy(proxy: &settings::Proxy) -> Result<Proxy, SettingsError> {
    let mut builder = Proxy::builder(ProxyProtocol::Http).host(proxy.host()).port(proxy.port());
    if let Some((user, password)) = proxy.credentials() {
        builder = builder.username(user).password(password);
    }
    // The error is not kept, because it might show the URL.
    builder.build().map_err(|_| SettingsError::new("WECHATPAY_PROXY", "is not a valid URL of a proxy"))
}

/// Reads all certificates of a PEM text. The error is a predicate.
fn roots(pem: &[u8]) -> Result<Roots, &'static str> {
    let mut checked = RootCertStore::empty();
    let mut roots = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| "is not valid PEM")?;
        checked.add(certificate.clone()).map_err(|_| "has a certificate that cannot be used as a root")?;
        roots.push(certificate);
    }
    if roots.is_empty() { Err("has no certificate in PEM") } else { Ok(roots) }
}
