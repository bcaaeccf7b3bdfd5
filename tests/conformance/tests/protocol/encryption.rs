//! What is encrypted for one key and hashed: every provider, each with the others', and OpenSSL as the judge.

use crate::*;

/// Keys that encrypt for this merchant.
fn keys(provider: &CryptoProvider, credentials: &Credentials) -> PlatformKeys {
    trusting_certificate(provider, credentials.certificate_pem())
}

#[test]
fn what_one_provider_encrypts_every_other_decrypts() {
    let credentials = credentials(TIMESTAMP);
    // As long as OAEP with SHA-1 allows under 2048 bits: 256 - 2 × 20 - 2.
    for text in ["", "hello", "代金券", &"x".repeat(214)] {
        for encrypts in WITH_OAEP {
            let sealed = keys(encrypts, &credentials).seal(text).unwrap();
            assert_eq!(sealed.serial(), credentials.serial_no());
            assert_ne!(
                sealed,
                keys(encrypts, &credentials).seal(text).unwrap(),
                "it is different every time"
            );
            for decrypts in WITH_OAEP {
                let opened = merchant(decrypts, &credentials).open(sealed.ciphertext()).unwrap();
                assert_eq!(opened, text.as_bytes(), "{encrypts:?} {decrypts:?}");
            }
        }
    }
}

#[test]
fn what_cannot_be_encrypted_or_decrypted_is_an_error() {
    let (credentials, other) = (credentials(TIMESTAMP), Credentials::generate(TIMESTAMP).unwrap());
    for provider in WITH_OAEP {
        assert!(matches!(keys(provider, &credentials).seal("x".repeat(215)), Err(KeyError::Crypto(_))));
        assert_eq!(PlatformKeys::new().seal("x"), Err(KeyError::NoPlatformKey));
        let merchant = merchant(provider, &credentials);
        let for_another = keys(provider, &other).seal("x").unwrap();
        assert!(matches!(merchant.open(for_another.ciphertext()), Err(KeyError::Crypto(_))));
        assert_eq!(merchant.open("!"), Err(KeyError::NotBase64));
        for wrong in [&b""[..], b"short", &[0xff; 256], &[0; 257]] {
            assert!(matches!(merchant.open(STANDARD.encode(wrong)), Err(KeyError::Crypto(_))));
        }
    }
}

#[test]
fn a_provider_without_oaep_says_so() {
    let credentials = credentials(TIMESTAMP);
    for provider in PROVIDERS.iter().filter(|provider| !WITH_OAEP.iter().any(|it| it.name == provider.name)) {
        let refused = [
            keys(provider, &credentials).seal("x").map(drop).unwrap_err(),
            merchant(provider, &credentials).open("AAAA").map(drop).unwrap_err(),
        ];
        for error in refused {
            let cause = std::error::Error::source(&error).unwrap().to_string();
            assert!(cause.contains("RSA-OAEP"), "{provider:?}: {cause}");
        }
    }
}

/// A key that signs and does nothing else, as one in an HSM may.
struct OnlySigns;

impl SigningKey for OnlySigns {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Ok(vec![0; 256])
    }
}

#[test]
fn a_key_that_only_signs_says_so() {
    let merchant = Merchant::with_key(MCHID.into(), SERIAL_NO, Arc::new(OnlySigns)).unwrap();
    let error = std::error::Error::source(&merchant.open("AAAA").unwrap_err()).unwrap().to_string();
    assert!(error.contains("RSA-OAEP"), "{error}");
}

#[test]
fn an_echo_names_the_key_it_is_encrypted_for() {
    let (client, platform, credentials) = pair(TIMESTAMP);
    let provider = PROVIDERS[1];
    let keys = client.platform();
    let sealed = keys.seal("secret").unwrap();
    let ciphertext = sealed.ciphertext().to_owned();
    let serial = sealed.serial().to_owned();
    // Another key is preferred by the time it is sent.
    keys.add_public_key(provider, "PUB_KEY_ID_2", credentials.public_key_pem()).unwrap();
    assert_ne!(keys.preferred_serial(), Some(serial.clone()));
    let echo = SecurityEcho::new("hello").encrypted(sealed);
    let request = client.request(&echo, stamp()).unwrap();
    assert_eq!(request.headers()["wechatpay-serial"], serial.as_str());
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(body, json!({"echo_message": "hello", "encrypted_echo_message": ciphertext}));
    let plain = client.request(&SecurityEcho::new("hello"), stamp()).unwrap();
    assert_eq!(plain.headers()["wechatpay-serial"], "PUB_KEY_ID_2");

    let answer = platform.signed_response(200, r#"{"echo_message":"hello"}"#, TIMESTAMP);
    let answer = read_response::<SecurityEcho>(&client, &answer, TIMESTAMP).unwrap();
    assert_eq!((answer.echo_message.as_str(), &answer.encrypted_echo_message), ("hello", &None));
}

#[test]
fn hashes_are_the_standards() {
    // FIPS 180-4 examples; the long one is a million times the letter a.
    let million = "a".repeat(1_000_000);
    for (algorithm, text, expected) in [
        (HashAlgorithm::Sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (HashAlgorithm::Sha1, &million, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
        (HashAlgorithm::Sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (HashAlgorithm::Sha256, &million, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ] {
        for provider in PROVIDERS {
            assert_eq!(provider.hash(algorithm, text.as_bytes()).unwrap(), expected, "{provider:?}");
        }
    }
}

#[test]
fn openssl_agrees_on_oaep() {
    let Some(openssl) = OpenSsl::here() else { return };
    openssl.write("key", PRIVATE_KEY);
    let oaep = |action: &str, input: &[u8]| {
        openssl.write("input", input);
        openssl.output(&format!(
            "pkeyutl {action} -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha1 -inkey @key -in @input"
        ))
    };
    let public = String::from_utf8(openssl.output("rsa -pubout -in @key")).unwrap();
    for provider in WITH_OAEP {
        let keys = trusting_public_key(provider, "PUB_KEY_ID_1", &public);
        let sealed = STANDARD.decode(keys.seal("secret 代金券").unwrap().ciphertext()).unwrap();
        assert_eq!(oaep("-decrypt", &sealed), "secret 代金券".as_bytes(), "{provider:?}");
        let merchant = Merchant::from_pem(provider, MCHID.into(), SERIAL_NO, PRIVATE_KEY).unwrap();
        let encrypted = oaep("-encrypt", b"from openssl");
        assert_eq!(merchant.open(STANDARD.encode(encrypted)).unwrap(), b"from openssl", "{provider:?}");
    }
}
