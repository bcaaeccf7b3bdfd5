//! Any requests to the sandbox in sequence: each gets a response, and everything that the sandbox signs verifies.
//!
//! The input is text: method, target and body on separate lines, and a NUL before the next request. `{stock}` and
//! `{coupon}` are replaced by the ids in the most recent responses.
#![no_main]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use wechatpay_core::cashcoupons::CouponUsed;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::crypto::{ApiV3Key, SigningKey, load_signing_key};
use wechatpay_core::error::DecodeError;
use wechatpay_core::{Client, Error, Merchant, Operation, PlatformKeys, Verified};
use wechatpay_fuzz::{NOW, has_signature, show};
use wechatpay_sandbox::{Credentials, Sandbox};

struct World {
    credentials: Credentials,
    key: std::sync::Arc<dyn SigningKey>,
    client: Client,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let credentials = Credentials::generate(NOW).unwrap();
    let key = load_signing_key(&PROVIDER, credentials.private_key_pem()).unwrap();
    let merchant =
        Merchant::with_key(credentials.mchid().into(), credentials.serial_no(), key.clone()).unwrap();
    let keys = PlatformKeys::new();
    keys.add_public_key(&PROVIDER, credentials.public_key_id(), credentials.public_key_pem()).unwrap();
    keys.add_certificate(&PROVIDER, credentials.platform_certificate_pem()).unwrap();
    let client = Client::new(merchant, keys).unwrap();
    let client = client.with_api_v3_key(&PROVIDER, ApiV3Key::new(credentials.api_v3_key()).unwrap());
    World { credentials, key, client }
});

/// An operation that decodes any JSON response.
#[derive(Clone, serde::Serialize)]
struct Any;

impl Operation for Any {
    const NAME: &'static str = "any";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/";
    const IDEMPOTENT: bool = true;
    type Response = Option<Value>;

    fn decode(answer: Verified<'_>) -> Result<Self::Response, DecodeError> {
        if answer.body().is_empty() { Ok(None) } else { answer.json().map(Some) }
    }
}

/// A request with a valid signature.
fn request(method: &str, target: &str, body: &str) -> Option<Request<Bytes>> {
    let World { credentials, key, .. } = &*WORLD;
    let uri: Uri = format!("http://127.0.0.1{target}").parse().ok()?;
    let method = Method::from_bytes(method.as_bytes()).ok()?;
    let target = uri.path_and_query()?.as_str();
    let message = format!("{method}\n{target}\n{NOW}\nn\n{body}\n");
    let authorization = format!(
        "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"n\",timestamp=\"{NOW}\",serial_no=\"{}\",signature=\"{}\"",
        credentials.mchid(),
        credentials.serial_no(),
        STANDARD.encode(key.sign(message.as_bytes()).unwrap()),
    );
    let request = Request::builder().method(method).uri(uri).header("accept", "application/json");
    let request = request.header("user-agent", "fuzz").header("content-type", "application/json");
    let request = request.header("wechatpay-serial", credentials.public_key_id());
    request.header("authorization", authorization).body(Bytes::copy_from_slice(body.as_bytes())).ok()
}

fuzz_target!(|script: &str| {
    let sandbox = Sandbox::new(WORLD.credentials.clone()).unwrap();
    let (mut stock, mut coupon) = ("0".to_owned(), "0".to_owned());
    for step in script.split('\0').take(12) {
        let step = step
            .replace("{stock}", &stock)
            .replace("{coupon}", &coupon)
            .replace("{mchid}", WORLD.credentials.mchid())
            .replace("{appid}", WORLD.credentials.appid());
        let mut lines = step.splitn(3, '\n');
        let (Some(method), Some(target)) = (lines.next(), lines.next()) else { continue };
        // Skipped, because generating a key pair takes longer than everything else.
        if target.contains("rotate") || target.contains("certificates/add") {
            continue;
        }
        let Some(request) = request(method, target, lines.next().unwrap_or_default()) else { continue };
        let response = sandbox.handle(request, NOW);
        let signed = has_signature(response.headers());
        match WORLD.client.response(&Any, &response, NOW) {
            Ok(answer) => {
                let id = |name: &str| Some(answer.value.as_ref()?.get(name)?.as_str()?.to_owned());
                stock = id("stock_id").unwrap_or(stock);
                coupon = id("coupon_id").unwrap_or(coupon);
            }
            Err(error) => {
                show(&error);
                assert!(matches!(error, Error::Api(_)) || !signed, "{error:?}");
            }
        }
        while let Some(delivery) = sandbox.next_delivery(NOW) {
            let notification = WORLD.client.notification::<CouponUsed>(&delivery.request, NOW);
            assert!(notification.is_ok(), "{notification:?}");
            sandbox.delivered(delivery.attempt, Ok(StatusCode::NO_CONTENT));
        }
    }
});
