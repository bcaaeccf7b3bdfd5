//! The protocol without a network: signing, verification, decryption, decoding, and the checks before sending.

mod accessors;
mod certificates;
mod encryption;
mod error_bodies;
mod flow_files;
mod flow_headers;
mod flow_rows;
mod flow_unread;
mod golden;
mod invalid_requests;
mod lenient_reading;
mod lists_and_images;
mod merchant;
mod notification;
mod openssl;
mod randomness;
mod responses;
mod setters;
mod settings;
mod signing;
mod times;
mod unusable_certificates;
mod verification;
mod wycheproof;

// Imports shared by the modules.
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use serde_json::{Value, json};
use wechatpay_conformance::*;
use wechatpay_core::cashcoupons::platform_favor::*;
use wechatpay_core::cashcoupons::*;
use wechatpay_core::crypto::{
    ApiV3Key, CryptoError, CryptoProvider, HashAlgorithm, SigningKey, load_signing_key, load_verifying_key,
};
use wechatpay_core::error::{BuildError, DownloadError, ErrorCode, KeyError, VerifyErrorKind};
use wechatpay_core::testing::ArbitraryOperation;
use wechatpay_core::types::{Fen, Mchid, Timestamp};
use wechatpay_core::{
    Answer, BaseUrl, Client, DownloadCertificates, Error, Merchant, Nonce, Operation, Outcome, Pages,
    PlatformKeys, ResponseSignature, SecurityEcho, Stamp,
};
use wechatpay_sandbox::{Credentials, Sandbox};

use crate::openssl::OpenSsl;

const NOW: u64 = TIMESTAMP;
