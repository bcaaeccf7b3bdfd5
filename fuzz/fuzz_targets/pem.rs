//! Any file as a key or certificate: it is accepted or rejected, its content is never shown, and all functions that read
//! the same kind of file agree.
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
            assert!(shown.len() < 800, "{shown}");
            // No message has a word as long as a line of a key. With spaces, the input may be the message itself, which
            // the fuzzer learns from the comparison below.
            let text = String::from_utf8_lossy(pem);
            for line in text.lines().filter(|line| line.len() >= 48 && !line.contains([' ', '-'])) {
                assert!(!shown.contains(line), "{shown}");
            }
        })
        .ok()
}

fuzz_target!(|pem: &[u8]| {
    for provider in [&insecure::PROVIDER, &aws_lc_rs::PROVIDER] as [&CryptoProvider; 2] {
        let keys = PlatformKeys::new();
        let certificate = check(pem, keys.add_certificate(provider, pem));
        if let Some(serial) = &certificate {
            assert_eq!(keys.serials(), std::slice::from_ref(serial));
        }
        let public = check(pem, keys.add_public_key(provider, "PUB_KEY_ID_1", pem));
        let verifying = check(pem, load_verifying_key(provider, pem));
        // A library may refuse numbers that the parsers accept, so only this provider shows whether these agree.
        if provider.name == insecure::PROVIDER.name {
            assert_eq!(verifying.is_some(), public.is_some() || certificate.is_some());
        } else {
            assert!(verifying.is_none() || public.is_some() || certificate.is_some());
        }
        let signing = check(pem, load_signing_key(provider, pem));
        if let Some(key) = &signing {
            assert!(key.sign(b"message").is_ok());
        }
        let merchant = check(pem, Merchant::from_pem(provider, "1900000001".into(), "0F", pem));
        assert_eq!(merchant.is_some(), signing.is_some());
        if let Some(merchant) = check(pem, Merchant::from_certificate(provider, Some("1".into()), pem, pem)) {
            assert!(signing.is_some() && certificate.as_deref() == Some(merchant.serial_no()));
        }
    }
});
