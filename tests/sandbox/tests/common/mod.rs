//! A small test client that does not use the client of the core. It signs requests and verifies responses itself.
#![allow(dead_code, unused_imports, reason = "each test program uses a part of it")]

mod call;
mod client;
pub(crate) mod connection;
mod crypto;
mod reply;

use std::sync::LazyLock;

use serde_json::Value;
use wechatpay_sandbox::Credentials;

pub(crate) use call::{Call, FIELDS};
pub(crate) use client::{Client, creator_query, platform_favor, send_body, terms};
pub(crate) use crypto::{der, open, public_key_in, signature_is_valid, try_open, verify};
pub(crate) use reply::{Reply, Signer};

/// 2026-11-23T00:00:00+08:00.
pub(crate) const NOW: u64 = 1_795_363_200;
pub(crate) const DAY: u64 = 24 * 60 * 60;
/// 2026-11-30T23:59:59+08:00, the end of the stocks in the tests.
pub(crate) const END: u64 = NOW + 8 * DAY - 1;
pub(crate) const FAVOR: &str = "/v3/marketing/favor";

/// Returns credentials that all tests of a program share, because generating keys is slow.
pub(crate) fn credentials() -> &'static Credentials {
    static CREDENTIALS: LazyLock<Credentials> = LazyLock::new(|| Credentials::generate(NOW).unwrap());
    &CREDENTIALS
}

/// Asserts some fields of an object. `null` stands for an absent field.
#[track_caller]
pub(crate) fn assert_fields(object: &Value, expected: Value) {
    for (name, value) in expected.as_object().unwrap() {
        let there = object.get(name);
        assert_eq!(there, Some(value).filter(|value| !value.is_null()), "{name} of {object}");
    }
}

/// Returns the body with another value at a JSON pointer.
pub(crate) fn with(mut body: Value, pointer: &str, value: impl Into<Value>) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Array(list) => list[name.parse::<usize>().unwrap()] = value.into(),
        object => object[name] = value.into(),
    }
    body
}

/// Returns the body without the field at a JSON pointer.
pub(crate) fn without(mut body: Value, pointer: &str) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
    body
}
