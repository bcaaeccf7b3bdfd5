//! The sandbox behind HTTP, as raw bytes on a socket see it.
#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, clippy::string_slice, clippy::unwrap_in_result, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;
mod delivery;
mod faults;
mod requests;
