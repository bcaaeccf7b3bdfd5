//! Platform certificates (平台证书), for merchants that do not use WeChat Pay's public key.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::{Method, Response};
use serde::{Deserialize, Serialize};

use crate::crypto::{self, EncryptedResource, ResourceKey};
use crate::error::{ApiError, Error, ErrorCode, VerifyError, VerifyErrorKind};
use crate::operation::{CrateOnly, KeysInResponse, OpenedKeys, Operation};
use crate::platform::{PlatformCertificate, PlatformKeys};
use crate::response::{self, Answer};
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
    #[serde(default, deserialize_with = "lenient::or_default")]
    data: Vec<Entry>,
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
    response: &Response<Bytes>,
    known: &PlatformKeys,
    resource_key: Result<&ResourceKey, VerifyErrorKind>,
    now: UnixSeconds,
) -> Result<Answer<O::Response>, Error> {
    if !response::is_success(response.status()) || !verify::is_signed(response.headers()) {
        return response::read(operation, response, known, now);
    }
    let opened = resource_key.and_then(|key| open(response.body(), key, known, now));
    let OpenedKeys { value, keys, serials } = opened.map_err(|kind| VerifyError::of(kind, response))?;
    let answer = response::read_as(operation, response, &keys, now, |_| Ok(value))?;
    known.update_certificates(&keys, &serials, now);
    Ok(answer)
}

/// Decrypts the certificates in a response and adds them to a copy of the known `keys`.
///
/// The response is not verified yet: at this point only the encryption authenticates the certificates.
fn open(
    body: &[u8],
    resource_key: &ResourceKey,
    keys: &PlatformKeys,
    now: UnixSeconds,
) -> Result<OpenedKeys<Vec<PlatformCertificate>>, VerifyErrorKind> {
    let rejected = |problem| VerifyErrorKind::Certificate { problem };
    let list: CertificateList = lenient::from_json(body)
        .map_err(|_| rejected("the list of platform certificates does not have the documented structure"))?;
    let (keys, mut serials) = (keys.detached(), BTreeSet::new());
    let mut certificates = Vec::with_capacity(list.data.len());
    for entry in list.data {
        // Other data encrypted with the same key must not be accepted as a certificate.
        if entry.encrypt_certificate.associated_data != "certificate" {
            return Err(rejected(
                "a value in the list of platform certificates is not encrypted as a certificate",
            ));
        }
        let pem = resource_key.open(&entry.encrypt_certificate)?;
        let parsed = crypto::certificate(&pem).map_err(|_| {
            rejected(
                "a platform certificate is not an X.509 certificate with an RSA key of at least 2048 bits",
            )
        })?;
        if !same_serial(&parsed.serial, &entry.serial_no) {
            return Err(rejected(
                "a platform certificate has a serial number other than the one in the list",
            ));
        }
        let time = |unix| {
            Timestamp::from_unix(unix).ok_or(rejected("a platform certificate is valid beyond the year 9999"))
        };
        certificates.push(PlatformCertificate {
            effective_time: time(parsed.not_before)?,
            expire_time: time(parsed.not_after)?,
            pem: String::from_utf8(pem).map_err(|_| rejected("a platform certificate is not text"))?,
            serial_no: parsed.serial.clone(),
        });
        // An old certificate may be listed until its last day, and even after it.
        if parsed.not_after < now {
            continue;
        }
        // Added under its own serial and, if different, as the list writes it, because responses may use either.
        for serial in BTreeSet::from([&parsed.serial, &entry.serial_no]) {
            keys.add_parsed_certificate(&resource_key.provider, &parsed, serial).map_err(|_| {
                rejected("a platform certificate is the merchant's own, or its key cannot be used")
            })?;
            serials.insert(serial.clone());
        }
    }
    Ok(OpenedKeys { value: certificates, keys, serials })
}

/// Compares serial numbers as hexadecimal numbers. Some software omits leading zeros or uses lower case.
fn same_serial(one: &str, other: &str) -> bool {
    let digits = |serial: &str| serial.trim_start_matches('0').to_ascii_uppercase();
    digits(one) == digits(other)
}
