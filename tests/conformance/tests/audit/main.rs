//! Whether all is covered: the official Go package and its defects, the threats of `docs/security.md`, and the layers of
//! `ARCHITECTURE.md`.

mod endpoints;
mod go_defects;
mod go_package;
mod layers;
mod security_doc;

// What the modules share.
use std::collections::BTreeSet;

use wechatpay_conformance::*;
use wechatpay_core::cashcoupons::*;
use wechatpay_core::testing::{ArbitraryOperation, EachOperation, each_operation};
