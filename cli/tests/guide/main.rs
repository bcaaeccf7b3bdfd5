//! The documents and the program agree: every command of the guide is run, and the reference has every command and option.
#![cfg(test)]
#![cfg(all(feature = "sandbox", unix))]
#![allow(clippy::arithmetic_side_effects, clippy::string_slice, clippy::unwrap_in_result, reason = "tests")]

mod document;
mod folder;
mod guide;
mod output;
mod reference;
