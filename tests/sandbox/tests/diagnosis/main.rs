//! Diagnoses of refused requests. All signatures are made by the crate `rsa` or by OpenSSL, not by the code under test.
#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, clippy::string_slice, clippy::unwrap_in_result, reason = "tests")]

mod codes;
#[path = "../common/mod.rs"]
mod common;
mod control;
mod flood;
mod forged;
mod garbage;
mod measure;
mod openssl;
mod secrets;
mod several;
