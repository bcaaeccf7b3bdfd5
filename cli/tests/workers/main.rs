//! Several workers share a campaign through PostgreSQL: whatever happens to them, each user gets one coupon.
#![cfg(test)]
#![cfg(all(feature = "sandbox", feature = "postgres", unix))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    clippy::unwrap_in_result,
    clippy::disallowed_methods,
    reason = "tests"
)]

#[path = "../campaign/campaign.rs"]
#[allow(dead_code, reason = "each program uses a part of it")]
mod campaign;
#[path = "../commands/merchant.rs"]
#[allow(dead_code, reason = "each program uses a part of it")]
mod merchant;
#[path = "../support/postgres.rs"]
#[allow(dead_code, reason = "each program uses a part of it")]
mod postgres;
#[path = "../commands/program.rs"]
#[allow(dead_code, reason = "each program uses a part of it")]
mod program;

mod crew;
mod tls;
mod together;
mod troubles;
