//! The platform's private keys: that of its public key, and those of its current and former certificates.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::crypto::{CryptoError, SigningKey, load_signing_key};
use wechatpay_core::error::KeyError;
use wechatpay_core::types::UnixSeconds;
use x509_cert::der::{Decode as _, Encode as _};

use crate::calendar::rfc3339;
use crate::credentials::Credentials;
use crate::error::SandboxError;
use crate::protocol::json::set;
use crate::protocol::random::nonce;
use crate::protocol::reply::Reply;

/// The limit of certificates. The oldest ones are forgotten first.
const MAX_CERTIFICATES: usize = 100;

/// All keys. A rotation is not written to the credentials, but to the state file, if there is one.
pub(crate) struct SigningKeys {
    public_key: Arc<PlatformPrivateKey>,
    /// Oldest first.
    certificates: Vec<Certificate>,
    /// The key of the certificate that signs.
    signing: Arc<PlatformPrivateKey>,
    /// Whether the platform has no certificates for this merchant.
    pub(crate) public_key_only: bool,
    /// Whether all valid certificates sign in turn, as in the transition to a new one.
    mixed: bool,
    /// The number of replies and of notifications that a certificate signed while `mixed` was set.
    turns: Turns,
}

#[derive(Default)]
struct Turns {
    replies: usize,
    notifications: usize,
}

/// Which key signs notifications.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NotificationKey {
    #[default]
    PublicKey,
    Certificate,
    /// Both kinds in turn, as in the transition from certificates to the public key.
    Mixed,
}

impl NotificationKey {
    /// The names of all of them, for the control interface.
    pub(crate) const NAMES: [&str; 3] = ["certificate", "public_key", "mixed"];

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Certificate, Self::PublicKey, Self::Mixed].into_iter().find(|key| key.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::PublicKey => "public_key",
            Self::Mixed => "mixed",
        }
    }
}

/// A private key of the platform, and its serial number or public key id.
pub(crate) struct PlatformPrivateKey {
    pub(crate) serial: String,
    signing: Arc<dyn SigningKey>,
    decrypting: OaepPrivateDecryptingKey,
}

pub(crate) struct Certificate {
    key: Arc<PlatformPrivateKey>,
    pub(crate) pem: String,
    private_key_pem: String,
    /// The first second of its validity.
    not_before: UnixSeconds,
    /// The last second of its validity.
    not_after: UnixSeconds,
    /// Whether the platform has given it up early. It is listed no longer.
    withdrawn: bool,
}

/// A certificate as it is stored.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct StoredCertificate {
    serial: String,
    pem: String,
    private_key_pem: String,
}

impl fmt::Debug for StoredCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredCertificate").field("serial", &self.serial).finish_non_exhaustive()
    }
}

/// Which certificates sign and are listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyModes {
    /// The serial number of the certificate that signs.
    pub(crate) signing: String,
    /// The serial numbers of those that are listed no longer.
    pub(crate) withdrawn: BTreeSet<String>,
    pub(crate) public_key_only: bool,
    pub(crate) mixed: bool,
}

impl SigningKeys {
    pub(crate) fn new(credentials: &Credentials) -> Result<Self, SandboxError> {
        let public_key =
            PlatformPrivateKey::new(credentials.public_key_id(), credentials.public_key_private_pem())?;
        let certificate = Certificate::new(
            credentials.platform_certificate_serial(),
            credentials.platform_certificate_pem(),
            credentials.platform_certificate_private_pem(),
        )?;
        Ok(Self {
            public_key: Arc::new(public_key),
            signing: Arc::clone(&certificate.key),
            certificates: vec![certificate],
            public_key_only: false,
            mixed: false,
            turns: Turns::default(),
        })
    }

    /// Returns the key that signs the response to a request with this `Wechatpay-Serial`. The request selects the key:
    /// the public key, or one of the listed certificates. Without a known one, it is the certificate that signs.
    ///
    /// Inferred: that a certificate is selected like the public key, and the answer to an unknown one.
    pub(crate) fn for_reply(&mut self, wanted: Option<&str>, now: UnixSeconds) -> Arc<PlatformPrivateKey> {
        if let Some(key) = wanted.and_then(|wanted| self.selected(wanted, now)) {
            return key;
        }
        let turn = self.turns.replies;
        self.turns.replies = turn.wrapping_add(1);
        self.certificate_key(turn, now)
    }

    pub(crate) fn public_key(&self) -> Arc<PlatformPrivateKey> {
        Arc::clone(&self.public_key)
    }

    /// Returns the key that signs a notification.
    pub(crate) fn for_notification(
        &mut self,
        which: NotificationKey,
        now: UnixSeconds,
    ) -> Arc<PlatformPrivateKey> {
        let turn = self.turns.notifications;
        let (by_certificate, turn_of_certificates) = match which {
            NotificationKey::PublicKey => (false, turn),
            NotificationKey::Certificate => (true, turn),
            NotificationKey::Mixed => (turn.is_multiple_of(2), turn / 2),
        };
        self.turns.notifications = turn.wrapping_add(1);
        if by_certificate {
            return self.certificate_key(turn_of_certificates, now);
        }
        Arc::clone(&self.public_key)
    }

    /// Returns the public key or a listed certificate.
    fn selected(&self, wanted: &str, now: UnixSeconds) -> Option<Arc<PlatformPrivateKey>> {
        let listed = self.valid_certificates(now).filter(|_| !self.public_key_only);
        let mut keys = listed.map(|certificate| &certificate.key).chain([&self.public_key]);
        keys.find(|key| same_key(&key.serial, wanted)).map(Arc::clone)
    }

    /// Returns the key of the certificate that signs, or of the public key if there are no certificates.
    fn certificate_key(&self, turn: usize, now: UnixSeconds) -> Arc<PlatformPrivateKey> {
        if self.public_key_only {
            return Arc::clone(&self.public_key);
        }
        let valid: Vec<&Certificate> = self.valid_certificates(now).filter(|_| self.mixed).collect();
        let in_turn = turn.checked_rem(valid.len()).and_then(|turn| valid.get(turn));
        Arc::clone(in_turn.map_or(&self.signing, |certificate| &certificate.key))
    }

    /// Returns the key with this serial number or id. Former certificates are included.
    pub(crate) fn by_serial(&self, serial: &str) -> Option<Arc<PlatformPrivateKey>> {
        let certificates = self.certificates.iter().filter(|_| !self.public_key_only);
        let mut keys = certificates.map(|certificate| &certificate.key).chain([&self.public_key]);
        keys.find(|key| same_key(&key.serial, serial)).map(Arc::clone)
    }

    /// Returns the certificates that have not expired, oldest first.
    pub(crate) fn valid_certificates(&self, now: UnixSeconds) -> impl Iterator<Item = &Certificate> {
        let listed = self.certificates.iter().filter(|certificate| !certificate.withdrawn);
        listed.filter(move |certificate| now <= certificate.not_after)
    }

    /// Adds a certificate that is listed and does not sign yet, unless it is there.
    pub(crate) fn add(&mut self, certificate: Certificate) {
        if self.certificates.iter().any(|there| there.key.serial == certificate.key.serial) {
            return;
        }
        self.certificates.push(certificate);
        while self.certificates.len() > MAX_CERTIFICATES {
            let signs = |certificate: &Certificate| Arc::ptr_eq(&certificate.key, &self.signing);
            let oldest = self.certificates.iter().position(|certificate| !signs(certificate));
            self.certificates.remove(oldest.unwrap_or_default());
        }
    }

    /// Which certificates sign and are listed.
    pub(crate) fn modes(&self) -> KeyModes {
        let withdrawn = self.certificates.iter().filter(|certificate| certificate.withdrawn);
        KeyModes {
            signing: self.signing.serial.clone(),
            withdrawn: withdrawn.map(|certificate| certificate.key.serial.clone()).collect(),
            public_key_only: self.public_key_only,
            mixed: self.mixed,
        }
    }

    /// The modes in which the certificate `newest` signs. `withdraw` says whether the others are listed no longer.
    pub(crate) fn switched(&self, newest: &str, withdraw: bool) -> KeyModes {
        let mut modes = KeyModes { signing: newest.to_owned(), ..self.modes() };
        if withdraw {
            let all = self.certificates.iter().map(|certificate| certificate.key.serial.clone());
            modes.withdrawn.extend(all.filter(|serial| serial != newest));
        }
        modes
    }

    pub(crate) fn set_modes(&mut self, modes: &KeyModes) {
        let signing = self.certificates.iter().find(|certificate| certificate.key.serial == modes.signing);
        if let Some(certificate) = signing {
            self.signing = Arc::clone(&certificate.key);
        }
        for certificate in &mut self.certificates {
            certificate.withdrawn = modes.withdrawn.contains(&certificate.key.serial);
        }
        self.public_key_only = modes.public_key_only;
        if self.mixed != modes.mixed {
            // The oldest one begins.
            (self.mixed, self.turns) = (modes.mixed, Turns::default());
        }
    }

    pub(crate) fn newest(&self) -> Option<&Certificate> {
        self.certificates.last()
    }

    /// The certificates besides that of the credentials, as they are stored.
    pub(crate) fn stored(&self, credentials: &Credentials) -> Vec<StoredCertificate> {
        let own = credentials.platform_certificate_serial();
        let added = self.certificates.iter().filter(|certificate| certificate.key.serial != own);
        added.map(Certificate::stored).collect()
    }

    /// The keys as the control interface shows them.
    pub(crate) fn json(&self, now: UnixSeconds) -> Value {
        let certificates = self.certificates.iter().map(|certificate| {
            let mut json = certificate.json();
            let listed = !self.public_key_only && !certificate.withdrawn && now <= certificate.not_after;
            let signs = Arc::ptr_eq(&certificate.key, &self.signing) && !self.public_key_only;
            set(&mut json, "signs", signs || (self.mixed && listed));
            set(&mut json, "listed", listed);
            json
        });
        json!({
            "public_key_id": self.public_key.serial,
            "public_key_only": self.public_key_only,
            "mixed": self.mixed,
            "certificates": certificates.collect::<Vec<_>>(),
        })
    }
}

/// Whether two names are of the same key. The serial number of a certificate is a number in hexadecimal, the id of a
/// public key is a text.
fn same_key(one: &str, other: &str) -> bool {
    let number = |serial: &str| {
        let is_number = !serial.is_empty() && serial.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_number.then(|| serial.trim_start_matches('0').to_ascii_uppercase())
    };
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

impl PlatformPrivateKey {
    fn new(serial: &str, private_key_pem: &str) -> Result<Self, SandboxError> {
        let unusable = || KeyError::Crypto(CryptoError::new("load private key"));
        let pkcs8 = der(private_key_pem).ok_or_else(unusable)?;
        let decrypting = PrivateDecryptingKey::from_pkcs8(&pkcs8).map_err(|_| unusable())?;
        Ok(Self {
            serial: serial.to_owned(),
            signing: load_signing_key(&PROVIDER, private_key_pem)?,
            decrypting: OaepPrivateDecryptingKey::new(decrypting).map_err(|_| unusable())?,
        })
    }

    /// Converts a reply to a signed HTTP response.
    pub(crate) fn sign_reply(&self, reply: Reply, now: UnixSeconds) -> Response<Bytes> {
        let mut response = reply.into_response();
        let Ok(signature) = self.sign(response.body(), now) else {
            return Reply::system_error("系统错误").into_response();
        };
        for (name, value) in signature {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }

    /// Returns the signature headers for the body of a response or of a notification.
    pub(crate) fn sign(
        &self,
        body: &[u8],
        now: UnixSeconds,
    ) -> Result<[(&'static str, String); 5], CryptoError> {
        let (timestamp, nonce) = (now.to_string(), nonce());
        let mut message = format!("{timestamp}\n{nonce}\n").into_bytes();
        message.extend_from_slice(body);
        message.push(b'\n');
        let signature = self.signing.sign(&message)?;
        Ok([
            ("wechatpay-timestamp", timestamp),
            ("wechatpay-nonce", nonce),
            ("wechatpay-serial", self.serial.clone()),
            ("wechatpay-signature", STANDARD.encode(signature)),
            ("wechatpay-signature-type", "WECHATPAY2-SHA256-RSA2048".to_owned()),
        ])
    }

    /// Decrypts a field that was encrypted for this key. Returns `None` if it cannot be decrypted.
    pub(crate) fn decrypt(&self, ciphertext: &[u8]) -> Option<Vec<u8>> {
        let mut plaintext = vec![0; self.decrypting.min_output_size()];
        let decrypted = self.decrypting.decrypt(&OAEP_SHA1_MGF1SHA1, ciphertext, &mut plaintext, None);
        Some(decrypted.ok()?.to_vec())
    }
}

impl Certificate {
    pub(crate) fn new(serial: &str, pem: &str, private_key_pem: &str) -> Result<Self, SandboxError> {
        let malformed = KeyError::Malformed { expected: "certificate", problem: "it is not X.509" };
        let parsed = parse(pem).ok_or(malformed)?;
        let validity = parsed.tbs_certificate().validity();
        Ok(Self {
            key: Arc::new(PlatformPrivateKey::new(serial, private_key_pem)?),
            pem: pem.to_owned(),
            private_key_pem: private_key_pem.to_owned(),
            not_before: validity.not_before.to_unix_duration().as_secs(),
            not_after: validity.not_after.to_unix_duration().as_secs(),
            withdrawn: false,
        })
    }

    pub(crate) fn restore(stored: &StoredCertificate) -> Result<Self, SandboxError> {
        Self::new(&stored.serial, &stored.pem, &stored.private_key_pem)
    }

    pub(crate) fn stored(&self) -> StoredCertificate {
        StoredCertificate {
            serial: self.key.serial.clone(),
            pem: self.pem.clone(),
            private_key_pem: self.private_key_pem.clone(),
        }
    }

    pub(crate) fn serial(&self) -> &str {
        &self.key.serial
    }

    /// The members that all lists of certificates have.
    pub(crate) fn json(&self) -> Value {
        json!({
            "serial_no": self.key.serial,
            "effective_time": rfc3339(self.not_before),
            "expire_time": rfc3339(self.not_after),
        })
    }
}

/// Returns the public key of a certificate as a DER-encoded SubjectPublicKeyInfo.
pub(crate) fn public_key_of(certificate_pem: &str) -> Option<Vec<u8>> {
    parse(certificate_pem)?.tbs_certificate().subject_public_key_info().to_der().ok()
}

fn parse(certificate_pem: &str) -> Option<x509_cert::Certificate> {
    x509_cert::Certificate::from_der(&der(certificate_pem)?).ok()
}

/// Decodes a PEM file that the sandbox created, which has one block and nothing else.
fn der(pem: &str) -> Option<Vec<u8>> {
    let base64: String = pem.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(base64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixSeconds = 1_795_363_200;

    #[test]
    fn the_oldest_certificates_are_forgotten_but_not_the_one_that_signs() {
        let credentials = Credentials::generate(NOW).unwrap();
        let mut keys = SigningKeys::new(&credentials).unwrap();
        for number in 0..MAX_CERTIFICATES {
            let pem = credentials.platform_certificate_pem();
            let private_key = credentials.platform_certificate_private_pem();
            keys.add(Certificate::new(&format!("{number:X}"), pem, private_key).unwrap());
        }
        assert_eq!(keys.certificates.len(), MAX_CERTIFICATES);
        assert!(keys.by_serial(credentials.platform_certificate_serial()).is_some());
        assert!(keys.by_serial("0").is_none() && keys.by_serial("1").is_some());
    }

    #[test]
    fn serial_numbers_are_numbers_and_ids_are_texts() {
        for (one, other, same) in [
            ("0AB1", "ab1", true),
            ("0AB1", "AB1", true),
            ("AB1", "AB10", false),
            ("PUB_KEY_ID_1", "PUB_KEY_ID_1", true),
            ("PUB_KEY_ID_1", "pub_key_id_1", false),
            ("PUB_KEY_ID_1", "PUB_KEY_ID_01", false),
            ("AB1", "", false),
        ] {
            assert_eq!(same_key(one, other), same, "{one} {other}");
        }
    }
}
