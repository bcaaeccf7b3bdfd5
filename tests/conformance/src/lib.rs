//! What the suites share: the official test merchant, a sandbox, a platform whose answers can be bent.

pub mod der;
pub mod drivers;
pub mod local;
pub mod scripted;
pub mod stage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use wechatpay_core::crypto::{
    CryptoProvider, SigningKey, aws_lc_rs, graviola, load_signing_key, ring, rustcrypto,
};
use wechatpay_core::types::UnixSeconds;
use wechatpay_core::{Client, Merchant, Nonce, PlatformKeys, Stamp};
use wechatpay_sandbox::Credentials;

/// Every provider that is compiled in.
pub const PROVIDERS: [&CryptoProvider; 4] =
    [&rustcrypto::PROVIDER, &aws_lc_rs::PROVIDER, &ring::PROVIDER, &graviola::PROVIDER];
/// Those that can encrypt for a key.
pub const WITH_OAEP: [&CryptoProvider; 2] = [&rustcrypto::PROVIDER, &aws_lc_rs::PROVIDER];

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

/// The Rust sources in a folder and below it.
pub fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    entries
        .flat_map(below)
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
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

/// Credentials of the day of `now`, the same for every test of a program: what tests change is in their sandboxes, and
/// keys take longer to make than most tests. For others, ask [`Credentials::generate`].
pub fn credentials(now: UnixSeconds) -> Credentials {
    static MADE: Mutex<BTreeMap<UnixSeconds, Credentials>> = Mutex::new(BTreeMap::new());
    let day = now - now % 86_400;
    MADE.lock().unwrap().entry(day).or_insert_with(|| Credentials::generate(day).unwrap()).clone()
}

/// A merchant and a platform that know each other.
pub fn pair(now: UnixSeconds) -> (Client, Platform, Credentials) {
    let credentials = credentials(now);
    let merchant = Merchant::from_pem(
        &aws_lc_rs::PROVIDER,
        credentials.mchid().into(),
        credentials.serial_no(),
        credentials.private_key_pem(),
    )
    .unwrap();
    // The platform signs with a key of ours, so that its answers can be bent at will.
    let platform = PLATFORM.clone();
    let keys = PlatformKeys::new();
    keys.add_public_key(&aws_lc_rs::PROVIDER, PUBLIC_KEY_ID, &platform.public_key_pem).unwrap();
    (Client::new(merchant, keys).unwrap(), platform, credentials)
}

/// The id of [`Platform`]'s key.
pub const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0000000000000000000000000000000001";

/// The one platform of a program; it remembers nothing.
static PLATFORM: LazyLock<Platform> = LazyLock::new(|| {
    let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let key = load_signing_key(&aws_lc_rs::PROVIDER, pair.serialize_pem()).unwrap();
    Platform { key, public_key_pem: pair.public_key_pem() }
});

/// A platform that signs whatever it is told.
#[derive(Clone)]
pub struct Platform {
    key: Arc<dyn SigningKey>,
    /// Its public key.
    pub public_key_pem: String,
}

impl Platform {
    /// What it signs with.
    pub fn key(&self) -> Arc<dyn SigningKey> {
        self.key.clone()
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
