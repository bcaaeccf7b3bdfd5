//! A small client, independent of the one under development: it signs, calls, and checks signatures by hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unwrap_in_result,
    missing_docs,
    reason = "a test"
)]
#![allow(dead_code, reason = "each test file uses a part of it")]

pub(crate) mod connection;

use std::sync::{Arc, OnceLock};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use serde_json::{Value, json};
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::crypto::{SigningKey, load_signing_key, load_verifying_key};
use wechatpay_sandbox::{Credentials, Sandbox, Wire};

/// 2026-11-23T00:00:00+08:00.
pub(crate) const NOW: u64 = 1_795_363_200;
pub(crate) const DAY: u64 = 24 * 60 * 60;
/// 2026-11-30T23:59:59+08:00, when the stocks here end.
pub(crate) const END: u64 = NOW + 8 * DAY - 1;
pub(crate) const FIELDS: [&str; 5] = ["mchid", "nonce_str", "signature", "timestamp", "serial_no"];
pub(crate) const FAVOR: &str = "/v3/marketing/favor";

/// One set for all tests of a file: making keys takes time.
pub(crate) fn credentials() -> &'static Credentials {
    static CREDENTIALS: OnceLock<Credentials> = OnceLock::new();
    CREDENTIALS.get_or_init(|| Credentials::generate(NOW).unwrap())
}

fn key() -> &'static Arc<dyn SigningKey> {
    static KEY: OnceLock<Arc<dyn SigningKey>> = OnceLock::new();
    KEY.get_or_init(|| load_signing_key(&PROVIDER, credentials().private_key_pem()).unwrap())
}

/// Which of the platform's keys signed an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signer {
    PublicKey,
    Certificate,
}

/// An answer whose signature, if any, was checked.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// `Null` when the body is empty or a file.
    pub(crate) json: Value,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) signer: Option<Signer>,
}

impl Reply {
    pub(crate) fn check(response: Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        let signer = signer(&parts.headers, &body);
        let file = parts.headers.get("content-type").is_some_and(|kind| kind == "text/csv; charset=utf-8");
        let json = match body.is_empty() || file {
            true => Value::Null,
            false => serde_json::from_slice(&body).unwrap(),
        };
        Self { status: parts.status.as_u16(), json, headers: parts.headers, body, signer }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}")).to_str().unwrap()
    }

    /// The number behind the last `-` of the `Request-ID`.
    pub(crate) fn internal_code(&self) -> &str {
        self.header("request-id").rsplit_once('-').unwrap().1
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        assert_eq!(self.internal_code(), "0");
        self.json
    }

    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> &Self {
        assert_eq!((self.status, self.json["code"].as_str()), (status, Some(code)), "{self:?}");
        assert!(self.json["message"].as_str().is_some_and(|message| !message.is_empty()), "{self:?}");
        assert_ne!(self.internal_code(), "0");
        self
    }

    #[track_caller]
    pub(crate) fn unsigned(&self) -> &Self {
        assert_eq!(self.signer, None, "{self:?}");
        for name in ["timestamp", "nonce", "serial", "signature"] {
            assert!(!self.headers.contains_key(format!("wechatpay-{name}")), "{self:?}");
        }
        self
    }
}

/// Who signed this answer; panics when a signature is there but wrong.
fn signer(headers: &HeaderMap, body: &[u8]) -> Option<Signer> {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
    header("wechatpay-signature")?;
    let serial = header("wechatpay-serial").unwrap();
    let (signer, pem) = if serial == credentials().public_key_id() {
        (Signer::PublicKey, credentials().public_key_pem())
    } else {
        assert_eq!(serial, credentials().platform_certificate_serial());
        (Signer::Certificate, credentials().platform_certificate_pem())
    };
    verify(headers, body, pem);
    Some(signer)
}

/// Panics unless the headers sign the body with the key in `pem`.
#[track_caller]
pub(crate) fn verify(headers: &HeaderMap, body: &[u8], pem: &str) {
    assert!(verifies(headers, body, pem), "the signature is wrong");
}

/// Whether they do.
pub(crate) fn verifies(headers: &HeaderMap, body: &[u8], pem: &str) -> bool {
    let header = |name: &str| headers.get(name).unwrap().to_str().unwrap();
    assert_eq!(header("wechatpay-signature-type"), "WECHATPAY2-SHA256-RSA2048");
    let signature = STANDARD.decode(header("wechatpay-signature")).unwrap();
    let (timestamp, nonce) = (header("wechatpay-timestamp"), header("wechatpay-nonce"));
    let message = [timestamp.as_bytes(), b"\n", nonce.as_bytes(), b"\n", body, b"\n"].concat();
    let key = load_verifying_key(&PROVIDER, pem).unwrap();
    key.verify(&message, &signature).is_ok()
}

/// Decrypts what was encrypted under the APIv3 key: an `encrypt_certificate`, or a notification's `resource`.
#[track_caller]
pub(crate) fn open(sealed: &Value) -> Vec<u8> {
    assert_eq!(sealed["algorithm"], "AEAD_AES_256_GCM");
    let text = |name: &str| sealed[name].as_str().unwrap();
    let key = UnboundKey::new(&AES_256_GCM, credentials().api_v3_key().as_bytes()).unwrap();
    let nonce = Nonce::try_assume_unique_for_key(text("nonce").as_bytes()).unwrap();
    let mut buffer = STANDARD.decode(text("ciphertext")).unwrap();
    let aad = Aad::from(text("associated_data").as_bytes());
    LessSafeKey::new(key).open_in_place(nonce, aad, &mut buffer).expect("it cannot be decrypted").to_vec()
}

/// What is in a PEM file.
pub(crate) fn der(pem: &str) -> Vec<u8> {
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(base64).unwrap()
}

/// A request to be signed. Change what you like before [`Call::request`].
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
    /// `Wechatpay-Serial`: the key that the answer is to be signed with.
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

    pub(crate) fn message(&self) -> Vec<u8> {
        let head = format!("{}\n{}\n{}\n{}\n", self.method, self.target, self.timestamp, self.nonce);
        [head.as_bytes(), &self.body, b"\n"].concat()
    }

    pub(crate) fn authorization(&self) -> String {
        let signature = STANDARD.encode(key().sign(&self.message()).unwrap());
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

/// A sandbox of its own, and what time it is there.
pub(crate) struct Client {
    pub(crate) sandbox: Sandbox,
    pub(crate) now: u64,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self { sandbox: Sandbox::new(credentials().clone()).unwrap(), now: NOW }
    }

    pub(crate) fn raw(&self, request: Request<Bytes>) -> Reply {
        Reply::check(self.sandbox.handle(request, self.now))
    }

    /// Asks for a fault.
    #[track_caller]
    pub(crate) fn fault(&self, fault: &Value) {
        self.control_with("POST", "/faults", fault).ok();
    }

    /// Signs and sends, and gives back what comes over the wire.
    pub(crate) fn wire(&self, call: &Call) -> Wire {
        self.sandbox.respond(call.request(), self.now)
    }

    /// Signs, sends, and insists on an answer signed with the public key, at this time.
    #[track_caller]
    pub(crate) fn call(&self, method: &str, target: &str, body: impl Into<Vec<u8>>) -> Reply {
        let mut call = Call::new(method, target, body);
        call.timestamp = self.now.to_string();
        let reply = self.raw(call.request());
        assert_eq!(reply.signer, Some(Signer::PublicKey), "{reply:?}");
        assert_eq!(reply.header("wechatpay-timestamp"), self.now.to_string());
        reply
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Reply {
        self.call("GET", &format!("{FAVOR}{path}"), "")
    }

    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        self.call("POST", &format!("{FAVOR}{path}"), body.to_string())
    }

    /// An operation outside `/v3`.
    pub(crate) fn control(&self, method: &str, path: &str) -> Reply {
        self.control_with(method, path, &Value::Null)
    }

    /// The same with a body, unless it is null.
    pub(crate) fn control_with(&self, method: &str, path: &str, body: &Value) -> Reply {
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let request = Request::builder().method(method).uri(format!("/_sandbox{path}"));
        let reply = self.raw(request.body(body).unwrap());
        reply.unsigned();
        reply
    }

    /// Lets the platform's time pass.
    #[track_caller]
    pub(crate) fn advance(&self, seconds: u64) {
        self.control_with("POST", "/clock", &json!({ "advance_seconds": seconds })).ok();
    }

    #[track_caller]
    pub(crate) fn state(&self) -> Value {
        self.control("GET", "/state").ok()
    }

    #[track_caller]
    pub(crate) fn create(&self, terms: &Value) -> String {
        self.post("/coupon-stocks", terms).ok()["stock_id"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn change(&self, stock: &str, action: &str) -> Reply {
        let creator = json!({ "stock_creator_mchid": credentials().mchid() });
        self.post(&format!("/stocks/{stock}/{action}"), &creator)
    }

    /// Creates and starts a stock.
    #[track_caller]
    pub(crate) fn running(&self, terms: &Value) -> String {
        let stock = self.create(terms);
        self.change(&stock, "start").ok();
        stock
    }

    #[track_caller]
    pub(crate) fn send(&self, openid: &str, stock: &str, number: &str) -> Reply {
        self.post(&format!("/users/{openid}/coupons"), &sending(stock, number))
    }

    #[track_caller]
    pub(crate) fn sent(&self, openid: &str, stock: &str, number: &str) -> String {
        self.send(openid, stock, number).ok()["coupon_id"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn sending(stock: &str, number: &str) -> Value {
    json!({
        "stock_id": stock,
        "out_request_no": number,
        "appid": credentials().appid(),
        "stock_creator_mchid": credentials().mchid(),
    })
}

/// The query that says whose stock it is.
pub(crate) fn creator() -> String {
    format!("stock_creator_mchid={}", credentials().mchid())
}

/// 5 coupons of 5 yuan, 2 for one user, from [`NOW`] to [`END`].
pub(crate) fn terms(number: &str) -> Value {
    json!({
        "stock_name": "双旦满减券",
        "belong_merchant": credentials().mchid(),
        "available_begin_time": "2026-11-23T00:00:00+08:00",
        "available_end_time": "2026-11-30T23:59:59+08:00",
        "stock_use_rule": {
            "max_coupons": 5,
            "max_amount": 2500,
            "max_coupons_per_user": 2,
            "natural_person_limit": false,
            "prevent_api_abuse": false,
        },
        "pattern_info": { "description": "全场通用" },
        "coupon_use_rule": {
            "fixed_normal_coupon": { "coupon_amount": 500, "transaction_minimum": 1000 },
            "available_merchants": [credentials().mchid(), "1999999999"],
        },
        "no_cash": true,
        "stock_type": "NORMAL",
        "out_request_no": number,
    })
}
