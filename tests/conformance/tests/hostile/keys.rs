//! Keys with invalid numbers are rejected or fail to work, but never make the process panic.

use wechatpay_conformance::der::{NAMES, pem, private_key, sequence};

use crate::*;

/// Wrong values for a number, with descriptions.
fn wrong(right: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let with = |change: fn(&mut Vec<u8>)| {
        let mut bytes = right.to_vec();
        change(&mut bytes);
        bytes
    };
    vec![
        ("0", vec![0]),
        ("1", vec![1]),
        ("2", vec![2]),
        ("3", vec![3]),
        ("with its lowest bit flipped", with(|bytes| *bytes.last_mut().unwrap() ^= 1)),
        ("with its second bit flipped", with(|bytes| *bytes.last_mut().unwrap() ^= 2)),
        (
            "a power of two of the same length",
            with(|bytes| {
                let len = bytes.len();
                bytes.fill(0);
                bytes[len.min(2) - 1] = 0x80;
            }),
        ),
        ("all ones", with(|bytes| bytes.fill(0xff))),
        ("half as long", with(|bytes| bytes.truncate(bytes.len().div_ceil(2)))),
        ("twice as long", with(|bytes| bytes.extend(bytes.clone()))),
        ("eight times as long", with(|bytes| *bytes = bytes.repeat(8))),
        ("32768 bits", vec![0xff; 4096]),
    ]
}

/// Tries keys with these numbers with every provider, and fails if any of them panics.
fn assert_no_panic(label: &str, keys: &[(String, Vec<Vec<u8>>)], attempt: fn(&CryptoProvider, String)) {
    let mut panicked = Vec::new();
    for provider in PROVIDERS {
        for (what, numbers) in keys {
            let pem = pem(label, &sequence(numbers));
            if catch_unwind(AssertUnwindSafe(|| attempt(provider, pem))).is_err() {
                panicked.push(format!("{}: {what}", provider.name));
            }
        }
    }
    assert!(panicked.is_empty(), "{panicked:#?}");
}

#[test]
fn private_keys_with_wrong_numbers_cause_no_panic() {
    let right = private_key(PRIVATE_KEY);
    let mut keys = Vec::new();
    for (place, name) in (1..).zip(NAMES) {
        for (what, number) in wrong(&right[place]) {
            let mut numbers = right.clone();
            numbers[place] = number;
            keys.push((format!("{name} is {what}"), numbers));
        }
    }
    // Two wrong numbers may be consistent with each other.
    for (p_is, p) in wrong(&right[4]) {
        for (q_is, q) in wrong(&right[5]) {
            let mut numbers = right.clone();
            (numbers[4], numbers[5]) = (p.clone(), q);
            keys.push((format!("p is {p_is}, q is {q_is}"), numbers));
        }
    }
    assert_no_panic("RSA PRIVATE KEY", &keys, |provider, pem| {
        if let Ok(key) = load_signing_key(provider, pem) {
            drop(key.sign(b"message"));
            drop(key.decrypt(&[7; 256]));
        }
    });
}

#[test]
fn public_keys_with_wrong_numbers_cause_no_panic() {
    let right = private_key(PRIVATE_KEY);
    let mut keys = Vec::new();
    for (n_is, n) in wrong(&right[1]).into_iter().chain([("right", right[1].clone())]) {
        for (e_is, e) in wrong(&right[2]) {
            keys.push((format!("n is {n_is}, e is {e_is}"), vec![n.clone(), e]));
        }
    }
    assert_no_panic("RSA PUBLIC KEY", &keys, |provider, pem| {
        if let Ok(key) = load_verifying_key(provider, pem) {
            for signature in [vec![7; 256], vec![], vec![0; 256], vec![0xff; 256], vec![7; 2048]] {
                assert!(key.verify(b"message", &signature).is_err());
            }
            drop(key.encrypt(b"text"));
        }
    });
}
