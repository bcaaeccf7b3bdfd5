//! The randomness of each provider, from which nonces, request numbers and the waits before retries come.

use std::collections::BTreeSet;

use wechatpay_core::types::OutRequestNo;

use crate::*;

#[test]
fn every_provider_fills_all_bytes_with_new_random_ones() {
    const DRAWS: usize = 16;
    for provider in PROVIDERS {
        for len in [1, 2, 16, 33, 4097] {
            let draws = [(); DRAWS].map(|()| {
                let mut bytes = vec![0; len];
                provider.random.fill(&mut bytes).unwrap();
                bytes
            });
            // 16 equal bytes in a row have a chance of 2^-120.
            for position in 0..len {
                let values: BTreeSet<u8> = draws.iter().map(|draw| draw[position]).collect();
                assert!(values.len() > 1, "{}: byte {position} of {len}", provider.name);
            }
            let different: BTreeSet<_> = draws.iter().collect();
            assert!(len < 16 || different.len() == DRAWS, "{}: {len} bytes", provider.name);
        }
    }
}

#[test]
fn nonces_and_request_numbers_are_drawn_anew() {
    for provider in PROVIDERS {
        let nonces = [(); 8].map(|()| Nonce::generate(provider.random).unwrap().as_str().to_owned());
        let stamps = [(); 8].map(|()| Stamp::new(NOW, provider.random).unwrap());
        let numbers = [(); 8].map(|()| OutRequestNo::random(provider).unwrap().as_str().to_owned());
        assert!(stamps.iter().all(|stamp| stamp.unix_seconds == NOW));
        let drawn = stamps.iter().map(|stamp| stamp.nonce.as_str().to_owned());
        let all: BTreeSet<String> = nonces.into_iter().chain(drawn).chain(numbers).collect();
        assert_eq!(all.len(), 24, "{}: {all:?}", provider.name);
    }
}
