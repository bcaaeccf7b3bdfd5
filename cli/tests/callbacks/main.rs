//! Callbacks: `listen` receives, keeps and forwards them, whatever crashes; `trigger` makes them in a sandbox.
#![cfg(test)]
#![cfg(all(feature = "sandbox", unix))]
#![allow(clippy::arithmetic_side_effects, clippy::string_slice, clippy::unwrap_in_result, reason = "tests")]

#[path = "../campaign/campaign.rs"]
#[allow(dead_code, reason = "each program uses a part of it")]
mod campaign;
#[path = "../commands/merchant.rs"]
#[allow(dead_code, reason = "each program uses a part of it")]
mod merchant;
#[path = "../commands/program.rs"]
#[allow(dead_code, reason = "each program uses a part of it")]
mod program;

mod forward;
mod http;
mod ledger;
mod listening;
mod options;
mod platform;
mod receive;
mod receiver;
mod refused;
mod trigger;
