//! RSA-OAEP encryption and hashes, with every provider, checked against each other and against OpenSSL.

use crate::*;

/// Keys that encrypt for this merchant. Its certificate is in the place of the platform's.
fn keys(provider: &CryptoProvider, credentials: &Credentials) -> PlatformKeys {
    trusting_certificate(provider, credentials.certificate_pem())
}

#[test]
fn every_provider_decrypts_what_another_provider_encrypts() {
    let credentials = credentials(TIMESTAMP);
    // The longest text for OAEP with SHA-1 and a 2048-bit key has 256 - 2 × 20 - 2 bytes.
    for text in ["", "hello", "代金券", &"x".repeat(214)] {
        for encrypts in WITH_OAEP {
            let sealed = keys(encrypts, &credentials).seal(text, TIMESTAMP).unwrap();
            assert_eq!(sealed.serial(), credentials.serial_no());
            assert_ne!(
                sealed,
                keys(encrypts, &credentials).seal(text, TIMESTAMP).unwrap(),
                "the ciphertext must be different every time"
            );
            for decrypts in WITH_OAEP {
                let opened = merchant(decrypts, &credentials).open(sealed.ciphertext()).unwrap();
                assert_eq!(opened, text.as_bytes(), "{encrypts:?} {decrypts:?}");
            }
        }
    }
}

#[test]
fn too_long_texts_and_invalid_ciphertexts_are_errors() {
    let (credentials, other) = (credentials(TIMESTAMP), Credentials::generate(TIMESTAMP).unwrap());
    for provider in WITH_OAEP {
        assert!(matches!(
            keys(provider, &credentials).seal("x".repeat(215), TIMESTAMP),
            Err(KeyError::Crypto(_))
        ));
        assert_eq!(PlatformKeys::new().seal("x", TIMESTAMP), Err(KeyError::NoPlatformKey));
        let merchant = merchant(provider, &credentials);
        let for_another = keys(provider, &other).seal("x", TIMESTAMP).unwrap();
        assert!(matches!(merchant.open(for_another.ciphertext()), Err(KeyError::Crypto(_))));
        assert_eq!(merchant.open("!"), Err(KeyError::NotBase64));
        for wrong in [&b""[..], b"short", &[0xff; 256], &[0; 257]] {
            assert!(matches!(merchant.open(STANDARD.encode(wrong)), Err(KeyError::Crypto(_))));
        }
    }
}

#[test]
fn the_error_of_a_provider_without_oaep_names_rsa_oaep() {
    let credentials = credentials(TIMESTAMP);
    for provider in PROVIDERS.iter().filter(|provider| !WITH_OAEP.iter().any(|it| it.name == provider.name)) {
        let errors = [
            keys(provider, &credentials).seal("x", TIMESTAMP).map(drop).unwrap_err(),
            merchant(provider, &credentials).open("AAAA").map(drop).unwrap_err(),
        ];
        for error in errors {
            let cause = std::error::Error::source(&error).unwrap().to_string();
            assert!(cause.contains("RSA-OAEP"), "{provider:?}: {cause}");
        }
    }
}

/// A key that can sign but not decrypt, such as one in an HSM.
struct SignOnly;

impl SigningKey for SignOnly {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Ok(vec![0; 256])
    }
}

#[test]
fn the_error_of_a_sign_only_key_names_rsa_oaep() {
    let merchant = Merchant::with_key(MCHID.into(), SERIAL_NO, Arc::new(SignOnly)).unwrap();
    let error = std::error::Error::source(&merchant.open("AAAA").unwrap_err()).unwrap().to_string();
    assert!(error.contains("RSA-OAEP"), "{error}");
}

#[test]
fn an_echo_names_the_key_it_is_encrypted_for() {
    let (client, platform, credentials) = pair(TIMESTAMP);
    let provider = PROVIDERS[1];
    let keys = client.platform();
    let sealed = keys.seal("secret", TIMESTAMP).unwrap();
    let ciphertext = sealed.ciphertext().to_owned();
    let serial = sealed.serial().to_owned();
    // Another key becomes the preferred one before the request is sent.
    keys.add_public_key(provider, "PUB_KEY_ID_2", credentials.public_key_pem()).unwrap();
    assert_ne!(keys.preferred_serial(TIMESTAMP), Some(serial.clone()));
    let echo = SecurityEcho::new("hello").encrypted(sealed);
    let request = client.request(&echo, stamp()).unwrap();
    assert_eq!(request.headers()["wechatpay-serial"], serial.as_str());
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(body, json!({"echo_message": "hello", "encrypted_echo_message": ciphertext}));
    let plain = client.request(&SecurityEcho::new("hello"), stamp()).unwrap();
    assert_eq!(plain.headers()["wechatpay-serial"], "PUB_KEY_ID_2");

    let response = platform.signed_response(200, r#"{"echo_message":"hello"}"#, TIMESTAMP);
    let answer = read_response::<SecurityEcho>(&client, &response, TIMESTAMP).unwrap();
    assert_eq!((answer.echo_message.as_str(), &answer.encrypted_echo_message), ("hello", &None));
}

#[test]
fn hashes_match_the_examples_of_the_standard() {
    // FIPS 180-4 examples. The long one consists of a million letters a.
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
    let Some(openssl) = OpenSsl::find() else { return };
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
        let sealed = STANDARD.decode(keys.seal("secret 代金券", TIMESTAMP).unwrap().ciphertext()).unwrap();
        assert_eq!(oaep("-decrypt", &sealed), "secret 代金券".as_bytes(), "{provider:?}");
        let merchant = Merchant::from_pem(provider, MCHID.into(), SERIAL_NO, PRIVATE_KEY).unwrap();
        let encrypted = oaep("-encrypt", b"from openssl");
        assert_eq!(merchant.open(STANDARD.encode(encrypted)).unwrap(), b"from openssl", "{provider:?}");
    }
}
