//! A simulated platform that signs any response or callback.

use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use wechatpay_core::crypto::{SigningKey, aws_lc_rs, load_signing_key};
use wechatpay_core::types::UnixSeconds;

use crate::{COUPON_SENT, NONCE};

/// A response without a signature.
pub fn unsigned(status: u16, body: impl AsRef<[u8]>) -> Response<Bytes> {
    Response::builder().status(status).body(Bytes::copy_from_slice(body.as_ref())).unwrap()
}

/// The same response with this header set.
pub fn with_header(mut response: Response<Bytes>, name: &'static str, value: &str) -> Response<Bytes> {
    response.headers_mut().insert(name, value.parse().unwrap());
    response
}

/// The id of the public key of [`Platform`].
pub const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0000000000000000000000000000000001";

/// The platform shared by all tests of a program. It has no state besides its key.
pub(crate) static PLATFORM: LazyLock<Platform> = LazyLock::new(|| {
    let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let key = load_signing_key(&aws_lc_rs::PROVIDER, pair.serialize_pem()).unwrap();
    Platform { key, public_key_pem: pair.public_key_pem() }
});

/// A platform that signs any content.
#[derive(Clone)]
pub struct Platform {
    key: Arc<dyn SigningKey>,
    /// The public key.
    pub public_key_pem: String,
}

impl Platform {
    /// The private key.
    pub fn key(&self) -> Arc<dyn SigningKey> {
        self.key.clone()
    }

    /// The signature of a message, in base64.
    pub fn signature(&self, message: &[u8]) -> String {
        STANDARD.encode(self.key.sign(message).unwrap())
    }

    /// The signature headers for `body`.
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

    /// A signed response.
    pub fn signed_response(
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

    /// The signed response to [`send_coupon`](crate::send_coupon).
    pub fn coupon_sent(&self, now: UnixSeconds) -> Response<Bytes> {
        self.signed_response(200, COUPON_SENT, now)
    }

    /// A signed callback.
    pub fn callback(&self, body: &(impl AsRef<[u8]> + ?Sized), now: UnixSeconds) -> Request<Vec<u8>> {
        let request = Request::post("/callback").header("content-type", "application/json");
        let headers = self.headers(body, now).into_iter();
        let request = headers.fold(request, |request, (name, value)| request.header(name, value));
        request.body(body.as_ref().into()).unwrap()
    }
}
