//! Any file as a key or certificate: it is accepted or rejected, and its content is never shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wechatpay_core::crypto::{
    CryptoProvider, KeyError, aws_lc_rs, insecure, load_signing_key, load_verifying_key,
};
use wechatpay_core::{Merchant, PlatformKeys};

fn check<T>(pem: &[u8], result: Result<T, KeyError>) -> Option<T> {
    result
        .map_err(|error| {
            let shown = format!("{error} {error:?}");
            assert!(shown.len() < 512, "{shown}");
            // A line this long cannot be in a message by chance.
            let text = String::from_utf8_lossy(pem);
            for line in text.lines().filter(|line| line.len() >= 48 && !line.contains("-----")) {
                assert!(!shown.contains(line), "{shown}");
            }
        })
        .ok()
}

fuzz_target!(|pem: &[u8]| {
    for provider in [&insecure::PROVIDER, &aws_lc_rs::PROVIDER] as [&CryptoProvider; 2] {
        let keys = PlatformKeys::new();
        if let Some(serial) = check(pem, keys.add_certificate(provider, pem)) {
            assert_eq!(keys.serials(), [serial]);
        }
        check(pem, keys.add_public_key(provider, "PUB_KEY_ID_1", pem));
        check(pem, load_verifying_key(provider, pem));
        if let Some(key) = check(pem, load_signing_key(provider, pem)) {
            assert!(key.sign(b"message").is_ok());
        }
        check(pem, Merchant::from_pem(provider, "1900000001".into(), "0F", pem));
    }
});
