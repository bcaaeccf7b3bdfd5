//! TLS to the database, with the meaning that PostgreSQL gives to `sslmode`.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use wechatpay_core::crypto::load_certificates;

use super::stream::Connector;

/// Whose certificates are accepted.
pub(super) enum Trust {
    /// Those of these authorities, in PEM.
    Roots(Vec<u8>),
    /// Those of public authorities.
    Public,
    /// All: `prefer` and `require` encrypt, and do not say with whom.
    Anybody,
}

/// The configuration of TLS.
#[derive(Clone)]
pub(super) struct Tls(Arc<ClientConfig>);

impl Tls {
    /// # Errors
    /// What is wrong with the certificates.
    pub(super) fn new(trust: Trust) -> Result<Self, String> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
        let accepted = match trust {
            Trust::Anybody => Accepted::Anybody,
            Trust::Public => {
                let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
                Accepted::known(Vec::new(), roots, &provider)?
            }
            Trust::Roots(pem) => {
                let (mut roots, mut own) = (RootCertStore::empty(), Vec::new());
                for certificate in load_certificates(&pem).map_err(|error| error.to_string())? {
                    let certificate = CertificateDer::from(certificate);
                    roots.add(certificate.clone()).map_err(|error| error.to_string())?;
                    own.push(certificate);
                }
                Accepted::known(own, roots, &provider)?
            }
        };
        let verifier = Arc::new(Verifier { accepted, provider });
        let config = builder.dangerous().with_custom_certificate_verifier(verifier);
        Ok(Self(Arc::new(config.with_no_client_auth())))
    }

    pub(super) fn connector(&self) -> Connector {
        Connector(Arc::clone(&self.0))
    }
}

/// Which certificates are accepted.
#[derive(Debug)]
enum Accepted {
    /// Every one whose key signs the handshake.
    Anybody,
    /// Those of authorities, and one that is in the file itself: whoever makes one for a server and signs it with its own
    /// key gets that of an authority, which a server may not have otherwise. Its dates are not looked at.
    Known { own: Vec<CertificateDer<'static>>, others: Arc<WebPkiServerVerifier> },
}

impl Accepted {
    fn known(
        own: Vec<CertificateDer<'static>>,
        roots: RootCertStore,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, String> {
        let others =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
        Ok(Self::Known { own, others: others.map_err(|error| error.to_string())? })
    }
}

/// Checks the certificate of the database.
#[derive(Debug)]
struct Verifier {
    accepted: Accepted,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        status: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match &self.accepted {
            Accepted::Anybody => Ok(ServerCertVerified::assertion()),
            Accepted::Known { own, .. } if own.contains(certificate) => {
                verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            Accepted::Known { others, .. } => {
                others.verify_server_cert(certificate, between, name, status, now)
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
