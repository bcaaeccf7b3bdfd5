//! How connections are made: through which proxy, and with which root certificates.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use wechatpay_core::settings::{Proxy, Settings, SettingsError};

/// What the settings say about connections. The default is Mozilla's root certificates and no proxy.
#[derive(Default)]
pub(crate) struct Connection {
    /// Root certificates that replace Mozilla's.
    pub(crate) roots: Option<RootCertStore>,
    pub(crate) proxy: Option<Proxy>,
}

impl Connection {
    pub(crate) fn from_settings(settings: &Settings) -> Result<Self, SettingsError> {
        let roots = settings
            .ca()
            .map(|(variable, pem)| roots(pem).map_err(|problem| SettingsError::new(variable, problem)));
        Ok(Self { roots: roots.transpose()?, proxy: settings.proxy().cloned() })
    }
}

/// Reads all certificates of a PEM text. The error is a predicate.
fn roots(pem: &[u8]) -> Result<RootCertStore, &'static str> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| "is not valid PEM")?;
        roots.add(certificate).map_err(|_| "has a certificate that cannot be used as a root")?;
    }
    if roots.is_empty() { Err("has no certificate in PEM") } else { Ok(roots) }
}
