//! Hostile input, and caller code that panics. Neither must crash the process, block other calls, or lead to a wrong
//! result.

mod encoded_bodies;
mod forged_serials;
mod json;
mod key_files;
mod keys;
mod leftover_bytes;
#[path = "../protocol/openssl.rs"]
mod openssl;
mod panicking_callers;

// Imports shared by the modules.
use std::io::{Cursor, Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Request};
use serde_json::json;
use wechatpay_conformance::drivers::Driver;
use wechatpay_conformance::sandbox::LocalSandbox;
use wechatpay_conformance::scripted::{
    ABC_SHA1, Scripted, link, listener, read_request, serve_connections, unsigned_wire, wire,
};
use wechatpay_conformance::*;
use wechatpay_core::cashcoupons::*;
use wechatpay_core::crypto::{
    ApiV3Key, CryptoError, CryptoProvider, KeyLoader, SigningKey, VerifyingKey, load_certificates,
    load_signing_key, load_verifying_key,
};
use wechatpay_core::error::{DownloadError, VerifyErrorKind};
use wechatpay_core::notification::{Notification, NotificationError, NotificationErrorKind, Received};
use wechatpay_core::testing::ArbitraryOperation;
use wechatpay_core::{
    Answer, Client, DownloadCertificates, Error, Exchange, Merchant, Nonce, Outcome, PlatformKeys,
    RetryPolicy, SendReason, Stamp, Step,
};

const NOW: u64 = TIMESTAMP;
