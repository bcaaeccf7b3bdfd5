use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use super::key_set::{KeySet, PlatformKey};
use super::{Fetch, FetchFor, FetchGate, Sealed};
use crate::crypto::{self, Certificate, CryptoProvider, KeyError, RsaModulus, VerifyingKey, serial};
use crate::error::VerifyErrorKind;
use crate::types::{Mchid, UnixSeconds};

/// The keys that verify WeChat Pay's responses and callbacks: public keys and certificates together, looked up by
/// `Wechatpay-Serial`. The serial number of a certificate is a hexadecimal number, so its case and leading zeros do not
/// matter. The id of a public key is a text.
///
/// Clones share their keys. Keys can be added or removed while requests are in flight: a lock is held only while a
/// reference is copied. One key is preferred: its serial is sent with every request, and the platform signs the response with
/// that key.
///
/// ```no_run
/// # use wechatpay_core::PlatformKeys;
/// # use wechatpay_core::crypto::rustcrypto::PROVIDER;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = PlatformKeys::new();
/// keys.add_public_key(&PROVIDER, "PUB_KEY_ID_0000000000000024101100397200000006", std::fs::read("pub_key.pem")?)?;
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct PlatformKeys {
    set: Arc<RwLock<Arc<KeySet>>>,
    gate: FetchGate,
}

impl PlatformKeys {
    /// Creates a set without keys. Until a key is added, no response can be verified except that to
    /// [`DownloadCertificates`](crate::DownloadCertificates).
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds WeChat Pay's public key (微信支付公钥) from `pub_key.pem` under its id, `PUB_KEY_ID_…`, and makes it the
    /// preferred key. The console shows the id beside the public key. White space around it is removed.
    ///
    /// Which files can be read is described in the [`crypto`] module.
    ///
    /// # Errors
    /// [`KeyError`] when the file contains no RSA public key of at least 2048 bits, when the id does not begin with
    /// `PUB_KEY_ID_` or is [distrusted](Self::distrust), or when the key is a merchant's.
    pub fn add_public_key(
        &self,
        provider: &CryptoProvider,
        id: impl Into<String>,
        pem: impl AsRef<[u8]>,
    ) -> Result<(), KeyError> {
        let id = id.into();
        self.snapshot().reject_merchant_serial(&crypto::trimmed(&id))?;
        let id = serial::public_key_id(&id)?;
        let key = PlatformKey::load(provider, &crypto::public_key(pem.as_ref())?, None)?;
        self.update(|set| {
            set.insert(&id, key)?;
            set.prefer(&id);
            Ok(())
        })
    }

    /// Adds a platform certificate (平台证书) under its own serial number, and returns that number: upper-case
    /// hexadecimal, as OpenSSL prints it.
    ///
    /// The certificate is not checked against an issuer: it is trusted because the caller passes it. Get it from
    /// `GET /v3/certificates` or the console. Which files can be read is described in the [`crypto`] module.
    ///
    /// # Errors
    /// [`KeyError`] when the file contains no X.509 certificate with an RSA key of at least 2048 bits, when its serial
    /// number is [distrusted](Self::distrust), or when the certificate is a merchant's.
    pub fn add_certificate(
        &self,
        provider: &CryptoProvider,
        pem: impl AsRef<[u8]>,
    ) -> Result<String, KeyError> {
        let certificate = crypto::certificate(pem.as_ref())?;
        self.add_parsed_certificate(provider, &certificate)?;
        Ok(certificate.serial)
    }

    pub(crate) fn add_parsed_certificate(
        &self,
        provider: &CryptoProvider,
        certificate: &Certificate,
    ) -> Result<(), KeyError> {
        let validity = Some((certificate.not_before, certificate.not_after));
        let key = PlatformKey::load(provider, &certificate.key, validity)?;
        self.update(|set| set.insert(&certificate.serial, key))
    }

    /// Remembers why a certificate in the platform's list cannot be used, to explain signatures made with it.
    pub(crate) fn remember_unusable(&self, serial: &str, problem: &str) {
        self.update(|set| set.remember_unusable(serial, problem));
    }

    pub(crate) fn is_distrusted(&self, serial: &str) -> bool {
        self.snapshot().is_distrusted(serial)
    }

    /// Returns a copy that no longer shares its keys with `self`.
    pub(crate) fn detached(&self) -> Self {
        Self { set: Arc::new(RwLock::new(self.snapshot())), gate: FetchGate::default() }
    }

    /// Adds the keys of `other` whose serials are in `serials`, takes over which certificates cannot be used, and
    /// removes certificates that have expired.
    pub(crate) fn update_certificates(&self, other: &Self, serials: &BTreeSet<String>, now: UnixSeconds) {
        let other = other.snapshot();
        self.update(|set| set.update(&other, serials, now));
    }

    /// Encrypts a sensitive field for the platform, using RSAES-OAEP with SHA-1, with the key that
    /// [`preferred_serial`](Self::preferred_serial) names. `now` is the local time.
    ///
    /// # Errors
    /// [`KeyError::NoPlatformKey`] when no key is valid now. [`KeyError::Crypto`] when the text is too long for the key
    /// (more than 214 bytes for 2048 bits), or the provider does not implement OAEP.
    pub fn seal(&self, text: impl AsRef<[u8]>, now: UnixSeconds) -> Result<Sealed, KeyError> {
        let set = self.snapshot();
        let (serial, key) = set.current(now).ok_or(KeyError::NoPlatformKey)?;
        Ok(Sealed::new(serial.to_owned(), key.encrypt(text.as_ref())?))
    }

    /// Adds a key of any kind, mainly for tests and fuzzing. A serial of hexadecimal digits is a number, as that of a
    /// certificate.
    ///
    /// # Errors
    /// [`KeyError`] when the serial is not 1 to 128 printable ASCII characters, is [distrusted](Self::distrust), or is a
    /// merchant's.
    pub fn add_key(&self, serial: impl Into<String>, key: Arc<dyn VerifyingKey>) -> Result<(), KeyError> {
        self.update(|set| set.insert(&serial.into(), PlatformKey::new(key)))
    }

    /// Removes a key. Returns whether it was present.
    ///
    /// A certificate that the platform still lists comes back with the next fetch. To refuse a key for good, use
    /// [`distrust`](Self::distrust).
    pub fn remove(&self, serial: &str) -> bool {
        self.update(|set| set.remove(&serial::named(serial)))
    }

    /// Removes a key and refuses it from now on, in this set and all its clones. Returns whether it was present.
    ///
    /// Use it when the platform's private key has leaked or was revoked: whoever has it could sign responses and
    /// callbacks. Adding the key again is an error, a fetch of certificates skips it, and what it signs is refused with
    /// [`VerifyErrorKind::Distrusted`]. It cannot be undone; create a new set instead. The set is not stored, so call
    /// this at every start.
    pub fn distrust(&self, serial: &str) -> bool {
        self.update(|set| set.distrust(&serial::named(serial)))
    }

    /// Makes the key with this serial the preferred one. Returns whether the key is present; if not, nothing changes.
    pub fn prefer(&self, serial: &str) -> bool {
        self.update(|set| set.prefer(&serial::named(serial)))
    }

    /// Returns the serial that is sent as `Wechatpay-Serial`: that of the preferred key or, if there is none or it is
    /// not valid now, that of the certificate that expires last. `now` is the local time. A certificate that has
    /// expired or is not valid yet is never named. Returns `None` when no key is valid.
    pub fn preferred_serial(&self, now: UnixSeconds) -> Option<String> {
        self.snapshot().current(now).map(|(serial, _)| serial.to_owned())
    }

    /// Returns all serials in alphabetical order. Those of certificates are in upper-case hexadecimal.
    pub fn serials(&self) -> Vec<String> {
        self.snapshot().serials()
    }

    /// Requests the right to fetch the platform's certificates for a merchant. `now` is the local time.
    pub(crate) fn request_fetch(&self, mchid: &Mchid, reader: FetchFor, now: UnixSeconds) -> Fetch {
        self.gate.request(mchid, reader, now)
    }

    pub(crate) fn knows(&self, serial: &str) -> bool {
        self.snapshot().knows(serial)
    }

    /// Verifies a signature with the key of this serial.
    pub(crate) fn verify(
        &self,
        serial: &str,
        message: &[u8],
        signature: &[u8],
        now: UnixSeconds,
    ) -> Result<(), VerifyErrorKind> {
        self.snapshot().verify(serial, message, signature, now)
    }

    /// Rejects this merchant's own key and serial as the platform's, both now and for keys added later.
    pub(crate) fn guard_against(&self, serial: &str, modulus: Option<&RsaModulus>) -> Result<(), KeyError> {
        self.update(|set| set.guard_against(serial, modulus))
    }

    fn snapshot(&self) -> Arc<KeySet> {
        // A poisoned lock is harmless: a writer replaces the whole set at once, so it is never partly written.
        Arc::clone(&self.set.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn update<T>(&self, change: impl FnOnce(&mut KeySet) -> T) -> T {
        let mut current = self.set.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut current))
    }
}

impl fmt::Debug for PlatformKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformKeys")
            .field("serials", &self.serials())
            .field("preferred", &self.snapshot().explicitly_preferred())
            .finish()
    }
}
