//! Platform certificates (平台证书), for merchants that do not use WeChat Pay's public key.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::{Method, Response};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::answer::Answer;
use crate::crypto::{self, EncryptedResource, KeyError, ResourceKey, serial};
use crate::error::{ApiError, Error, ErrorCode, VerifyError, VerifyErrorKind};
use crate::operation::{CrateOnly, KeysInResponse, OpenedKeys, Operation};
use crate::platform::{PlatformCertificate, PlatformKeys};
use crate::request::Stamp;
use crate::response;
use crate::types::{Timestamp, UnixSeconds, lenient};
use crate::verify;

/// 获取平台证书列表: downloads the platform's certificates and adds them to the client's [`PlatformKeys`].
///
/// `GET /v3/certificates` · [documentation](https://pay.weixin.qq.com/doc/v3/merchant/4012551764)
///
/// - Requires [`Client::with_api_v3_key`](crate::Client::with_api_v3_key). The certificates are encrypted with the
///   APIv3 key, and are trusted because only the platform and the merchant know that key. The response must then be
///   signed with one of these certificates or with a known key. So the first download needs no known key, and
///   neither does one after all known certificates have expired.
/// - The validity of certificates overlaps when they change. All certificates in force are kept, and expired ones are
///   removed. Download them again at least every 12 hours, or when a response has an unknown serial.
/// - Each certificate in the list is decrypted and checked by itself. One that cannot be used, for example because its
///   key is too small, is left out of the response. What it signs is refused with
///   [`VerifyErrorKind::UnusableCertificate`], which says why. Only if none can be used, the call fails.
/// - Read-only. At most 1000 requests per second.
/// - For a merchant that uses the public key (微信支付公钥) there are no certificates: the platform returns 404
///   [`ResourceNotExists`](crate::error::ErrorCode::ResourceNotExists) or an empty list.
///
/// ```
/// # #[cfg(feature = "rustcrypto")] {
/// # use wechatpay_core::crypto::rustcrypto::PROVIDER;
/// # use wechatpay_core::{BuildError, Client, DownloadCertificates, Merchant, Nonce, PlatformKeys, Stamp};
/// use wechatpay_core::crypto::ApiV3Key;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct DownloadCertificates;

impl Operation for DownloadCertificates {
    const NAME: &'static str = "certificates.download";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/certificates";
    const IDEMPOTENT: bool = true;
    type Response = Vec<PlatformCertificate>;

    fn keys_in_response(_: CrateOnly) -> Option<KeysInResponse<Self::Response>> {
        Some(KeysInResponse(open))
    }

    fn hint(error: &ApiError) -> Option<&'static str> {
        (error.code() == Some(&ErrorCode::ResourceNotExists)).then_some(
            "this merchant has no platform certificates because it uses WeChat Pay's public key; get the key and its \
             PUB_KEY_ID_ from the console and add the key with PlatformKeys::add_public_key",
        )
    }
}

#[derive(Deserialize)]
struct CertificateList {
    /// Each entry is read by itself, so that one that is not as documented does not hide the others.
    data: Option<Vec<Box<RawValue>>>,
}

/// An entry of the list. The validity times beside the certificate are ignored: the certificate contains its own, and
/// those of the list vary in type and name.
#[derive(Deserialize)]
struct Entry {
    serial_no: String,
    encrypt_certificate: EncryptedResource,
}

/// Verifies a response with the known keys and with the keys it contains, then adds the contained keys to `known`.
///
/// Error responses contain no keys and unsigned responses are rejected, so both are read like any other response.
pub(crate) fn read<O: Operation>(
    KeysInResponse(open): &KeysInResponse<O::Response>,
    operation: &O,
    stamp: Option<Stamp>,
    response: &Response<Bytes>,
    known: &PlatformKeys,
    resource_key: Result<&ResourceKey, VerifyErrorKind>,
    now: UnixSeconds,
) -> Result<Answer<O::Response>, Error> {
    if !response::is_success(response.status()) || !verify::is_signed(response.headers()) {
        return response::read(operation, stamp, response, known, O::RESPONSE_SIGNATURE, now);
    }
    let opened = resource_key.and_then(|key| open(response.body(), key, known, now));
    let OpenedKeys { value, keys, serials } = opened.map_err(|kind| VerifyError::of(kind, response))?;
    let answer = response::read_as(operation, response, &keys, O::RESPONSE_SIGNATURE, now, |_| Ok(value))?;
    known.update_certificates(&keys, &serials, now);
    Ok(answer)
}

/// Decrypts the certificates in a response and adds them to a copy of the known `keys`.
///
/// The response is not verified yet: at this point only the encryption authenticates the certificates. Each one is
/// authenticated by itself, so one that cannot be used is left out, and the others are added.
fn open(
    body: &[u8],
    resource_key: &ResourceKey,
    keys: &PlatformKeys,
    now: UnixSeconds,
) -> Result<OpenedKeys<Vec<PlatformCertificate>>, VerifyErrorKind> {
    let list: CertificateList = lenient::from_json(body).map_err(|_| VerifyErrorKind::Certificate {
        problem: "the list of platform certificates does not have the documented structure",
    })?;
    let (keys, mut serials) = (keys.detached(), BTreeSet::new());
    let entries = list.data.unwrap_or_default();
    let mut certificates = Vec::with_capacity(entries.len());
    let mut unusable = Vec::new();
    for entry in entries {
        let Ok(entry) = lenient::from_json::<Entry>(entry.get().as_bytes()) else {
            let problem =
                "an entry in the list of platform certificates does not have the documented structure";
            unusable.push((None, VerifyErrorKind::Certificate { problem }));
            continue;
        };
        if keys.is_distrusted(&entry.serial_no) {
            continue;
        }
        let opened = open_entry(&entry, resource_key).and_then(|(parsed, certificate)| {
            // An old certificate may be listed until its last day, and even after it.
            if now <= parsed.not_after {
                keys.add_parsed_certificate(&resource_key.provider, &parsed)
                    .map_err(|error| unusable_certificate(&entry, &error))?;
                serials.insert(parsed.serial);
            }
            Ok(certificate)
        });
        match opened {
            Ok(certificate) => certificates.push(certificate),
            // Whoever sent it knows the APIv3 key and claims to be both sides.
            Err(kind @ VerifyErrorKind::Certificate { problem: MERCHANTS_OWN }) => return Err(kind),
            Err(kind) => unusable.push((Some(entry.serial_no), kind)),
        }
    }
    for (serial, kind) in &unusable {
        let Some(serial) = serial.as_deref().filter(|serial| is_serial_number(serial)) else { continue };
        let problem = match kind {
            VerifyErrorKind::UnusableCertificate { problem, .. } => problem.clone(),
            kind => kind.to_string(),
        };
        keys.remember_unusable(serial, &problem);
    }
    match unusable.into_iter().next() {
        // With a wrong APIv3 key, no entry can be used.
        Some((_, kind)) if certificates.is_empty() => Err(kind),
        _ => Ok(OpenedKeys { value: certificates, keys, serials }),
    }
}

const MERCHANTS_OWN: &str = "a platform certificate is the merchant's own";

/// Decrypts and reads one certificate.
fn open_entry(
    entry: &Entry,
    resource_key: &ResourceKey,
) -> Result<(crypto::Certificate, PlatformCertificate), VerifyErrorKind> {
    let rejected = |problem| VerifyErrorKind::Certificate { problem };
    // Other data encrypted with the same key must not be accepted as a certificate.
    if entry.encrypt_certificate.associated_data != "certificate" {
        return Err(rejected(
            "a value in the list of platform certificates is not encrypted as a certificate",
        ));
    }
    let pem = resource_key.open(&entry.encrypt_certificate)?;
    let parsed = crypto::certificate(&pem).map_err(|error| unusable_certificate(entry, &error))?;
    if serial::canonical(&entry.serial_no) != parsed.serial {
        return Err(rejected("a platform certificate has a serial number other than the one in the list"));
    }
    let time = |unix| {
        Timestamp::from_unix(unix).ok_or(rejected("a platform certificate is valid beyond the year 9999"))
    };
    let certificate = PlatformCertificate {
        effective_time: time(parsed.not_before)?,
        expire_time: time(parsed.not_after)?,
        pem: String::from_utf8(pem).map_err(|_| rejected("a platform certificate is not text"))?,
        serial_no: parsed.serial.clone(),
    };
    Ok((parsed, certificate))
}

fn unusable_certificate(entry: &Entry, error: &KeyError) -> VerifyErrorKind {
    match error {
        KeyError::MerchantKeyAsPlatformKey { .. } => VerifyErrorKind::Certificate { problem: MERCHANTS_OWN },
        _ if is_serial_number(&entry.serial_no) => VerifyErrorKind::UnusableCertificate {
            serial: entry.serial_no.clone(),
            problem: error.to_string(),
        },
        _ => VerifyErrorKind::Certificate {
            problem: "a platform certificate cannot be used, and its serial number in the list is not hexadecimal",
        },
    }
}

/// Whether this can be the serial number of a certificate, and may be stored and shown. A header cannot be longer.
fn is_serial_number(serial: &str) -> bool {
    serial.len() <= 128 && serial::is_hexadecimal(serial)
}
