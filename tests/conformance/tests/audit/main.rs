//! Checks of completeness: every operation and every threat is documented, every type of the official Go package exists
//! here, its known defects have tests, and the layers of `ARCHITECTURE.md` hold.

mod go_defects;
mod go_package;
mod layers;
mod operations_doc;
mod threats_doc;

// Imports that the modules share.
use std::collections::BTreeSet;

use wechatpay_conformance::*;
use wechatpay_core::cashcoupons::*;
use wechatpay_core::testing::{ArbitraryOperation, EachOperation, each_operation};
