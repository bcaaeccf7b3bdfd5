//! The coupon operations: their effects, errors and state.
#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, clippy::string_slice, clippy::unwrap_in_result, reason = "tests")]

mod available;
mod callbacks;
mod clock;
#[path = "../common/mod.rs"]
mod common;
mod coupons;
mod flow;
mod media;
mod modify;
mod notifications;
mod platform_favor;
mod randomness;
mod stocks;
mod wrong_bodies;
