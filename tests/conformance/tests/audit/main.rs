//! Checks that coverage is complete: the official Go package and its defects, the documented threats, the table of
//! operations, and the layers in `ARCHITECTURE.md`.

mod go_defects;
mod go_package;
mod layers;
mod operations_doc;
mod threats_doc;

// Imports shared by the modules.
use std::collections::BTreeSet;

use wechatpay_conformance::*;
use wechatpay_core::cashcoupons::*;
use wechatpay_core::testing::{ArbitraryOperation, EachOperation, each_operation};
