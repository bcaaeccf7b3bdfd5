//! Wycheproof's vectors with every provider. Vectors marked as acceptable must be rejected. There is one intended
//! deviation.

use wechatpay_conformance::{PROVIDERS, WITH_OAEP};
use wechatpay_core::crypto::{load_signing_key, load_verifying_key};
use wycheproof::{TestResult, aead, rsa_oaep, rsa_pkcs1_verify};

#[test]
fn signatures_match_wycheproof() {
    use rsa_pkcs1_verify::TestName::{Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256};
    for name in [Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256] {
        let set = rsa_pkcs1_verify::TestSet::load(name).unwrap();
        let mut valid = 0;
        for group in &set.test_groups {
            for provider in PROVIDERS {
                let key = load_verifying_key(provider, &group.pem).unwrap();
                for test in &group.tests {
                    let expected = test.result == TestResult::Valid;
                    valid += u32::from(expected);
                    let actual = key.verify(&test.msg, &test.sig).is_ok();
                    assert_eq!(actual, expected, "{provider:?} {name:?} {}: {}", test.tc_id, test.comment);
                }
            }
        }
        assert!(valid >= 4, "{name:?}: too few valid signatures in the set");
    }
}

#[test]
fn aes_gcm_matches_wycheproof() {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let mut tried = 0;
    for group in set.test_groups.iter().filter(|group| group.key_size == 256 && group.nonce_size == 96) {
        for test in &group.tests {
            let key = test.key.as_slice().try_into().unwrap();
            let nonce = test.nonce.as_slice().try_into().unwrap();
            let sealed = [test.ct.as_slice(), test.tag.as_slice()].concat();
            tried += 1;
            for provider in PROVIDERS {
                let opened = provider.aead.open(key, nonce, &test.aad, &sealed);
                if test.result == TestResult::Valid {
                    assert_eq!(
                        opened.as_ref(),
                        Ok(&*test.pt),
                        "{provider:?} {}: {}",
                        test.tc_id,
                        test.comment
                    );
                    assert_eq!(
                        provider.aead.seal(key, nonce, &test.aad, &test.pt).unwrap(),
                        sealed,
                        "{provider:?}"
                    );
                } else {
                    assert!(opened.is_err(), "{provider:?} {}: {}", test.tc_id, test.comment);
                }
            }
        }
    }
    assert!(tried > 50, "{tried}");
}

#[test]
fn rsa_oaep_matches_wycheproof() {
    let set = rsa_oaep::TestSet::load(rsa_oaep::TestName::Rsa2048Sha1Mgf1Sha1).unwrap();
    let mut tried = 0;
    for group in &set.test_groups {
        for provider in WITH_OAEP {
            let key = load_signing_key(provider, &group.pem).unwrap();
            // The protocol does not use labels.
            for test in group.tests.iter().filter(|test| test.label.is_empty()) {
                tried += 1;
                // `rsa` ignores the first byte on purpose, because reporting it would enable Manger's attack.
                let ignored = provider.name == "rustcrypto" && test.comment == "First byte is 1";
                let opened = key.decrypt(&test.ct);
                let (id, comment) = (test.tc_id, &test.comment);
                if test.result == TestResult::Valid || ignored {
                    assert_eq!(opened.as_ref(), Ok(&*test.pt), "{provider:?} {id}: {comment}");
                } else {
                    assert!(opened.is_err(), "{provider:?} {id}: {comment}");
                }
            }
        }
    }
    assert!(tried > 20, "{tried}");
}
