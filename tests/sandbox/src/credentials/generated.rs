//! Credentials, and their generation.

use std::fmt;

use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize, SerialNumber};
use serde::{Deserialize, Serialize};
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::error::KeyError;
use wechatpay_core::types::UnixSeconds;

use crate::calendar::{DAY, certificate_date};
use crate::error::SandboxError;

/// Credentials of a merchant, and the private keys of the platform. They are generated and valid in the sandbox only.
#[derive(Clone)]
pub struct Credentials {
    pub(super) private_key_pem: String,
    pub(super) certificate_pem: String,
    pub(super) public_key_pem: String,
    pub(super) platform_certificate_pem: String,
    pub(super) rest: Rest,
}

/// The content of `sandbox_platform.json`.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Rest {
    mchid: String,
    appid: String,
    serial_no: String,
    api_v3_key: String,
    public_key_id: String,
    platform_certificate_serial: String,
    public_key_private_pem: String,
    platform_certificate_private_pem: String,
}

impl Credentials {
    /// Generates three RSA keys of 2048 bits and two certificates that are valid for five years.
    ///
    /// # Errors
    /// [`SandboxError`] if keys or certificates cannot be generated, for example without entropy.
    pub fn generate(now: UnixSeconds) -> Result<Self, SandboxError> {
        let platform = certificate("wechatpay-sandbox platform", now)?;
        let public = key_pair()?;
        let mut random = [0; 64];
        PROVIDER.random.fill(&mut random).map_err(KeyError::from)?;
        let (for_key, for_ids) = random.split_at(32);
        let mchid = format!("19{}", text(for_ids.iter().take(8), b"0123456789"));
        // As in a real merchant's certificate, the common name is the merchant number.
        let merchant = certificate(&mchid, now)?;
        Ok(Self {
            private_key_pem: merchant.private_key_pem,
            certificate_pem: merchant.pem,
            public_key_pem: public.public_key_pem(),
            platform_certificate_pem: platform.pem,
            rest: Rest {
                mchid,
                appid: format!("wx{}", text(for_ids.iter().take(16), b"0123456789abcdef")),
                serial_no: merchant.serial,
                api_v3_key: text(for_key, b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789"),
                public_key_id: format!("PUB_KEY_ID_{}", text(for_ids, b"0123456789")),
                platform_certificate_serial: platform.serial,
                public_key_private_pem: public.serialize_pem(),
                platform_certificate_private_pem: platform.private_key_pem,
            },
        })
    }

    /// The merchant's id (商户号).
    pub fn mchid(&self) -> &str {
        &self.rest.mchid
    }

    /// The id of the app that is bound to the merchant.
    pub fn appid(&self) -> &str {
        &self.rest.appid
    }

    /// The serial number of the merchant's certificate.
    pub fn serial_no(&self) -> &str {
        &self.rest.serial_no
    }

    /// The merchant's private key in PKCS#8 PEM.
    pub fn private_key_pem(&self) -> &str {
        &self.private_key_pem
    }

    /// The merchant's certificate.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The merchant's APIv3 key (APIv3 密钥).
    pub fn api_v3_key(&self) -> &str {
        &self.rest.api_v3_key
    }

    /// The id of the platform's public key.
    pub fn public_key_id(&self) -> &str {
        &self.rest.public_key_id
    }

    /// The platform's public key.
    pub fn public_key_pem(&self) -> &str {
        &self.public_key_pem
    }

    /// The serial number of the platform's certificate.
    pub fn platform_certificate_serial(&self) -> &str {
        &self.rest.platform_certificate_serial
    }

    /// The platform's certificate.
    pub fn platform_certificate_pem(&self) -> &str {
        &self.platform_certificate_pem
    }

    /// The private key that belongs to the platform's public key.
    pub(crate) fn public_key_private_pem(&self) -> &str {
        &self.rest.public_key_private_pem
    }

    /// The private key of the platform's certificate.
    pub(crate) fn platform_certificate_private_pem(&self) -> &str {
        &self.rest.platform_certificate_private_pem
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("mchid", &self.rest.mchid)
            .field("serial_no", &self.rest.serial_no)
            .field("public_key_id", &self.rest.public_key_id)
            .field("platform_certificate_serial", &self.rest.platform_certificate_serial)
            .finish_non_exhaustive()
    }
}

/// A private key and its certificate.
pub(crate) struct Certified {
    pub(crate) serial: String,
    pub(crate) pem: String,
    pub(crate) private_key_pem: String,
}

/// Generates a key and a self-signed certificate that is valid for five years.
pub(crate) fn certificate(name: &str, now: UnixSeconds) -> Result<Certified, SandboxError> {
    let mut serial = [0; 20];
    PROVIDER.random.fill(&mut serial).map_err(KeyError::from)?;
    // A positive number of exactly 20 bytes whose first hex digit is 0. This reveals clients that drop leading zeros.
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x07) | 0x08;
    }
    let key = key_pair()?;
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    // Valid since yesterday, so that the time zone does not matter.
    params.not_before = certificate_date(now.saturating_sub(DAY));
    params.not_after = certificate_date(now.saturating_add(5 * 365 * DAY));
    Ok(Certified {
        serial: serial.iter().map(|byte| format!("{byte:02X}")).collect(),
        pem: params.self_signed(&key).map_err(SandboxError::generate)?.pem(),
        private_key_pem: key.serialize_pem(),
    })
}

fn key_pair() -> Result<KeyPair, SandboxError> {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).map_err(SandboxError::generate)
}

fn text<'a>(random: impl IntoIterator<Item = &'a u8>, alphabet: &[u8]) -> String {
    let pick = |byte: &u8| alphabet.get(usize::from(*byte).checked_rem(alphabet.len())?).copied();
    random.into_iter().filter_map(pick).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_the_far_future_does_not_panic() {
        for now in [0, 253_300_000_000, u64::MAX] {
            assert!(Credentials::generate(now).is_ok(), "{now}");
        }
    }
}
