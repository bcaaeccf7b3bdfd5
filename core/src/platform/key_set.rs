use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::crypto::{CryptoProvider, KeyError, RsaModulus, RsaPublicKey, VerifyingKey, serial};
use crate::error::VerifyErrorKind;
use crate::types::UnixSeconds;

/// The number of unusable certificates that a set remembers.
const MAX_UNUSABLE: usize = 32;

/// The content of [`PlatformKeys`](super::PlatformKeys) at one moment.
///
/// All serials in it have their normal form: those of certificates are numbers, ids of public keys are texts.
#[derive(Clone, Default)]
pub(super) struct KeySet {
    keys: BTreeMap<String, PlatformKey>,
    preferred: Option<String>,
    /// The serials that are refused for good.
    distrusted: BTreeSet<String>,
    /// The certificates that the platform lists but that cannot be used, oldest first, and why.
    unusable: Vec<(String, String)>,
    /// The merchants that use these keys. Their own serial numbers and keys must not be among the platform's.
    merchants: Vec<(String, Option<RsaModulus>)>,
}

#[derive(Clone)]
pub(super) struct PlatformKey {
    key: Arc<dyn VerifyingKey>,
    modulus: Option<RsaModulus>,
    /// The first and last second of validity of a certificate. A public key has none.
    validity: Option<(UnixSeconds, UnixSeconds)>,
}

impl PlatformKey {
    /// A key of any kind, which is always valid.
    pub(super) fn new(key: Arc<dyn VerifyingKey>) -> Self {
        Self { key, modulus: None, validity: None }
    }

    pub(super) fn load(
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

    pub(super) fn encrypt(&self, text: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(self.key.encrypt(text)?)
    }

    fn is_valid(&self, now: UnixSeconds) -> bool {
        self.validity.is_none_or(|(not_before, not_after)| (not_before..=not_after).contains(&now))
    }
}

impl KeySet {
    pub(super) fn insert(&mut self, serial: &str, key: PlatformKey) -> Result<(), KeyError> {
        // The serial is sent in a header, and compared with a header of the response.
        if serial.is_empty() || serial.len() > 128 || !serial.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(KeyError::Serial {
                problem: "the serial number or id of a platform key must be 1 to 128 printable ASCII characters",
            });
        }
        let serial = serial::canonical(serial).into_owned();
        if self.distrusted.contains(&serial) {
            return Err(KeyError::Distrusted { serial });
        }
        reject_merchant_key(&self.merchants, &serial, Some(&key))?;
        self.unusable.retain(|(unusable, _)| *unusable != serial);
        self.keys.insert(serial, key);
        Ok(())
    }

    pub(super) fn remove(&mut self, serial: &str) -> bool {
        let serial = serial::canonical(serial);
        self.preferred.take_if(|preferred| *preferred == serial);
        self.keys.remove(&*serial).is_some()
    }

    pub(super) fn distrust(&mut self, serial: &str) -> bool {
        self.distrusted.insert(serial::canonical(serial).into_owned());
        self.remove(serial)
    }

    pub(super) fn is_distrusted(&self, serial: &str) -> bool {
        self.distrusted.contains(&*serial::canonical(serial))
    }

    pub(super) fn prefer(&mut self, serial: &str) -> bool {
        let serial = serial::canonical(serial);
        let known = self.keys.contains_key(&*serial);
        if known {
            self.preferred = Some(serial.into_owned());
        }
        known
    }

    /// The serial of the key that was preferred explicitly, whether or not it is valid.
    pub(super) fn explicitly_preferred(&self) -> Option<&str> {
        self.preferred.as_deref()
    }

    /// The key to use at this time: the preferred one or, unless it is valid, the certificate that expires last.
    pub(super) fn current(&self, now: UnixSeconds) -> Option<(&str, &PlatformKey)> {
        let valid = |(_, key): &(&String, &PlatformKey)| key.is_valid(now);
        let preferred = || self.keys.get_key_value(self.preferred.as_ref()?).filter(valid);
        let last = || {
            let valid = self.keys.iter().filter(valid);
            valid.max_by_key(|(_, key)| key.validity.map(|(_, not_after)| not_after))
        };
        preferred().or_else(last).map(|(serial, key)| (serial.as_str(), key))
    }

    pub(super) fn serials(&self) -> Vec<String> {
        self.keys.keys().cloned().collect()
    }

    pub(super) fn knows(&self, serial: &str) -> bool {
        self.keys.contains_key(&*serial::canonical(serial))
    }

    /// Verifies a signature with the key of this serial.
    pub(super) fn verify(
        &self,
        serial: &str,
        message: &[u8],
        signature: &[u8],
        now: UnixSeconds,
    ) -> Result<(), VerifyErrorKind> {
        let number = serial::canonical(serial);
        let serial = || serial.to_owned();
        let Some(key) = self.keys.get(&*number) else {
            return Err(if self.distrusted.contains(&*number) {
                VerifyErrorKind::Distrusted { serial: serial() }
            } else if let Some((_, problem)) = self.unusable.iter().find(|(unusable, _)| *unusable == number)
            {
                VerifyErrorKind::UnusableCertificate { serial: serial(), problem: problem.clone() }
            } else {
                VerifyErrorKind::UnknownSerial { serial: serial(), known: self.serials() }
            });
        };
        if !key.is_valid(now) {
            return Err(VerifyErrorKind::CertificateExpired { serial: serial() });
        }
        key.key.verify(message, signature).map_err(|_| VerifyErrorKind::WrongSignature { serial: serial() })
    }

    /// Remembers why a certificate in the platform's list cannot be used.
    pub(super) fn remember_unusable(&mut self, serial: &str, problem: &str) {
        let serial = serial::canonical(serial).into_owned();
        // A key that is known under this serial remains in use.
        if self.keys.contains_key(&serial) || self.distrusted.contains(&serial) {
            return;
        }
        self.unusable.retain(|(unusable, _)| *unusable != serial);
        if self.unusable.len() >= MAX_UNUSABLE {
            self.unusable.remove(0);
        }
        self.unusable.push((serial, problem.to_owned()));
    }

    /// Adds the keys of `other` whose serials are in `serials`, takes over which certificates cannot be used, and
    /// removes certificates that have expired.
    pub(super) fn update(&mut self, other: &Self, serials: &BTreeSet<String>, now: UnixSeconds) {
        // Other serials are not copied, because a key that was removed in the meantime must stay removed.
        for (serial, key) in other.keys.iter().filter(|(serial, _)| serials.contains(*serial)) {
            // One that was distrusted, or became a merchant's, in the meantime is refused.
            drop(self.insert(serial, key.clone()));
        }
        for (serial, problem) in &other.unusable {
            self.remember_unusable(serial, problem);
        }
        self.keys.retain(|_, key| key.validity.is_none_or(|(_, not_after)| now <= not_after));
        let keys = &self.keys;
        self.preferred.take_if(|serial| !keys.contains_key(serial));
    }

    /// Rejects this merchant's own key and serial as the platform's, both now and for keys added later.
    pub(super) fn guard_against(
        &mut self,
        serial: &str,
        modulus: Option<&RsaModulus>,
    ) -> Result<(), KeyError> {
        let entry = (serial::canonical(serial).into_owned(), modulus.cloned());
        for (serial, key) in &self.keys {
            reject_merchant_key(std::slice::from_ref(&entry), serial, Some(key))?;
        }
        if !self.merchants.contains(&entry) {
            self.merchants.push(entry);
        }
        Ok(())
    }

    /// Rejects a serial number that is a merchant's.
    pub(super) fn reject_merchant_serial(&self, serial: &str) -> Result<(), KeyError> {
        reject_merchant_key(&self.merchants, &serial::canonical(serial), None)
    }
}

fn reject_merchant_key(
    merchants: &[(String, Option<RsaModulus>)],
    serial: &str,
    key: Option<&PlatformKey>,
) -> Result<(), KeyError> {
    for (merchant_serial, merchant_modulus) in merchants {
        let same = if merchant_serial == serial {
            "serial number"
        } else if key.is_some_and(|key| key.modulus.is_some() && key.modulus == *merchant_modulus) {
            "key"
        } else {
            continue;
        };
        return Err(KeyError::MerchantKeyAsPlatformKey { serial: serial.to_owned(), same });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Any;

    impl VerifyingKey for Any {
        fn verify(&self, _: &[u8], _: &[u8]) -> Result<(), crate::crypto::CryptoError> {
            Ok(())
        }
    }

    fn certificate(validity: (UnixSeconds, UnixSeconds)) -> PlatformKey {
        PlatformKey { validity: Some(validity), ..PlatformKey::new(Arc::new(Any)) }
    }

    #[test]
    fn only_a_valid_key_is_current() {
        let mut set = KeySet::default();
        for (serial, validity) in [("0A", (0, 100)), ("0B", (50, 200)), ("0C", (90, 300))] {
            set.insert(serial, certificate(validity)).unwrap();
        }
        let current = |set: &KeySet, now| set.current(now).map(|(serial, _)| serial.to_owned());
        let expected = [(0, Some("0A")), (50, Some("0B")), (90, Some("0C")), (300, Some("0C")), (301, None)];
        for (now, serial) in expected {
            assert_eq!(current(&set, now).as_deref(), serial, "{now}");
        }
        // The preferred one is passed over while it is not valid.
        assert!(set.prefer("0b"));
        for (now, serial) in [(49, "0A"), (50, "0B"), (200, "0B"), (201, "0C")] {
            assert_eq!(current(&set, now).as_deref(), Some(serial), "{now}");
        }
        // A public key is always valid, but comes after the certificates unless it is preferred.
        set.insert("PUB_KEY_ID_1", PlatformKey::new(Arc::new(Any))).unwrap();
        assert_eq!(current(&set, 201).as_deref(), Some("0C"));
        assert_eq!(current(&set, 301).as_deref(), Some("PUB_KEY_ID_1"));
    }

    #[test]
    fn serials_of_certificates_are_numbers_and_ids_are_texts() {
        let mut set = KeySet::default();
        set.insert("00f08b", certificate((0, 9))).unwrap();
        set.insert("PUB_KEY_ID_0a", PlatformKey::new(Arc::new(Any))).unwrap();
        assert_eq!(set.serials(), ["F08B", "PUB_KEY_ID_0a"]);
        for serial in ["F08B", "f08b", "00F08B", "0f08b"] {
            assert!(set.knows(serial) && set.verify(serial, b"", b"", 0).is_ok(), "{serial}");
        }
        assert!(!set.knows("PUB_KEY_ID_0A") && !set.knows("F08B0"));
        assert!(set.remove("0f08B") && !set.knows("F08B"));
    }

    #[test]
    fn a_bounded_number_of_unusable_certificates_is_remembered_until_they_can_be_used() {
        let mut set = KeySet::default();
        for number in 0..MAX_UNUSABLE + 2 {
            set.remember_unusable(&format!("{number:04X}"), "it is an example");
            set.remember_unusable(&format!("{number:X}"), "it is an example");
        }
        assert_eq!(set.unusable.len(), MAX_UNUSABLE);
        let problem = |set: &KeySet, serial: &str| match set.verify(serial, b"", b"", 5) {
            Err(VerifyErrorKind::UnusableCertificate { problem, .. }) => Some(problem),
            Err(VerifyErrorKind::UnknownSerial { .. }) | Ok(()) => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(problem(&set, "1"), None);
        assert_eq!(problem(&set, "21").as_deref(), Some("it is an example"));
        let mut other = set.clone();
        other.insert("0021", certificate((0, 9))).unwrap();
        set.update(&other, &BTreeSet::from(["21".to_owned()]), 5);
        assert!(set.verify("21", b"", b"", 5).is_ok());
        set.remove("21");
        assert_eq!(problem(&set, "21"), None);
    }

    #[test]
    fn a_key_that_was_distrusted_during_a_fetch_is_not_added() {
        let mut set = KeySet::default();
        let mut fetched = set.clone();
        fetched.insert("0A", certificate((0, 9))).unwrap();
        assert!(!set.distrust("a"));
        set.update(&fetched, &BTreeSet::from(["0A".to_owned()]), 5);
        assert!(!set.knows("0A"));
        let distrusted = KeyError::Distrusted { serial: "0A".to_owned() };
        assert_eq!(set.insert("000a", certificate((0, 9))), Err(distrusted));
        let error = set.verify("0a", b"", b"", 5);
        assert_eq!(error, Err(VerifyErrorKind::Distrusted { serial: "0a".to_owned() }));
    }
}
