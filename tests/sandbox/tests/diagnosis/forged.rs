//! Requests that are signed in many ways, by the crate `rsa`.

use std::convert::Infallible;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, PrivateKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use wechatpay_sandbox::Credentials;

use crate::common::{Client, FAVOR, NOW, Reply, credentials};

pub(crate) const NONCE: &str = "593BEC0C930BF1AFEB40B4A08C8FB242";

pub(crate) static KEY: LazyLock<PrivateKey> = LazyLock::new(|| key(credentials().private_key_pem()));
/// Those of another run.
pub(crate) static OTHER: LazyLock<Credentials> = LazyLock::new(|| Credentials::generate(NOW).unwrap());

pub(crate) fn key(pem: &str) -> PrivateKey {
    PrivateKey::from_pkcs8_pem(pem).unwrap()
}

/// A request, and how it is signed.
#[derive(Clone)]
pub(crate) struct Forged {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) body: Vec<u8>,
    pub(crate) timestamp: String,
    pub(crate) nonce: String,
    pub(crate) mchid: String,
    pub(crate) serial_no: String,
    pub(crate) headers: HeaderMap,
    /// What is signed.
    pub(crate) lines: [Vec<u8>; 5],
    /// Makes the message of the lines.
    pub(crate) shape: fn(&[Vec<u8>; 5]) -> Vec<u8>,
    pub(crate) sign: fn(&[u8]) -> Vec<u8>,
    pub(crate) encode: fn(&[u8]) -> String,
    /// Changes the header.
    pub(crate) header: fn(String) -> String,
}

impl Forged {
    pub(crate) fn new(method: &'static str, target: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let timestamp = NOW.to_string();
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("accept", "*/*"),
            ("user-agent", "test"),
            ("content-type", "application/json"),
            ("host", "127.0.0.1:8700"),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        Self {
            method,
            target: target.to_owned(),
            timestamp: timestamp.clone(),
            nonce: NONCE.to_owned(),
            mchid: credentials().mchid().to_owned(),
            serial_no: credentials().serial_no().to_owned(),
            headers,
            lines: [method.into(), target.into(), timestamp.into(), NONCE.into(), body.clone()],
            body,
            shape,
            sign: pkcs1::<Sha256>,
            encode: |bytes| STANDARD.encode(bytes),
            header: |header| header,
        }
    }

    /// Sends a coupon, in JSON with texts, a number, a slash, an escape and no blanks.
    pub(crate) fn send() -> Self {
        Self::new("POST", &format!("{FAVOR}/users/oUpF8uMuAJO_M2pxb1Q9zNjWeS6o/coupons"), BODY)
    }

    /// Lists stocks, with a query that has all kinds of characters.
    pub(crate) fn list() -> Self {
        let mchid = credentials().mchid();
        Self::new(
            "GET",
            &format!(
                "{FAVOR}/stocks?offset=0&limit=10&stock_creator_mchid={mchid}&create_start_time=2026-11-23T00%3A00%3A00%2B08%3A00&x=a%20b"
            ),
            "",
        )
    }

    pub(crate) fn authorization(&self) -> String {
        let signature = (self.encode)(&(self.sign)(&(self.shape)(&self.lines)));
        (self.header)(format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{}\",signature=\"{signature}\",timestamp=\"{}\",serial_no=\"{}\"",
            self.mchid, self.nonce, self.timestamp, self.serial_no,
        ))
    }

    pub(crate) fn request(&self) -> Request<Bytes> {
        let mut request = Request::builder().method(self.method).uri(&self.target);
        *request.headers_mut().unwrap() = self.headers.clone();
        if !self.headers.contains_key("x-no-authorization") {
            request = request.header("authorization", self.authorization());
        }
        request.body(Bytes::from(self.body.clone())).unwrap()
    }

    pub(crate) fn sent_to(&self, client: &Client) -> Reply {
        client.raw(self.request())
    }

    /// The answer in Chinese and in English.
    pub(crate) fn in_both(&self, client: &Client) -> [Reply; 2] {
        let mut english = self.request();
        english.headers_mut().insert("accept-language", HeaderValue::from_static("en"));
        [self.sent_to(client), client.raw(english)]
    }
}

pub(crate) const BODY: &str = r#"{"stock_id":"9856000","out_request_no":"send-1","appid":"wx233544546545989","note":"a/b 满减 <1> \"q\"","list":[],"price":1.50,"count":3,"ok":true}"#;

/// The codes of a diagnosis.
pub(crate) fn codes(reply: &Reply) -> Vec<String> {
    findings(reply).iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

pub(crate) fn findings(reply: &Reply) -> Vec<Value> {
    reply.json["detail"]["sandbox"]["diagnosis"].as_array().cloned().unwrap_or_default()
}

pub(crate) fn says(reply: &Reply) -> String {
    findings(reply).iter().map(|finding| finding["says"].as_str().unwrap().to_owned() + "\n").collect()
}

/// The right message.
pub(crate) fn shape(lines: &[Vec<u8>; 5]) -> Vec<u8> {
    let mut message = lines.join(&b'\n');
    message.push(b'\n');
    message
}

/// PKCS#1 v1.5 with the merchant's key.
pub(crate) fn pkcs1<D: sha2::digest::Digest + rsa::pkcs8::AssociatedOid>(message: &[u8]) -> Vec<u8> {
    KEY.sign(rsa::Pkcs1v15Sign::new::<D>(), &D::digest(message)).unwrap()
}

/// The private-key operation on a block of the key's length.
pub(crate) fn raw(block: &[u8]) -> Vec<u8> {
    let number = BoxedUint::from_be_slice(block, KEY.n().bits_precision()).unwrap();
    rsa::hazmat::rsa_decrypt::<Never>(None, &*KEY, &number).unwrap().to_be_bytes().to_vec()
}

/// A block with the padding of PKCS#1 v1.5 for signatures.
pub(crate) fn padded(content: &[u8]) -> Vec<u8> {
    let mut block = vec![0, 1];
    block.resize(256 - content.len() - 1, 0xFF);
    block.push(0);
    block.extend_from_slice(content);
    block
}

pub(crate) fn sha256(message: &[u8]) -> Vec<u8> {
    Sha256::digest(message).to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A source of random numbers that is never used.
pub(crate) enum Never {}

impl TryRng for Never {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        match *self {}
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        match *self {}
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Infallible> {
        match *self {}
    }
}

impl TryCryptoRng for Never {}

/// An upload: the body is a form, and its meta part is signed.
pub(crate) fn upload() -> Forged {
    let file = b"\x89PNG\r\n\x1a\n rest";
    let meta = json!({ "filename": "a.png", "sha256": hex(&sha256(file)) }).to_string();
    let head = format!(
        "--b\r\nContent-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json\r\n\r\n{meta}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n"
    );
    let body = [head.as_bytes(), file, b"\r\n--b--\r\n"].concat();
    let mut forged = Forged::new("POST", &format!("{FAVOR}/media/image-upload"), body);
    forged.headers.insert("content-type", HeaderValue::from_static("multipart/form-data; boundary=b"));
    forged.lines[4] = meta.into_bytes();
    forged
}
