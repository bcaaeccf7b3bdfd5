//! The ledger: what it keeps, what it refuses, and what is left after a failure.
#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    clippy::unwrap_in_result,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod check;
mod common;
mod files;
#[cfg(unix)]
mod full;
mod list;
mod million;
mod plan;
mod reads;
mod records;
mod report;
mod resolve;
mod two;
