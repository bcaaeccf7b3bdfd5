//! The platform's side of the protocol: authentication, signatures, certificates and faults.
#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, clippy::string_slice, clippy::unwrap_in_result, reason = "tests")]

mod auth;
mod certificates;
#[path = "../common/mod.rs"]
mod common;
mod echo;
mod faults;
