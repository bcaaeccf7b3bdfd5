//! Platform certificates (平台证书), for merchants that do not use WeChat Pay's public key.

use std::collections::BTreeSet;
use std::fmt;

use http::Method;
use serde::Deserialize;

use crate::crypto;
use crate::error::{ApiError, DecodeError, ErrorCode, VerifyErrorKind};
use crate::json;
use crate::operation::{Operation, Path, ResponseSignature};
use crate::platform::PlatformKeys;
use crate::resource::{EncryptedResource, ResourceKey};
use crate::types::{Timestamp, UnixSeconds, lenient};
use crate::verify::Verified;

/// 获取平台证书列表: downloads the platform's certificates and takes them into the client's
/// [`PlatformKeys`].
///
/// `GET /v3/certificates` · [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012551764)
///
/// - Needs [`Client::with_api_v3_key`](crate::Client::with_api_v3_key): the certificates are encrypted, and whoever
///   can encrypt them so is believed. The answer must then be signed with one of them, or with a key that is known
///   already; so the first download needs no key, and one after a long absence works like the first.
/// - Certificates overlap when they change. All that are in force stay; those that have expired are dropped. Ask
///   again at least every 12 hours, or when an answer has an unknown serial.
/// - Reads only. 1000 requests a second.
/// - A merchant that uses the public key (微信支付公钥) has no certificates and gets 404
///   [`ResourceNotExists`](crate::error::ErrorCode::ResourceNotExists), or an empty list.
///
/// ```
/// # #[cfg(feature = "rustcrypto")] {
/// # use wechatpay_core::crypto::rustcrypto::PROVIDER;
/// # use wechatpay_core::{BuildError, Client, DownloadCertificates, Merchant, Nonce, PlatformKeys, Stamp};
/// use wechatpay_core::types::ApiV3Key;
///
/// # let private_key_pem = include_str!("../../tests/conformance/vectors/official_test_merchant_key_pkcs1.pem");
/// # let serial_no = "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB";
/// # let merchant = Merchant::from_pem(&PROVIDER, "1900007291".into(), serial_no, private_key_pem)?;
/// # let stamp = Stamp { unix_seconds: 1_554_208_460, nonce: Nonce::from_entropy([7; 16]) };
/// let client = Client::new(merchant, PlatformKeys::new())?
///     .with_api_v3_key(&PROVIDER, ApiV3Key::new("a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb")?);
/// let request = client.request(&DownloadCertificates, stamp)?;
/// # assert_eq!(request.uri(), "https://api.mch.weixin.qq.com/v3/certificates");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct DownloadCertificates;

/// A platform certificate that was decrypted and checked.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlatformCertificate {
    /// 证书序列号: its serial number, upper-case hexadecimal with its leading zeros, as in `Wechatpay-Serial`.
    pub serial_no: String,
    /// 证书启用时间: from when it is valid, according to the certificate.
    pub effective_time: Timestamp,
    /// 证书弃用时间: until when it is valid, according to the certificate.
    pub expire_time: Timestamp,
    /// The certificate in PEM, to be kept and given to
    /// [`PlatformKeys::add_certificate`] at the next start.
    pub pem: String,
}

impl fmt::Debug for PlatformCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformCertificate")
            .field("serial_no", &self.serial_no)
            .field("effective_time", &self.effective_time)
            .field("expire_time", &self.expire_time)
            .finish_non_exhaustive()
    }
}

impl Operation for DownloadCertificates {
    const NAME: &'static str = "certificates.download";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/certificates";
    const IDEMPOTENT: bool = true;
    const RESPONSE_SIGNATURE: ResponseSignature = ResponseSignature::ByItsCertificates;
    type Response = Vec<PlatformCertificate>;

    fn path(&self) -> Path {
        Path::new(Self::PATH)
    }

    fn decode(answer: Verified<'_>) -> Result<Self::Response, DecodeError> {
        Ok(answer.certificates.to_vec())
    }

    fn hint(error: &ApiError) -> Option<&'static str> {
        (error.code() == Some(&ErrorCode::ResourceNotExists)).then_some(
            "this merchant has no platform certificates: it uses WeChat Pay's public key, which the console gives \
             with its PUB_KEY_ID_; add it with PlatformKeys::add_public_key",
        )
    }
}

#[derive(Deserialize)]
struct CertificateList {
    #[serde(default, deserialize_with = "lenient::or_default")]
    data: Vec<Entry>,
}

/// The times beside it are not read: the certificate has its own, and theirs vary in type and name.
#[derive(Deserialize)]
struct Entry {
    serial_no: String,
    encrypt_certificate: EncryptedResource,
}

/// What an answer brings.
pub(crate) struct Brought {
    pub(crate) certificates: Vec<PlatformCertificate>,
    /// All that were known, and those in force among these.
    pub(crate) keys: PlatformKeys,
    /// Which of the keys are these.
    pub(crate) serials: BTreeSet<String>,
}

/// Decrypts the certificates that an answer brings, beside the `keys` that are known.
///
/// The answer is not verified yet. What is believed here is the encryption alone.
pub(crate) fn open(
    body: &[u8],
    resource_key: &ResourceKey,
    keys: &PlatformKeys,
    now: UnixSeconds,
) -> Result<Brought, VerifyErrorKind> {
    let refused = |problem| VerifyErrorKind::Certificate { problem };
    let list: CertificateList =
        json::from_slice(body).map_err(|_| refused("is not in a list as documented"))?;
    let (keys, mut serials) = (keys.detached(), BTreeSet::new());
    let mut certificates = Vec::with_capacity(list.data.len());
    for entry in list.data {
        // Nothing else that is encrypted under the same key may pass for a certificate.
        if entry.encrypt_certificate.associated_data != "certificate" {
            return Err(refused("is not encrypted as one"));
        }
        let pem = resource_key.open(&entry.encrypt_certificate)?;
        let parsed = crypto::certificate(&pem)
            .map_err(|_| refused("is not an X.509 certificate with an RSA key of at least 2048 bits"))?;
        if !same_serial(&parsed.serial, &entry.serial_no) {
            return Err(refused("has another serial number than the list says"));
        }
        let time = |unix| Timestamp::from_unix(unix).ok_or(refused("has a validity beyond the year 9999"));
        certificates.push(PlatformCertificate {
            effective_time: time(parsed.not_before)?,
            expire_time: time(parsed.not_after)?,
            pem: String::from_utf8(pem).map_err(|_| refused("is not text"))?,
            serial_no: parsed.serial.clone(),
        });
        // An old certificate may be listed to its last day, and beyond.
        if parsed.not_after < now {
            continue;
        }
        // Under its own serial, and as the list writes it if that differs: answers may name it so.
        for serial in BTreeSet::from([&parsed.serial, &entry.serial_no]) {
            keys.add_parsed_certificate(&resource_key.provider, &parsed, serial)
                .map_err(|_| refused("is the merchant's own, or its key cannot be used"))?;
            serials.insert(serial.clone());
        }
    }
    Ok(Brought { certificates, keys, serials })
}

/// Numbers as hexadecimal, which some software writes without leading zeros or in lower case.
fn same_serial(one: &str, other: &str) -> bool {
    let digits = |serial: &str| serial.trim_start_matches('0').to_ascii_uppercase();
    digits(one) == digits(other)
}
