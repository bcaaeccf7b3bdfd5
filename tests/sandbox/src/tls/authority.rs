//! A CA that only signs server certificates for the sandbox.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier as _;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{Error as TlsError, RootCertStore};
use wechatpay_core::types::UnixSeconds;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::NameConstraints;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::time::Time;

use crate::calendar::{DAY, certificate_date};
use crate::error::SandboxError;
use crate::tls::names::Names;

/// Clients of some systems accept no certificate with a longer validity.
const SERVER_DAYS: u64 = 397;
const CA_DAYS: u64 = 5 * 365;

/// The CA of a sandbox.
pub(crate) struct Authority {
    key: KeyPair,
    pem: String,
    roots: Arc<RootCertStore>,
    /// The hosts for which it may sign.
    hosts: Vec<String>,
    validity: RangeInclusive<UnixSeconds>,
}

/// A server's certificate and its private key.
pub(crate) struct Issued {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) key: PrivateKeyDer<'static>,
}

/// What is wrong with a stored CA.
pub(crate) enum Unusable {
    Key(Box<dyn std::error::Error + Send + Sync>),
    Certificate(Box<dyn std::error::Error + Send + Sync>),
}

impl Authority {
    /// Makes a CA that may sign for these names.
    pub(crate) fn generate(names: &Names, now: UnixSeconds) -> Result<Self, SandboxError> {
        let key = KeyPair::generate().map_err(SandboxError::generate)?;
        let mut params = issuer(&key);
        params.not_before = certificate_date(now.saturating_sub(DAY));
        params.not_after = certificate_date(now.saturating_add(CA_DAYS * DAY));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.name_constraints = Some(names.permitted());
        let certificate = params.self_signed(&key).map_err(SandboxError::generate)?;
        Self::new(key, certificate.pem()).map_err(SandboxError::Generate)
    }

    /// Reads a stored CA.
    pub(crate) fn load(key_pem: &str, pem: String) -> Result<Self, Unusable> {
        let key = KeyPair::from_pem(key_pem).map_err(|error| Unusable::Key(error.into()))?;
        Self::new(key, pem).map_err(Unusable::Certificate)
    }

    fn new(key: KeyPair, pem: String) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes())?;
        let parsed = Certificate::from_der(&certificate)?;
        let validity = parsed.tbs_certificate().validity();
        let seconds = |time: Time| time.to_unix_duration().as_secs();
        let validity = seconds(validity.not_before)..=seconds(validity.not_after);
        let constraints = parsed.tbs_certificate().get_extension::<NameConstraints>()?;
        let permitted = constraints.and_then(|(_, constraints)| constraints.permitted_subtrees);
        let hosts = permitted.iter().flatten().filter_map(|subtree| host(&subtree.base)).collect();
        let mut roots = RootCertStore::empty();
        roots.add(certificate)?;
        Ok(Self { key, pem, roots: Arc::new(roots), hosts, validity })
    }

    /// The certificate of the CA.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// The hosts for which it may sign, without networks.
    pub(crate) fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// The private key of the CA.
    pub(crate) fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// Makes a certificate for a server with these names, and a key for it.
    pub(crate) fn issue(&self, names: &Names, now: UnixSeconds) -> Result<Issued, SandboxError> {
        let key = KeyPair::generate().map_err(SandboxError::generate)?;
        let mut params = CertificateParams::default();
        params.not_before = certificate_date(now.saturating_sub(DAY));
        params.not_after = certificate_date(end(now));
        params.subject_alt_names = names.subject();
        params.distinguished_name = common_name("wechatpay-sandbox");
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let issuer = Issuer::new(issuer(&self.key), &self.key);
        let certificate = params.signed_by(&key, &issuer).map_err(SandboxError::generate)?;
        let der = key.serialize_der();
        Ok(Issued { certificate: certificate.der().clone(), key: PrivateKeyDer::Pkcs8(der.into()) })
    }

    /// Whether clients that trust this CA accept the certificate, from now to its end: the key belongs to the CA, which
    /// permits all its names and does not expire before it.
    pub(crate) fn vouches_for(&self, issued: &Issued, now: UnixSeconds) -> Result<bool, SandboxError> {
        let verifier = WebPkiServerVerifier::builder_with_provider(
            Arc::clone(&self.roots),
            Arc::new(default_provider()),
        )
        .build()
        .map_err(SandboxError::generate)?;
        let name = ServerName::try_from("localhost").map_err(SandboxError::generate)?;
        for time in [now, end(now)] {
            // The verifier does not ask when a CA that is trusted expires. Others do.
            if !self.validity.contains(&time) {
                return Ok(false);
            }
            match verifier.verify_server_cert(&issued.certificate, &[], &name, &[], at(time)) {
                Ok(_) => {}
                Err(TlsError::InvalidCertificate(_)) => return Ok(false),
                Err(other) => return Err(SandboxError::generate(other)),
            }
        }
        Ok(true)
    }
}

/// The name or the single address of a constraint. An address stands before its mask.
fn host(base: &GeneralName) -> Option<String> {
    let single = |mask: &[u8]| mask.iter().all(|byte| *byte == 0xff);
    match base {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::IpAddress(octets) => {
            let (address, mask) =
                octets.as_bytes().split_at_checked(octets.as_bytes().len().checked_div(2)?)?;
            let ip: Option<IpAddr> = match address.len() {
                4 => <[u8; 4]>::try_from(address).ok().map(IpAddr::from),
                _ => <[u8; 16]>::try_from(address).ok().map(IpAddr::from),
            };
            ip.filter(|_| single(mask)).map(|ip| ip.to_string())
        }
        _ => None,
    }
}

/// The end of a server's certificate that is issued now, in the years that a certificate can express.
fn end(now: UnixSeconds) -> UnixSeconds {
    let end = now.saturating_add((SERVER_DAYS - 1) * DAY);
    u64::try_from(certificate_date(end).unix_timestamp()).unwrap_or_default()
}

/// The parameters by which an issuer is named. They follow from its key, so that certificates by it need nothing else. Each
/// CA has a name of its own, by which it can be told apart where several are trusted.
fn issuer(key: &KeyPair) -> CertificateParams {
    let mut params = CertificateParams::default();
    let id: String = params.key_identifier(key).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    params.distinguished_name = common_name(&format!("wechatpay-sandbox CA {id}"));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn at(time: UnixSeconds) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixSeconds = 1_795_363_200;
    const NO_HOSTS: [&str; 0] = [];

    /// Whether clients accept a certificate for `issued` from a CA for `permitted`.
    fn accepted(permitted: &[&str], issued: &[&str]) -> bool {
        let authority = Authority::generate(&Names::with(permitted), NOW).unwrap();
        let issued = authority.issue(&Names::with(issued), NOW).unwrap();
        authority.vouches_for(&issued, NOW).unwrap()
    }

    #[test]
    fn a_ca_vouches_for_local_names_private_addresses_and_names_it_was_made_for() {
        for host in [
            "a.localhost",
            "sandbox.internal",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.7",
            "127.9.9.9",
            "fd00::7",
            "[::1]",
            "0.0.0.0",
            "::",
        ] {
            assert!(accepted(&[], &[host]), "{host}");
        }
        let own = ["sandbox", "Pay.Example.com", "my_service", "203.0.113.9", "2001:db8::1"];
        assert!(accepted(&own, &own));
        // What cannot be in a certificate is left out, and does no harm to the rest.
        let odd = ["2130706433", "", "a b", "é.example", "*.example.com", "[fe80::1%25eth0]"];
        assert!(accepted(&[], &odd));
    }

    #[test]
    fn clients_refuse_names_that_the_ca_was_not_made_for() {
        for foreign in [
            "weixin.qq.com",
            "example.com",
            "pay.example.com",
            "sandbox",
            "localhost.example.com",
            "203.0.113.9",
            "172.32.0.1",
            "2001:db8::1",
        ] {
            assert!(!accepted(&[], &[foreign]), "{foreign}");
        }
        assert!(!accepted(&["pay.example.com"], &["example.com"]));
    }

    #[test]
    fn a_ca_vouches_only_for_its_own_certificates() {
        let names = Names::with(NO_HOSTS);
        let [ours, other] = [(), ()].map(|()| Authority::generate(&names, NOW).unwrap());
        assert!(!ours.vouches_for(&other.issue(&names, NOW).unwrap(), NOW).unwrap());
        let again = Authority::load(&ours.key_pem(), ours.pem().to_owned()).ok().unwrap();
        assert!(ours.vouches_for(&again.issue(&names, NOW).unwrap(), NOW).unwrap());
    }

    #[test]
    fn a_ca_must_be_valid_until_the_end_of_the_certificate() {
        let names = Names::with(NO_HOSTS);
        let authority = Authority::generate(&names, NOW).unwrap();
        for (days, expected) in [(0, true), (CA_DAYS - SERVER_DAYS, true), (CA_DAYS - SERVER_DAYS + 2, false)]
        {
            let later = NOW + days * DAY;
            let issued = authority.issue(&names, later).unwrap();
            assert_eq!(authority.vouches_for(&issued, later).unwrap(), expected, "{days}");
        }
        // The clock was in the future when the CA was made.
        let earlier = NOW - 30 * DAY;
        assert!(!authority.vouches_for(&authority.issue(&names, earlier).unwrap(), earlier).unwrap());
    }

    #[test]
    fn a_time_in_the_far_future_does_not_panic() {
        for now in [0, 253_300_000_000, u64::MAX] {
            let authority = Authority::generate(&Names::with(NO_HOSTS), now).unwrap();
            assert!(authority.issue(&Names::with(NO_HOSTS), now).is_ok(), "{now}");
        }
    }
}
