//! The control interface: who may drive it, the log of requests, lists and state.
#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, clippy::string_slice, clippy::unwrap_in_result, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;
mod guard;
mod import;
mod import_fixpoint;
mod import_mistakes;
mod interface;
mod lists;
mod requests;
mod state;

use bytes::Bytes;
use http::Request;

use common::{Client, Reply};

/// Sends an unsigned request with these headers.
fn ask(client: &Client, method: &str, target: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.raw(request.body(Bytes::new()).unwrap())
}
