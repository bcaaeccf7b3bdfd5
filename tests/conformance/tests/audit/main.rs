//! Whether all is covered: the official Go package and its defects, the threats of `docs/security.md`, and the layers of
//! `ARCHITECTURE.md`.

mod endpoints;
mod go_defects;
mod go_package;
mod layers;
mod security_doc;

// What the modules share.
use std::collections::BTreeSet;
use std::path::{Path as File, PathBuf};

use wechatpay_conformance::*;
use wechatpay_core::cashcoupons::*;
use wechatpay_core::testing::{EachOperation, MadeUp, each_operation};

/// A folder or file of the workspace.
fn workspace(path: &str) -> PathBuf {
    File::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The text of all Rust sources in a folder and below it.
fn text_of(folder: &str) -> String {
    sources(&workspace(folder)).iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}
