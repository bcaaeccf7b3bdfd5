//! Shared by all test suites: the official test merchant, sandboxes, a platform that signs any response, and the
//! drivers.

pub mod bare;
pub mod der;
pub mod drivers;
mod platform;
pub mod public_types;
pub mod sandbox;
pub mod scripted;
pub mod simulated;

/// Compiles the Rust examples of README.md.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;

/// Compiles the Rust examples of README.zh-CN.md.
#[cfg(doctest)]
#[doc = include_str!("../../../README.zh-CN.md")]
pub struct ReadmeZhCn;

/// Compiles the Rust examples of docs/connections.md.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/connections.md")]
pub struct Connections;

pub use platform::*;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Response;
use wechatpay_core::cashcoupons::platform_favor::{
    CreatePlatformFavor, PlatformFavorAvailableTime, PlatformFavorSendRule, PlatformFavorUseRule,
};
use wechatpay_core::cashcoupons::{DeductBalanceMethod, RequiredCouponFields, SendCoupon};
use wechatpay_core::crypto::{ApiV3Key, CryptoProvider, aws_lc_rs, graviola, ring, rustcrypto};
use wechatpay_core::error::VerifyErrorKind;
use wechatpay_core::testing::{ArbitraryOperation, sendable};
use wechatpay_core::types::{Fen, UnixSeconds};
use wechatpay_core::{
    Answer, BaseUrl, Client, Error, Merchant, Nonce, Outcome, PlatformKeys, RetryPolicy, Stamp,
};
use wechatpay_sandbox::Credentials;

/// All crypto providers.
pub const PROVIDERS: [&CryptoProvider; 4] =
    [&rustcrypto::PROVIDER, &aws_lc_rs::PROVIDER, &ring::PROVIDER, &graviola::PROVIDER];
/// The providers that support RSA-OAEP.
pub const WITH_OAEP: [&CryptoProvider; 2] = [&rustcrypto::PROVIDER, &aws_lc_rs::PROVIDER];

/// The merchant number of the officially published test merchant.
pub const MCHID: &str = "1900007291";
/// The serial number of its certificate.
pub const SERIAL_NO: &str = "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB";
/// Its private key, PKCS#1.
pub const PRIVATE_KEY: &str = include_str!("../vectors/official_test_merchant_key_pkcs1.pem");
/// The public key of the documented response example.
pub const RESPONSE_KEY: &str = include_str!("../vectors/official_response_example_pub.pem");

/// The time at which all official vectors are signed.
pub const TIMESTAMP: UnixSeconds = 1_554_208_460;
/// The nonce with which all official vectors are signed.
pub const NONCE: &str = "593BEC0C930BF1AFEB40B4A08C8FB242";

/// The system time, which drivers use to sign.
#[expect(clippy::disallowed_methods, reason = "the only place where the test suites read the clock")]
pub fn now() -> UnixSeconds {
    std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// The official vectors as JSON.
pub fn vectors() -> serde_json::Value {
    serde_json::from_str(include_str!("../vectors/vectors.json")).unwrap()
}

/// The path of a folder or file in the workspace.
pub fn workspace(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// All Rust source files in a folder and its subfolders.
pub fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    entries
        .flat_map(below)
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// The body and the signature of an official request vector.
pub fn request_vector(name: &str) -> (String, String) {
    let vectors = vectors();
    let found = vectors["requests"].as_array().unwrap().iter().find(|vector| vector["name"] == name).unwrap();
    let text = |field: &str| found[field].as_str().unwrap().to_owned();
    (text("body"), text("signature"))
}

/// The stamp of the official vectors.
pub fn stamp() -> Stamp {
    stamp_at(TIMESTAMP)
}

/// A stamp with this time and the nonce of the official vectors.
pub fn stamp_at(unix_seconds: UnixSeconds) -> Stamp {
    Stamp { unix_seconds, nonce: Nonce::parse(NONCE).unwrap() }
}

/// A request to send a coupon, with arbitrary values.
pub fn send_coupon() -> SendCoupon {
    SendCoupon::new(RequiredCouponFields {
        openid: "o".into(),
        appid: "wx".into(),
        stock_id: "1".into(),
        stock_creator_mchid: "1".into(),
        out_request_no: "n-1".into(),
    })
}

/// A request to send a coupon, with values from the platform's documents.
pub fn documented_send_coupon() -> SendCoupon {
    SendCoupon::new(RequiredCouponFields {
        openid: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into(),
        appid: "wx233544546545989".into(),
        stock_id: "9865000".into(),
        stock_creator_mchid: "8956000".into(),
        out_request_no: "89560002019101000121".into(),
    })
}

/// The body of the response to [`send_coupon`].
pub const COUPON_SENT: &str = r#"{"coupon_id":"98674556"}"#;

/// A platform favor with this number of coupons.
pub fn platform_favor(
    mchid: &str,
    number: &str,
    coupons: i64,
    begin: &str,
    end: &str,
) -> CreatePlatformFavor {
    let time = PlatformFavorAvailableTime::new(begin.into(), end.into());
    let send_rule =
        PlatformFavorSendRule::new(coupons, Fen::new(50_000), 3, DeductBalanceMethod::BatchDeduct);
    CreatePlatformFavor::new(
        mchid.into(),
        send_rule,
        PlatformFavorUseRule::new(time, Fen::new(500)),
        number.into(),
    )
}

/// A client of the official test merchant, without any platform key.
pub fn official_client(provider: &CryptoProvider) -> Client {
    let merchant = Merchant::from_pem(provider, MCHID.into(), SERIAL_NO, PRIVATE_KEY).unwrap();
    Client::new(merchant, PlatformKeys::new()).unwrap()
}

/// Credentials that are valid on the day of `now`. All tests of a program share them, because generating keys takes
/// longer than most tests; what tests change is in their sandboxes. Use [`Credentials::generate`] for separate ones.
pub fn credentials(now: UnixSeconds) -> Credentials {
    static CACHE: Mutex<BTreeMap<UnixSeconds, Credentials>> = Mutex::new(BTreeMap::new());
    let day = now - now % 86_400;
    CACHE.lock().unwrap().entry(day).or_insert_with(|| Credentials::generate(day).unwrap()).clone()
}

/// The merchant with these credentials.
pub fn merchant(provider: &CryptoProvider, credentials: &Credentials) -> Merchant {
    let key = credentials.private_key_pem();
    Merchant::from_pem(provider, credentials.mchid().into(), credentials.serial_no(), key).unwrap()
}

/// The merchant's APIv3 key.
pub fn api_v3_key(credentials: &Credentials) -> ApiV3Key {
    ApiV3Key::new(credentials.api_v3_key()).unwrap()
}

/// The merchant's client with the APIv3 key, trusting `keys`.
pub fn client(provider: &CryptoProvider, credentials: &Credentials, keys: PlatformKeys) -> Client {
    let client = Client::new(merchant(provider, credentials), keys).unwrap();
    client.with_api_v3_key(provider, api_v3_key(credentials))
}

/// Platform keys with this certificate only.
pub fn trusting_certificate(provider: &CryptoProvider, pem: &str) -> PlatformKeys {
    let keys = PlatformKeys::new();
    keys.add_certificate(provider, pem).unwrap();
    keys
}

/// Platform keys with this public key only.
pub fn trusting_public_key(provider: &CryptoProvider, id: &str, pem: &str) -> PlatformKeys {
    let keys = PlatformKeys::new();
    keys.add_public_key(provider, id, pem).unwrap();
    keys
}

/// A merchant's client, the platform whose key it trusts, and the merchant's credentials.
pub fn pair(now: UnixSeconds) -> (Client, Platform, Credentials) {
    let credentials = credentials(now);
    // The tests hold the platform's private key, so they can sign any response.
    let platform = PLATFORM.clone();
    let keys = trusting_public_key(&aws_lc_rs::PROVIDER, PUBLIC_KEY_ID, &platform.public_key_pem);
    let client = Client::new(merchant(&aws_lc_rs::PROVIDER, &credentials), keys).unwrap();
    (client, platform, credentials)
}

/// The same client with this base URL.
pub fn at(client: &Client, url: &str) -> Client {
    client.clone().with_base_url(BaseUrl::parse(url).unwrap())
}

/// The same client with this base URL and without retries.
pub fn single_attempt_at(client: &Client, url: &str) -> Client {
    at(client, url).with_retry(RetryPolicy::never())
}

/// Expects a verification error, whose outcome must be `Unknown`, and returns its kind.
#[track_caller]
pub fn verify_error_kind(result: Result<impl std::fmt::Debug, Error>) -> VerifyErrorKind {
    match result {
        Err(error @ Error::Verify(_)) => {
            assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
            let Error::Verify(error) = error else { unreachable!() };
            error.kind().clone()
        }
        Err(Error::Api(error)) if !error.is_verified() => {
            assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
            error.unverified().unwrap().clone()
        }
        other => panic!("{other:?}"),
    }
}

/// Encrypts with the APIv3 key, as the platform does for the `resource` of a callback and for certificates.
pub fn sealed(api_v3_key: &str, associated_data: &str, content: impl AsRef<[u8]>) -> serde_json::Value {
    const NONCE: &str = "0123456789ab";
    let (key, nonce) = (api_v3_key.as_bytes().try_into().unwrap(), NONCE.as_bytes().try_into().unwrap());
    let aead = rustcrypto::PROVIDER.aead;
    let sealed = aead.seal(key, nonce, associated_data.as_bytes(), content.as_ref()).unwrap();
    serde_json::json!({
        "algorithm": "AEAD_AES_256_GCM", "nonce": NONCE, "associated_data": associated_data,
        "ciphertext": STANDARD.encode(sealed),
    })
}

/// The simplest operation to which `body` can be the response: what the response repeats has the response's values.
pub fn operation_for<O: ArbitraryOperation>(body: &[u8]) -> O {
    let mut operation: O = wechatpay_core::testing::simplest().unwrap();
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let mut request = serde_json::to_value(&operation).unwrap();
    let names: Vec<String> = request.as_object().unwrap().keys().cloned().collect();
    for name in names {
        let answered = if name == "target_max_amount" { "max_amount" } else { &name };
        let Some(value) = body.get(answered).or_else(|| body.pointer(&format!("/data/0/{answered}"))) else {
            continue;
        };
        let before = std::mem::replace(&mut request[&name], value.clone());
        match serde_json::from_value(request.clone()) {
            Ok(changed) => operation = changed,
            Err(_) => request[&name] = before,
        }
    }
    operation
}

/// Verifies and decodes a response to operation `O`. The content of the request does not matter, so it is made to fit
/// the response.
///
/// # Errors
/// Returns the client's error.
pub fn read_response<O: ArbitraryOperation>(
    client: &Client,
    response: &Response<Bytes>,
    now: UnixSeconds,
) -> Result<Answer<O::Response>, Error> {
    client.response(&operation_for::<O>(response.body()), response, now)
}

/// A valid operation. The values are the same in every run.
pub fn sample<O: ArbitraryOperation>() -> O {
    use wechatpay_core::testing::proptest::strategy::{Strategy as _, ValueTree as _};
    use wechatpay_core::testing::proptest::test_runner::TestRunner;
    sendable::<O>().new_tree(&mut TestRunner::deterministic()).unwrap().current()
}
