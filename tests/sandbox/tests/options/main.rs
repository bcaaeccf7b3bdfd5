//! The settings of `Options`.
#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, clippy::string_slice, clippy::unwrap_in_result, reason = "tests")]

mod advertise;
mod answers;
#[path = "../common/mod.rs"]
mod common;
mod deliver_to;
mod respond;

use wechatpay_sandbox::{Options, Sandbox};

use common::{Client, NOW, credentials};

fn client(options: Options) -> Client {
    Client { sandbox: Sandbox::with_options(credentials().clone(), options).unwrap(), now: NOW }
}
