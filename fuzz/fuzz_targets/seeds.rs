//! Not a real target: `cargo +nightly fuzz run seeds -- -runs=1` writes the initial inputs of the other targets to
//! `corpus`: the golden requests, well-formed responses, and real keys. It is a target so that the dependencies are
//! built only once.
//!
//! The bytes before a body are the fields of the target's input in the encoding of `arbitrary`. Zeros are the first
//! variant of every enum.

#![no_main]

use std::fs;
use std::path::{Path, PathBuf};

use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use wechatpay_core::cashcoupons::CouponUsed;
use wechatpay_core::testing::{ArbitraryOperation, EachOperation, Success, each_operation, simplest};
use wechatpay_fuzz::{CERTIFICATE, NOW};
use wechatpay_sandbox::Credentials;

fn write(target: &str, name: &str, bytes: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("seed-{name}")), bytes).unwrap();
}

/// Pseudo-random bytes that are the same in every run (SplitMix64).
fn entropy(mut seed: u64, len: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend((z ^ (z >> 31)).to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

fn arbitrary_value<T: for<'a> Arbitrary<'a>>(seed: u64) -> T {
    T::arbitrary(&mut Unstructured::new(&entropy(seed, 2048))).unwrap()
}

/// Writes well-formed responses to each operation, as the target `response` asks for them.
struct Responses(u8);

impl EachOperation for Responses {
    fn operation<O: ArbitraryOperation>(&mut self) {
        for seed in 0..4 {
            let response: Success<O::Response> = arbitrary_value(seed);
            let response = response.answering(&simplest::<O>().unwrap()).unwrap();
            // Operation, status, kind of signature, and its clock error.
            let head = [&[self.0][..], &[0; 4], &[0; 4], &[0; 2]].concat();
            write("response", &format!("{}-{seed}", O::NAME), &[&head, &response.body[..]].concat());
        }
        self.0 += 1;
    }
}

fn golden() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance/golden");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    // The first line is the operation, the other lines are the message.
    let message = |path| fs::read_to_string(path).unwrap().split_once('\n').unwrap().1.to_owned();
    files.iter().map(|path| (name(path), message(path))).collect()
}

/// The method, target and body of a golden message, as input for the target `sandbox`.
fn step(message: &str) -> String {
    let lines: Vec<&str> = message.splitn(5, '\n').collect();
    format!("{}\n{}\n{}", lines[0], lines[1], lines[4].trim_end_matches('\n'))
}

const CAMPAIGN: &str = include_str!("campaign.txt");
const FLOW: &str = "`15000005,`18100032,`全场代金券,`1.00,`2.00,`支付,`4200000123,`2020-11-27 16:23:05,`1900000001,,`17,\n\
                    总条数\n`1\n";

fn write_all() {
    each_operation(&mut Responses(0));
    for (name, message) in golden() {
        write("sandbox", &name, step(&message).as_bytes());
        let body = message.splitn(5, '\n').nth(4).unwrap();
        write("response", &format!("echo-{name}"), &[&[0; 11][..], body.as_bytes()].concat());
    }
    write("sandbox", "campaign", CAMPAIGN.trim_end().replace("\n---\n", "\0").as_bytes());
    for seed in 0..4 {
        let event: CouponUsed = arbitrary_value(seed);
        let content = serde_json::to_vec(&event).unwrap();
        // Kind of signature and its clock error, kind of body, whether the event is known, and the default nonce.
        write("callback", &format!("{seed}"), &[&[0; 6][..], &[0; 4], &[1, 0], &content].concat());
    }
    let credentials = Credentials::generate(NOW).unwrap();
    for (name, pem) in [
        ("certificate", CERTIFICATE),
        ("private-key", credentials.private_key_pem()),
        ("public-key", credentials.public_key_pem()),
        ("platform-certificate", credentials.platform_certificate_pem()),
        ("pkcs1", include_str!("../../tests/conformance/vectors/official_test_merchant_key_pkcs1.pem")),
    ] {
        write("pem", name, pem.as_bytes());
    }
    // An unknown number of rows, one byte at a time, and the documented header.
    write("flow", "documented", &[&[0, 0][..], &[0xff; 4], FLOW.as_bytes()].concat());
    for target in ["request", "exchange", "certificates", "download"] {
        for seed in 0..64 {
            write(target, &format!("{seed}"), &entropy(seed, 64 << (seed % 6)));
        }
    }
}

fuzz_target!(init: write_all(), |_input: &[u8]| {});
