//! Property tests of signing and verification, for every operation with any content. The expected values are computed
//! here, by code that is independent of the core.

mod answers;
mod error_bodies;
mod generators;
mod headers;
mod mutations;
mod reading;
mod responses;
mod sandbox_accepts;
mod sent_as_signed;

mod reader;

use std::sync::{Arc, LazyLock};

use ::aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use proptest::prelude::*;
use proptest::test_runner::Config;
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use wechatpay_conformance::*;
use wechatpay_core::cashcoupons::*;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::crypto::{ApiV3Key, CryptoError, CryptoProvider, SigningKey, insecure, load_signing_key};
use wechatpay_core::error::BuildError;
use wechatpay_core::notification::{NotificationErrorKind, Received};
use wechatpay_core::testing::{ArbitraryOperation, EachOperation, any_arbitrary, each_operation};
use wechatpay_core::{Answer, Client, Error, Merchant, Nonce, Operation, PlatformKeys, Stamp};
use wechatpay_sandbox::{Options, Sandbox};

/// A real RSA key. The library under test receives the private key only.
struct RealKey {
    private: Arc<dyn SigningKey>,
    /// An `RSAPublicKey` (RFC 8017, A.1.1).
    public: Vec<u8>,
    public_pem: String,
}

impl RealKey {
    fn generate() -> Self {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let private = load_signing_key(&PROVIDER, pair.serialize_pem()).unwrap();
        Self { private, public: pair.public_key_raw().to_vec(), public_pem: pair.public_key_pem() }
    }

    /// Verifies a signature with AWS-LC directly.
    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.public).verify(message, signature).is_ok()
    }
}

static MERCHANT: LazyLock<RealKey> = LazyLock::new(RealKey::generate);

const MCHID: &str = "1900000001";
const SERIAL_NO: &str = "5157F09EFDC096DE15EBE81A47057A72AABBCCDD";
const NOW: u64 = TIMESTAMP;

/// A configuration with this number of cases, without persisting failures in files.
fn cases(cases: u32) -> Config {
    Config { cases, failure_persistence: None, ..Config::default() }
}
