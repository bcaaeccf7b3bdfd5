//! The exchange: what is repeated, when and where, which keys are fetched, and what is said of it in the end.

mod backup_host;
mod both_loops;
mod fault_table;
mod key_changes;
mod retries;
mod simulation;
mod tracing_events;

// What the modules share.
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use wechatpay_conformance::sandbox::LocalSandbox;
use wechatpay_conformance::simulated::{Reply, Simulated, heard};
use wechatpay_conformance::*;
use wechatpay_core::cashcoupons::platform_favor::*;
use wechatpay_core::cashcoupons::*;
use wechatpay_core::crypto::ApiV3Key;
use wechatpay_core::error::{TransportError, TransportErrorKind, VerifyErrorKind};
use wechatpay_core::types::UnixSeconds;
use wechatpay_core::{
    Answer, BaseUrl, Client, Error, Exchange, Nonce, Operation, Outcome, PlatformKeys, RetryPolicy,
    SendReason, Stamp, Step, drive,
};
use wechatpay_sandbox::{Credentials, Sandbox};
