//! The exchange: retries and their timing, the backup host, the fetching of platform keys, and the reported outcome.

mod backup_host;
mod both_loops;
mod fault_table;
mod files;
mod key_changes;
mod metrics;
mod policy;
mod retries;
mod reused_connections;
mod simulation;
mod tracing_events;
mod turns;

// Imports shared by the modules.
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use wechatpay_conformance::sandbox::LocalSandbox;
use wechatpay_conformance::simulated::{Reply, Simulated, deliver};
use wechatpay_conformance::*;
use wechatpay_core::cashcoupons::platform_favor::*;
use wechatpay_core::cashcoupons::*;
use wechatpay_core::crypto::{self, ApiV3Key};
use wechatpay_core::error::{
    Advice, BuildError, ErrorCode, StopReason, TransportError, TransportErrorKind, VerifyErrorKind,
};
use wechatpay_core::types::UnixSeconds;
use wechatpay_core::{
    Answer, BaseUrl, Client, Driven as _, Error, Exchange, Merchant, Nonce, Operation, Outcome, PlatformKeys,
    RetryPolicy, SendReason, Stamp, Step, drive,
};
use wechatpay_sandbox::{Credentials, Sandbox};

/// The body of a callback about a used coupon.
fn coupon_used(credentials: &Credentials) -> String {
    let content = r#"{"stock_creator_mchid":"1","stock_id":"2","coupon_id":"98674556","status":"USED"}"#;
    let resource = sealed(credentials.api_v3_key(), "coupon", content);
    serde_json::json!({"id": "EV-1", "event_type": "COUPON.USE", "resource": resource}).to_string()
}
