//! The documents and the program agree: every command of the guide is run, and the reference has every command and option.
#![cfg(test)]
#![cfg(all(feature = "sandbox", unix))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    clippy::unwrap_in_result,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod document;
mod folder;
mod guide;
#[path = "../commands/merchant.rs"]
#[allow(dead_code, reason = "each program uses a part of it")]
mod merchant;
mod output;
#[path = "../support/postgres.rs"]
#[allow(dead_code, reason = "each program uses a part of it")]
mod postgres;
#[path = "../commands/program.rs"]
#[allow(dead_code, reason = "each program uses a part of it")]
mod program;
mod reference;
mod several;
