//! Keys whose numbers are wrong: refused or useless, never the end of the process.

use wechatpay_conformance::der::{NAMES, pem, private_key, sequence};

use crate::*;

/// What may stand in a number's place.
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
        ("its neighbour", with(|bytes| *bytes.last_mut().unwrap() ^= 1)),
        ("another odd one", with(|bytes| *bytes.last_mut().unwrap() ^= 2)),
        (
            "one of the same length without a bit but the first",
            with(|bytes| {
                let len = bytes.len();
                bytes.fill(0);
                bytes[len.min(2) - 1] = 0x80;
            }),
        ),
        ("all ones", with(|bytes| bytes.fill(0xff))),
        ("half of it", with(|bytes| bytes.truncate(bytes.len().div_ceil(2)))),
        ("twice as long", with(|bytes| bytes.extend(bytes.clone()))),
        ("eight times as long", with(|bytes| *bytes = bytes.repeat(8))),
        ("32768 bits", vec![0xff; 4096]),
    ]
}

/// Has every provider try keys of these numbers.
fn end_no_process(label: &str, keys: &[(String, Vec<Vec<u8>>)], attempt: fn(&CryptoProvider, String)) {
    let mut ended = Vec::new();
    for provider in PROVIDERS {
        for (what, numbers) in keys {
            let pem = pem(label, &sequence(numbers));
            if catch_unwind(AssertUnwindSafe(|| attempt(provider, pem))).is_err() {
                ended.push(format!("{}: {what}", provider.name));
            }
        }
    }
    assert!(ended.is_empty(), "{ended:#?}");
}

#[test]
fn private_keys_with_a_wrong_number_end_no_process() {
    let right = private_key(PRIVATE_KEY);
    let mut keys = Vec::new();
    for (place, name) in (1..).zip(NAMES) {
        for (what, number) in wrong(&right[place]) {
            let mut numbers = right.clone();
            numbers[place] = number;
            keys.push((format!("{name} is {what}"), numbers));
        }
    }
    // Two that are wrong in the same way may agree with each other.
    for (p_is, p) in wrong(&right[4]) {
        for (q_is, q) in wrong(&right[5]) {
            let mut numbers = right.clone();
            (numbers[4], numbers[5]) = (p.clone(), q);
            keys.push((format!("p is {p_is}, q is {q_is}"), numbers));
        }
    }
    end_no_process("RSA PRIVATE KEY", &keys, |provider, pem| {
        if let Ok(key) = load_signing_key(provider, pem) {
            drop(key.sign(b"message"));
            drop(key.decrypt(&[7; 256]));
        }
    });
}

#[test]
fn public_keys_with_a_wrong_number_end_no_process() {
    let right = private_key(PRIVATE_KEY);
    let mut keys = Vec::new();
    for (n_is, n) in wrong(&right[1]).into_iter().chain([("right", right[1].clone())]) {
        for (e_is, e) in wrong(&right[2]) {
            keys.push((format!("n is {n_is}, e is {e_is}"), vec![n.clone(), e]));
        }
    }
    end_no_process("RSA PUBLIC KEY", &keys, |provider, pem| {
        if let Ok(key) = load_verifying_key(provider, pem) {
            for signature in [vec![7; 256], vec![], vec![0; 256], vec![0xff; 256], vec![7; 2048]] {
                assert!(key.verify(b"message", &signature).is_err());
            }
            drop(key.encrypt(b"text"));
        }
    });
}
