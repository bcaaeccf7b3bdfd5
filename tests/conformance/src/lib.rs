//! What the suites share: the official test merchant, a sandbox, a platform whose answers can be bent.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "for tests"
)]

pub mod driver;
pub mod drivers;
pub mod local;
pub mod scripted;
pub mod stage;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response};
use wechatpay_core::crypto::{CryptoProvider, SigningKey, aws_lc_rs, load_signing_key, rustcrypto};
use wechatpay_core::types::UnixSeconds;
use wechatpay_core::{Client, Merchant, Nonce, PlatformKeys, Stamp};
use wechatpay_sandbox::Credentials;

/// Every provider that is compiled in.
pub const PROVIDERS: [&CryptoProvider; 2] = [&rustcrypto::PROVIDER, &aws_lc_rs::PROVIDER];

/// The officially published test merchant.
pub const MCHID: &str = "1900007291";
/// Its serial number.
pub const SERIAL_NO: &str = "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB";
/// Its private key, PKCS#1.
pub const PRIVATE_KEY: &str = include_str!("../vectors/official_test_merchant_key_pkcs1.pem");
/// The public key of the documented response example.
pub const RESPONSE_KEY: &str = include_str!("../vectors/official_response_example_pub.pem");

/// The official vectors, all signed at this time with this nonce.
pub const TIMESTAMP: UnixSeconds = 1_554_208_460;
/// See [`TIMESTAMP`].
pub const NONCE: &str = "593BEC0C930BF1AFEB40B4A08C8FB242";

/// The real time, by which drivers sign.
#[expect(clippy::disallowed_methods, reason = "the suites' one clock")]
pub fn now() -> UnixSeconds {
    std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// The official vectors as data.
pub fn vectors() -> serde_json::Value {
    serde_json::from_str(include_str!("../vectors/vectors.json")).unwrap()
}

/// The stamp of the official vectors.
pub fn stamp() -> Stamp {
    Stamp { unix_seconds: TIMESTAMP, nonce: Nonce::parse(NONCE).unwrap() }
}

/// The official test merchant, who trusts nobody yet.
pub fn official_client(provider: &CryptoProvider) -> Client {
    let merchant = Merchant::from_pem(provider, MCHID.into(), SERIAL_NO, PRIVATE_KEY).unwrap();
    Client::new(merchant, PlatformKeys::new()).unwrap()
}

/// A merchant and a platform that know each other, made once per call.
pub fn pair(now: UnixSeconds) -> (Client, Platform, Credentials) {
    let credentials = Credentials::generate(now).unwrap();
    let merchant = Merchant::from_pem(
        &aws_lc_rs::PROVIDER,
        credentials.mchid().into(),
        credentials.serial_no(),
        credentials.private_key_pem(),
    )
    .unwrap();
    // The platform signs with a key of ours, so that its answers can be bent at will.
    let platform = Platform::new();
    let keys = PlatformKeys::new();
    keys.add_public_key(&aws_lc_rs::PROVIDER, PUBLIC_KEY_ID, &platform.public_key_pem).unwrap();
    (Client::new(merchant, keys).unwrap(), platform, credentials)
}

/// The id of [`Platform`]'s key.
pub const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0000000000000000000000000000000001";

/// A platform that signs whatever it is told.
pub struct Platform {
    key: Arc<dyn SigningKey>,
    /// Its public key.
    pub public_key_pem: String,
}

impl Platform {
    fn new() -> Self {
        // A freshly generated merchant key serves as well as any.
        let other = Credentials::generate(TIMESTAMP).unwrap();
        let key = load_signing_key(&aws_lc_rs::PROVIDER, other.private_key_pem()).unwrap();
        Self { key, public_key_pem: public_key_of(other.private_key_pem()) }
    }

    /// A raw signature.
    pub fn signature(&self, message: &[u8]) -> String {
        STANDARD.encode(self.key.sign(message).unwrap())
    }

    /// The signature headers over `body`.
    pub fn headers(&self, body: &str, now: UnixSeconds) -> [(&'static str, String); 5] {
        let message = format!("{now}\n{NONCE}\n{body}\n");
        [
            ("Wechatpay-Timestamp", now.to_string()),
            ("Wechatpay-Nonce", NONCE.to_owned()),
            ("Wechatpay-Serial", PUBLIC_KEY_ID.to_owned()),
            ("Wechatpay-Signature", self.signature(message.as_bytes())),
            ("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048".to_owned()),
        ]
    }

    /// A signed answer.
    pub fn answer(&self, status: u16, body: &str, now: UnixSeconds) -> Response<Bytes> {
        let response = Response::builder().status(status).header("Request-ID", "0800A1B2-0");
        let headers = self.headers(body, now).into_iter();
        let response = headers.fold(response, |response, (name, value)| response.header(name, value));
        response.body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
    }

    /// A signed callback.
    pub fn callback(&self, body: &str, now: UnixSeconds) -> Request<Vec<u8>> {
        let request = Request::post("/callback").header("content-type", "application/json");
        let headers = self.headers(body, now).into_iter();
        let request = headers.fold(request, |request, (name, value)| request.header(name, value));
        request.body(body.into()).unwrap()
    }
}

/// The SubjectPublicKeyInfo of a PKCS#8 private key, cut out of its DER: modulus and exponent are the second and
/// third integers of the `RSAPrivateKey` inside.
fn public_key_of(private_key_pem: &str) -> String {
    let base64: String = private_key_pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(base64).unwrap();
    // SEQUENCE { INTEGER 0, SEQUENCE algorithm, OCTET STRING { SEQUENCE { INTEGER 0, modulus, exponent, ..
    let (outer, _) = value(&der);
    let (_, rest) = value(outer);
    let algorithm_len = rest.len() - value(rest).1.len();
    let algorithm = &rest[..algorithm_len];
    let (inner, _) = value(&rest[algorithm_len..]);
    let (fields, _) = value(inner);
    let (_, rest) = value(fields);
    let after_modulus = value(rest).1;
    let after_exponent = value(after_modulus).1;
    let integers = &rest[..rest.len() - after_exponent.len()];
    let key = tagged(0x30, integers);
    let bits = tagged(0x03, &[&[0], key.as_slice()].concat());
    let spki = tagged(0x30, &[algorithm, bits.as_slice()].concat());
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(spki))
}

/// Content of the first DER value, and what follows it.
fn value(der: &[u8]) -> (&[u8], &[u8]) {
    let (header, len) = match der[1] {
        short @ 0..=0x7f => (2, usize::from(short)),
        0x81 => (3, usize::from(der[2])),
        _ => (4, usize::from(der[2]) << 8 | usize::from(der[3])),
    };
    (&der[header..header + len], &der[header + len..])
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, len[0], len[1]], content].concat()
}
