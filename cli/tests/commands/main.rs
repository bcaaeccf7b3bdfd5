//! The commands: what they write, and how they end.
#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, clippy::string_slice, clippy::unwrap_in_result, reason = "tests")]

mod api;
mod books;
mod configuration;
mod coupon;
mod doctor;
mod embedded;
mod explain;
mod html;
mod language;
mod man;
mod merchant;
mod others;
mod program;
mod report;
mod stock;
mod usage;
