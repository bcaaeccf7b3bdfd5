//! The platform's side of the protocol: who is let in, whose signature a reply bears, certificates, faults.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    clippy::unwrap_in_result,
    missing_docs,
    reason = "a test"
)]

mod auth;
mod certificates;
#[path = "../common/mod.rs"]
mod common;
mod echo;
mod faults;
