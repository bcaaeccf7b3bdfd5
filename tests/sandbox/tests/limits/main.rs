//! Limits and moods of the platform: rates, and refusals that come and go.
#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, clippy::string_slice, clippy::unwrap_in_result, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;

mod moods;
mod rates;
mod settings;
