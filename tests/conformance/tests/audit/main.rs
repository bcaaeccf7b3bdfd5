//! Whether all is covered: the official Go package and its defects, the threats of `docs/security.md`, and the layers of
//! `ARCHITECTURE.md`.

mod go_defects;
mod go_package;
mod layers;
mod security_doc;

// What the modules share.
use std::collections::BTreeSet;

use wechatpay_conformance::*;
use wechatpay_core::cashcoupons::*;
use wechatpay_core::testing::{EachOperation, MadeUp, each_operation};

/// The text of all Rust sources in a folder and below it.
fn text_of(folder: &str) -> String {
    sources(&workspace(folder)).iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}
