//! Signature verification and decryption as a merchant does them, without the core's client.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use serde_json::Value;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::crypto::load_verifying_key;
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};

use super::credentials;

/// Panics unless the signature in the headers is valid for the body and the key in `pem`.
#[track_caller]
pub(crate) fn verify(headers: &HeaderMap, body: &[u8], pem: &str) {
    assert!(signature_is_valid(headers, body, pem), "the signature is invalid");
}

/// Whether the signature in the headers is valid for the body and the key in `pem`.
pub(crate) fn signature_is_valid(headers: &HeaderMap, body: &[u8], pem: &str) -> bool {
    let header = |name: &str| headers.get(name).unwrap().to_str().unwrap();
    assert_eq!(header("wechatpay-signature-type"), "WECHATPAY2-SHA256-RSA2048");
    let signature = STANDARD.decode(header("wechatpay-signature")).unwrap();
    let (timestamp, nonce) = (header("wechatpay-timestamp"), header("wechatpay-nonce"));
    let message = [timestamp.as_bytes(), b"\n", nonce.as_bytes(), b"\n", body, b"\n"].concat();
    let key = load_verifying_key(&PROVIDER, pem).unwrap();
    key.verify(&message, &signature).is_ok()
}

/// Decrypts an object that is encrypted with the APIv3 key: an `encrypt_certificate`, or a notification's `resource`.
#[track_caller]
pub(crate) fn open(sealed: &Value) -> Vec<u8> {
    try_open(sealed).expect("cannot be decrypted")
}

/// Like [`open`], but returns `None` if it cannot be decrypted.
pub(crate) fn try_open(sealed: &Value) -> Option<Vec<u8>> {
    assert_eq!(sealed["algorithm"], "AEAD_AES_256_GCM");
    let text = |name: &str| sealed[name].as_str().unwrap();
    let key = UnboundKey::new(&AES_256_GCM, credentials().api_v3_key().as_bytes()).unwrap();
    let nonce = Nonce::try_assume_unique_for_key(text("nonce").as_bytes()).unwrap();
    let mut buffer = STANDARD.decode(text("ciphertext")).unwrap();
    let aad = Aad::from(text("associated_data").as_bytes());
    LessSafeKey::new(key).open_in_place(nonce, aad, &mut buffer).ok().map(|opened| opened.to_vec())
}

/// Returns the public key of a certificate as a DER-encoded SubjectPublicKeyInfo.
pub(crate) fn public_key_in(certificate_pem: &str) -> Vec<u8> {
    let certificate = Certificate::from_der(&der(certificate_pem)).unwrap();
    certificate.tbs_certificate().subject_public_key_info().to_der().unwrap()
}

/// Decodes a PEM file.
pub(crate) fn der(pem: &str) -> Vec<u8> {
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(base64).unwrap()
}
