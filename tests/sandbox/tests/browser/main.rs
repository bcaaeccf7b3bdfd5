//! The console in a real browser: Chromium, driven over WebDriver. Without one, these tests say so and pass; with
//! `WECHATPAY_REQUIRE_BROWSER=1` they fail.
#![cfg(test)]
#![cfg(unix)]
#![allow(clippy::arithmetic_side_effects, clippy::string_slice, clippy::unwrap_in_result, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;
mod driver;
mod elsewhere;
mod forms;
mod hostile;
mod live;
mod network;
mod origins;
mod page;
mod pages;
mod pictures;
mod scene;
mod session;
