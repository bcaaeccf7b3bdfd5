//! The sandbox behind HTTP, as raw bytes on a socket see it.
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

#[path = "../common/mod.rs"]
mod common;
mod delivery;
mod faults;
mod requests;
