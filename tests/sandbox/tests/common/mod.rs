//! A small client, independent of the one under development: it signs, calls, and checks signatures by hand.
#![allow(dead_code, unused_imports, reason = "each program uses a part of it")]

mod call;
mod client;
pub(crate) mod connection;
mod crypto;
mod reply;

use std::sync::LazyLock;

use serde_json::Value;
use wechatpay_sandbox::Credentials;

pub(crate) use call::{Call, FIELDS};
pub(crate) use client::{Client, creator_query, send_body, terms};
pub(crate) use crypto::{der, open, public_key_in, signature_is_valid, try_open, verify};
pub(crate) use reply::{Reply, Signer};

/// 2026-11-23T00:00:00+08:00.
pub(crate) const NOW: u64 = 1_795_363_200;
pub(crate) const DAY: u64 = 24 * 60 * 60;
/// 2026-11-30T23:59:59+08:00, when the stocks here end.
pub(crate) const END: u64 = NOW + 8 * DAY - 1;
pub(crate) const FAVOR: &str = "/v3/marketing/favor";

/// One set for all tests of a program: making keys takes time.
pub(crate) fn credentials() -> &'static Credentials {
    static CREDENTIALS: LazyLock<Credentials> = LazyLock::new(|| Credentials::generate(NOW).unwrap());
    &CREDENTIALS
}

/// Asserts these fields of an object, whatever else it has. `null` is a field that is not there.
#[track_caller]
pub(crate) fn assert_fields(object: &Value, expected: Value) {
    for (name, value) in expected.as_object().unwrap() {
        let there = object.get(name);
        assert_eq!(there, Some(value).filter(|value| !value.is_null()), "{name} of {object}");
    }
}

/// The same body with another value at this JSON pointer.
pub(crate) fn with(mut body: Value, pointer: &str, value: impl Into<Value>) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Array(list) => list[name.parse::<usize>().unwrap()] = value.into(),
        object => object[name] = value.into(),
    }
    body
}

/// The same body without what this JSON pointer leads to.
pub(crate) fn without(mut body: Value, pointer: &str) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
    body
}
