//! Requests that are signed without the core's client.

use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::crypto::{SigningKey, load_signing_key};

use super::client::creator_query;
use super::{FAVOR, NOW, credentials};

pub(crate) const FIELDS: [&str; 5] = ["mchid", "nonce_str", "signature", "timestamp", "serial_no"];

static KEY: LazyLock<Arc<dyn SigningKey>> =
    LazyLock::new(|| load_signing_key(&PROVIDER, credentials().private_key_pem()).unwrap());

/// A request to be signed. Its fields can be changed before [`Call::request`].
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) body: Vec<u8>,
    pub(crate) timestamp: String,
    pub(crate) nonce: String,
    pub(crate) mchid: String,
    pub(crate) serial_no: String,
    pub(crate) order: Vec<&'static str>,
    pub(crate) separator: &'static str,
    /// The value of `Wechatpay-Serial`, which selects the key that signs the response.
    pub(crate) platform_serial: Option<String>,
}

impl Call {
    pub(crate) fn new(method: &str, target: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            body: body.into(),
            timestamp: NOW.to_string(),
            nonce: "593BEC0C930BF1AFEB40B4A08C8FB242".to_owned(),
            mchid: credentials().mchid().to_owned(),
            serial_no: credentials().serial_no().to_owned(),
            order: FIELDS.to_vec(),
            separator: ",",
            platform_serial: Some(credentials().public_key_id().to_owned()),
        }
    }

    /// A request that lists the merchant's stocks.
    pub(crate) fn list_of_stocks() -> Self {
        Self::new("GET", &format!("{FAVOR}/stocks?{}&offset=0&limit=10", creator_query()), "")
    }

    pub(crate) fn message(&self) -> Vec<u8> {
        let head = format!("{}\n{}\n{}\n{}\n", self.method, self.target, self.timestamp, self.nonce);
        [head.as_bytes(), &self.body, b"\n"].concat()
    }

    pub(crate) fn authorization(&self) -> String {
        self.authorization_of(&self.message())
    }

    /// The header with the signature of another message.
    pub(crate) fn authorization_of(&self, message: &[u8]) -> String {
        let signature = STANDARD.encode(KEY.sign(message).unwrap());
        let field = |name: &&str| {
            let value = match *name {
                "mchid" => &self.mchid,
                "nonce_str" => &self.nonce,
                "signature" => &signature,
                "timestamp" => &self.timestamp,
                "serial_no" => &self.serial_no,
                other => panic!("{other} is not a field"),
            };
            format!("{name}=\"{value}\"")
        };
        let fields: Vec<String> = self.order.iter().map(field).collect();
        format!("WECHATPAY2-SHA256-RSA2048 {}", fields.join(self.separator))
    }

    pub(crate) fn request(&self) -> Request<Bytes> {
        let mut request = Request::builder()
            .method(self.method.as_str())
            .uri(&self.target)
            .header("accept", "*/*")
            .header("user-agent", "test")
            .header("content-type", "application/json")
            .header("authorization", self.authorization());
        if let Some(serial) = &self.platform_serial {
            request = request.header("wechatpay-serial", serial);
        }
        request.body(Bytes::from(self.body.clone())).unwrap()
    }
}
