use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use super::{Fetch, FetchGate, Sealed};
use crate::crypto::{self, Certificate, CryptoProvider, KeyError, RsaModulus, RsaPublicKey, VerifyingKey};
use crate::error::VerifyErrorKind;
use crate::types::{Mchid, UnixSeconds};

/// The keys that verify WeChat Pay's responses and callbacks: public keys and certificates together, looked up by the
/// exact text of `Wechatpay-Serial`.
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

#[derive(Clone, Default)]
struct KeySet {
    keys: BTreeMap<String, PlatformKey>,
    preferred: Option<String>,
    /// The merchants that use these keys. Their own serial numbers and keys must not be among the platform's.
    merchants: Vec<(String, Option<RsaModulus>)>,
}

#[derive(Clone)]
pub(crate) struct PlatformKey {
    key: Arc<dyn VerifyingKey>,
    modulus: Option<RsaModulus>,
    /// The first and last second of validity of a certificate. A public key has none.
    validity: Option<(UnixSeconds, UnixSeconds)>,
}

impl PlatformKeys {
    /// Creates a set without keys. Until a key is added, no response can be verified except that to
    /// [`DownloadCertificates`](crate::DownloadCertificates).
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds WeChat Pay's public key (微信支付公钥) from `pub_key.pem` under its id, `PUB_KEY_ID_…`, and makes it the
    /// preferred key.
    ///
    /// # Errors
    /// [`KeyError`] when the text is not an RSA public key of at least 2048 bits in PEM, when the id is not valid, or
    /// when the key or the id is a merchant's.
    pub fn add_public_key(
        &self,
        provider: &CryptoProvider,
        id: impl Into<String>,
        pem: impl AsRef<[u8]>,
    ) -> Result<(), KeyError> {
        let id = id.into();
        let key = PlatformKey::load(provider, &crypto::public_key(pem.as_ref())?, None)?;
        self.insert(id.clone(), key)?;
        self.prefer(&id);
        Ok(())
    }

    /// Adds a platform certificate (平台证书) under its own serial number, and returns that number.
    ///
    /// The certificate is not checked against an issuer: it is trusted because the caller passes it. Get it from
    /// `GET /v3/certificates` or the console.
    ///
    /// # Errors
    /// [`KeyError`] when the text is not an X.509 certificate with an RSA key of at least 2048 bits in PEM, or when the
    /// certificate is a merchant's.
    pub fn add_certificate(
        &self,
        provider: &CryptoProvider,
        pem: impl AsRef<[u8]>,
    ) -> Result<String, KeyError> {
        let certificate = crypto::certificate(pem.as_ref())?;
        self.add_parsed_certificate(provider, &certificate, &certificate.serial)?;
        Ok(certificate.serial)
    }

    pub(crate) fn add_parsed_certificate(
        &self,
        provider: &CryptoProvider,
        certificate: &Certificate,
        serial: &str,
    ) -> Result<(), KeyError> {
        let validity = Some((certificate.not_before, certificate.not_after));
        self.insert(serial.to_owned(), PlatformKey::load(provider, &certificate.key, validity)?)
    }

    /// Returns a copy that no longer shares its keys with `self`.
    pub(crate) fn detached(&self) -> Self {
        Self { set: Arc::new(RwLock::new(self.snapshot())), gate: FetchGate::default() }
    }

    /// Adds the keys of `other` whose serials are in `serials`, and removes certificates that have expired.
    pub(crate) fn update_certificates(&self, other: &Self, serials: &BTreeSet<String>, now: UnixSeconds) {
        let other = other.snapshot();
        self.update(|set| {
            // Other serials are not copied, because a key that was removed in the meantime must stay removed.
            let certificates = other.keys.iter().filter(|(serial, _)| serials.contains(*serial));
            set.keys.extend(certificates.map(|(serial, key)| (serial.clone(), key.clone())));
            set.keys.retain(|_, key| key.validity.is_none_or(|(_, not_after)| now <= not_after));
            if set.preferred.as_ref().is_some_and(|serial| !set.keys.contains_key(serial)) {
                set.preferred = None;
            }
        });
    }

    /// Encrypts a sensitive field for the platform with the preferred key, using RSAES-OAEP with SHA-1.
    ///
    /// # Errors
    /// [`KeyError::NoPlatformKey`] when there is no key. [`KeyError::Crypto`] when the text is too long for the key
    /// (more than 214 bytes for 2048 bits), or the provider does not implement OAEP.
    pub fn seal(&self, text: impl AsRef<[u8]>) -> Result<Sealed, KeyError> {
        let serial = self.preferred_serial().ok_or(KeyError::NoPlatformKey)?;
        let set = self.snapshot();
        let key = set.keys.get(&serial).ok_or(KeyError::NoPlatformKey)?;
        let ciphertext = key.key.encrypt(text.as_ref())?;
        Ok(Sealed::new(serial, ciphertext))
    }

    /// Adds a key of any kind, mainly for tests and fuzzing.
    ///
    /// # Errors
    /// [`KeyError`] when the serial is not valid or is a merchant's.
    pub fn add_key(&self, serial: impl Into<String>, key: Arc<dyn VerifyingKey>) -> Result<(), KeyError> {
        self.insert(serial.into(), PlatformKey { key, modulus: None, validity: None })
    }

    /// Removes a key. Returns whether it was present.
    pub fn remove(&self, serial: &str) -> bool {
        self.update(|set| {
            if set.preferred.as_deref() == Some(serial) {
                set.preferred = None;
            }
            set.keys.remove(serial).is_some()
        })
    }

    /// Makes the key with this serial the preferred one. Returns whether the key is present; if not, nothing changes.
    pub fn prefer(&self, serial: &str) -> bool {
        self.update(|set| {
            let known = set.keys.contains_key(serial);
            if known {
                set.preferred = Some(serial.to_owned());
            }
            known
        })
    }

    /// Returns the serial that is sent as `Wechatpay-Serial`: that of the preferred key, otherwise that of the
    /// certificate that expires last.
    pub fn preferred_serial(&self) -> Option<String> {
        let set = self.snapshot();
        let newest = || {
            let last = set.keys.iter().max_by_key(|(_, key)| key.validity.map(|(_, not_after)| not_after))?;
            Some(last.0.clone())
        };
        set.preferred.clone().or_else(newest)
    }

    /// Returns all serials in alphabetical order.
    pub fn serials(&self) -> Vec<String> {
        self.snapshot().keys.keys().cloned().collect()
    }

    /// Requests the right to fetch the platform's certificates for a merchant. `now` is the local time.
    pub(crate) fn request_fetch(&self, mchid: &Mchid, now: UnixSeconds) -> Fetch {
        self.gate.request(mchid, now)
    }

    pub(crate) fn knows(&self, serial: &str) -> bool {
        self.snapshot().keys.contains_key(serial)
    }

    /// Verifies a signature with the key of this serial.
    pub(crate) fn verify(
        &self,
        serial: &str,
        message: &[u8],
        signature: &[u8],
        now: UnixSeconds,
    ) -> Result<(), VerifyErrorKind> {
        let set = self.snapshot();
        let Some(key) = set.keys.get(serial) else {
            let known = set.keys.keys().cloned().collect();
            return Err(VerifyErrorKind::UnknownSerial { serial: serial.to_owned(), known });
        };
        if key.validity.is_some_and(|(not_before, not_after)| now < not_before || now > not_after) {
            return Err(VerifyErrorKind::CertificateExpired { serial: serial.to_owned() });
        }
        key.key
            .verify(message, signature)
            .map_err(|_| VerifyErrorKind::WrongSignature { serial: serial.to_owned() })
    }

    /// Rejects this merchant's own key and serial as the platform's, both now and for keys added later.
    pub(crate) fn guard_against(&self, serial: &str, modulus: Option<&RsaModulus>) -> Result<(), KeyError> {
        self.update(|set| {
            let entry = (serial.to_owned(), modulus.cloned());
            for (serial, key) in &set.keys {
                reject_merchant_key(std::slice::from_ref(&entry), serial, key)?;
            }
            if !set.merchants.contains(&entry) {
                set.merchants.push(entry);
            }
            Ok(())
        })
    }

    fn insert(&self, serial: String, key: PlatformKey) -> Result<(), KeyError> {
        // The serial is sent in a header, and compared with a header of the response.
        if serial.is_empty() || serial.len() > 128 || !serial.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(KeyError::Serial {
                problem: "the serial number or id of a platform key must be 1 to 128 printable ASCII characters",
            });
        }
        self.update(|set| {
            reject_merchant_key(&set.merchants, &serial, &key)?;
            set.keys.insert(serial, key);
            Ok(())
        })
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

fn reject_merchant_key(
    merchants: &[(String, Option<RsaModulus>)],
    serial: &str,
    key: &PlatformKey,
) -> Result<(), KeyError> {
    for (merchant_serial, merchant_modulus) in merchants {
        let same = if merchant_serial.eq_ignore_ascii_case(serial) {
            "serial number"
        } else if key.modulus.is_some() && key.modulus == *merchant_modulus {
            "key"
        } else {
            continue;
        };
        return Err(KeyError::MerchantKeyAsPlatformKey { serial: serial.to_owned(), same });
    }
    Ok(())
}

impl PlatformKey {
    fn load(
        provider: &CryptoProvider,
        key: &RsaPublicKey,
        validity: Option<(UnixSeconds, UnixSeconds)>,
    ) -> Result<Self, KeyError> {
        Ok(Self {
            key: provider.keys.verifying_key(&key.pkcs1)?,
            modulus: Some(key.modulus.clone()),
            validity,
        })
    }
}

impl fmt::Debug for PlatformKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformKeys")
            .field("serials", &self.serials())
            .field("preferred", &self.preferred_serial())
            .finish()
    }
}
