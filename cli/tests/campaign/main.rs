//! Campaigns from the list to the end, whatever crashes.
#![cfg(test)]
#![cfg(all(feature = "sandbox", unix))]
#![allow(clippy::arithmetic_side_effects, clippy::string_slice, clippy::unwrap_in_result, reason = "tests")]

#[path = "../commands/merchant.rs"]
#[allow(dead_code, reason = "each program uses a part of it")]
mod merchant;
#[path = "../commands/program.rs"]
#[allow(dead_code, reason = "each program uses a part of it")]
mod program;

mod campaign;
mod disk;
mod doubtful;
mod hints;
mod interrupted;
mod killed;
#[cfg(target_os = "linux")]
mod million;
mod run;

use campaign::Campaign;
