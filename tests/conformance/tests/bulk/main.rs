//! The sender of campaigns (`wechatpay_core::bulk`): each row of its table, and what must hold whatever happens.
#![allow(clippy::arithmetic_side_effects, clippy::string_slice, clippy::unwrap_in_result, reason = "tests")]

mod bench;
mod corrections;
mod memory;
mod rig;
mod sandbox;
mod sharing;
mod simulation;
mod store;
mod table;

// Imports shared by the modules.
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use wechatpay_core::Error;
use wechatpay_core::bulk::*;
use wechatpay_core::cashcoupons::*;

/// The result of sending a coupon.
type Sent = Result<wechatpay_core::Answer<SendCouponResponse>, Error>;
