//! A platform of which the answers can be bent.

use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use wechatpay_core::crypto::{SigningKey, aws_lc_rs, load_signing_key};
use wechatpay_core::types::UnixSeconds;

use crate::{COUPON_SENT, NONCE};

/// An answer that nobody signed.
pub fn unsigned(status: u16, body: impl AsRef<[u8]>) -> Response<Bytes> {
    Response::builder().status(status).body(Bytes::copy_from_slice(body.as_ref())).unwrap()
}

/// The same answer with another header.
pub fn with_header(mut response: Response<Bytes>, name: &'static str, value: &str) -> Response<Bytes> {
    response.headers_mut().insert(name, value.parse().unwrap());
    response
}

/// The id of [`Platform`]'s key.
pub const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0000000000000000000000000000000001";

/// The one platform of a program; it remembers nothing.
pub(crate) static PLATFORM: LazyLock<Platform> = LazyLock::new(|| {
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
    pub fn headers(
        &self,
        body: &(impl AsRef<[u8]> + ?Sized),
        now: UnixSeconds,
    ) -> [(&'static str, String); 5] {
        let message = [format!("{now}\n{NONCE}\n").as_bytes(), body.as_ref(), b"\n"].concat();
        [
            ("Wechatpay-Timestamp", now.to_string()),
            ("Wechatpay-Nonce", NONCE.to_owned()),
            ("Wechatpay-Serial", PUBLIC_KEY_ID.to_owned()),
            ("Wechatpay-Signature", self.signature(&message)),
            ("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048".to_owned()),
        ]
    }

    /// A signed answer.
    pub fn answer(
        &self,
        status: u16,
        body: &(impl AsRef<[u8]> + ?Sized),
        now: UnixSeconds,
    ) -> Response<Bytes> {
        let response = Response::builder().status(status).header("Request-ID", "0800A1B2-0");
        let headers = self.headers(body, now).into_iter();
        let response = headers.fold(response, |response, (name, value)| response.header(name, value));
        response.body(Bytes::copy_from_slice(body.as_ref())).unwrap()
    }

    /// The signed answer to [`send_coupon`](crate::send_coupon).
    pub fn coupon_sent(&self, now: UnixSeconds) -> Response<Bytes> {
        self.answer(200, COUPON_SENT, now)
    }

    /// A signed callback.
    pub fn callback(&self, body: &(impl AsRef<[u8]> + ?Sized), now: UnixSeconds) -> Request<Vec<u8>> {
        let request = Request::post("/callback").header("content-type", "application/json");
        let headers = self.headers(body, now).into_iter();
        let request = headers.fold(request, |request, (name, value)| request.header(name, value));
        request.body(body.as_ref().into()).unwrap()
    }
}
