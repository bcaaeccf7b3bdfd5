//! The HTTP server, tested with raw bytes on sockets.
#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, clippy::string_slice, clippy::unwrap_in_result, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;
mod delivery;
mod faults;
mod requests;
