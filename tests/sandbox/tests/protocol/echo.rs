//! The self-test: plain and encrypted messages, and its notification.

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey,
    OaepPublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use crate::common::{Call, Client, Reply, credentials, der, open, public_key_in};

fn encrypt_with(algorithm: &'static OaepAlgorithm, public_key: &[u8], text: &str) -> String {
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(public_key).unwrap()).unwrap();
    let mut ciphertext = vec![0; key.ciphertext_size()];
    STANDARD.encode(key.encrypt(algorithm, text.as_bytes(), &mut ciphertext, None).unwrap())
}

fn encrypt(public_key: &[u8], text: &str) -> String {
    encrypt_with(&OAEP_SHA1_MGF1SHA1, public_key, text)
}

/// Decrypts with the merchant's private key.
fn decrypt(ciphertext: &Value) -> String {
    let key = PrivateDecryptingKey::from_pkcs8(&der(credentials().private_key_pem())).unwrap();
    let key = OaepPrivateDecryptingKey::new(key).unwrap();
    let mut plaintext = vec![0; key.min_output_size()];
    let ciphertext = STANDARD.decode(ciphertext.as_str().unwrap()).unwrap();
    let plaintext = key.decrypt(&OAEP_SHA1_MGF1SHA1, &ciphertext, &mut plaintext, None).unwrap();
    String::from_utf8(plaintext.to_vec()).unwrap()
}

fn public_key() -> Vec<u8> {
    der(credentials().public_key_pem())
}

fn request(serial: Option<&str>, body: &Value) -> Request<Bytes> {
    let platform_serial = serial.map(str::to_owned);
    Call { platform_serial, ..Call::new("POST", "/v3/security/echo", body.to_string()) }.request()
}

fn echo(client: &Client, serial: Option<&str>, body: &Value) -> Reply {
    client.raw(request(serial, body))
}

#[test]
fn a_message_is_echoed() {
    let client = Client::new();
    let reply = echo(&client, Some(credentials().public_key_id()), &json!({ "echo_message": "你好" }));
    assert_eq!(reply.ok(), json!({ "echo_message": "你好" }));
    assert_eq!(client.export()["notifications"], json!([]));
}

#[test]
fn an_encrypted_message_is_echoed_encrypted_for_the_merchant() {
    let client = Client::new();
    let certificate = public_key_in(credentials().platform_certificate_pem());
    // 214 bytes is the maximum for a key of 2048 bits.
    for text in ["", "机密", &"x".repeat(214)] {
        for (serial, key) in [
            (credentials().public_key_id(), public_key()),
            (credentials().platform_certificate_serial(), certificate.clone()),
        ] {
            let sent = encrypt(&key, text);
            let body = json!({ "echo_message": "m", "encrypted_echo_message": sent });
            let response = echo(&client, Some(serial), &body).ok();
            assert_eq!(response["echo_message"], "m");
            assert_eq!(decrypt(&response["encrypted_echo_message"]), text);
            assert_ne!(response["encrypted_echo_message"], sent);
        }
    }
}

#[test]
fn current_and_former_certificates_decrypt_messages() {
    let client = Client::new();
    client.control("POST", "/certificates/rotate").ok();
    let list = client.call("GET", "/v3/certificates", "").ok();
    let data = list["data"].as_array().unwrap();
    assert_eq!(data.len(), 2);
    for entry in data {
        let pem = String::from_utf8(open(&entry["encrypt_certificate"])).unwrap();
        let serial = entry["serial_no"].as_str().unwrap();
        let encrypted = encrypt(&public_key_in(&pem), "secret");
        let body = json!({ "echo_message": "m", "encrypted_echo_message": encrypted });
        // `raw` cannot verify the signature of a new certificate.
        let response = client.sandbox.handle(request(Some(serial), &body), client.now);
        let response: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(decrypt(&response["encrypted_echo_message"]), "secret", "{serial}");
    }
}

#[test]
fn a_message_that_cannot_be_decrypted_is_rejected() {
    let client = Client::new();
    let for_certificate = encrypt(&public_key_in(credentials().platform_certificate_pem()), "secret");
    let sha256 = encrypt_with(&OAEP_SHA256_MGF1SHA256, &public_key(), "secret");
    for wrong in
        [json!(for_certificate), json!(sha256), json!(""), json!("!"), json!("AAAA"), json!(1), json!({})]
    {
        let body = json!({ "echo_message": "m", "encrypted_echo_message": wrong });
        let reply = echo(&client, Some(credentials().public_key_id()), &body);
        assert_eq!(reply.assert_param_error()["field"], "/encrypted_echo_message");
    }
    for body in [json!({}), json!({ "echo_message": "" }), json!({ "echo_message": 1 })] {
        echo(&client, Some(credentials().public_key_id()), &body).assert_param_error();
    }
}

#[test]
fn a_known_wechatpay_serial_is_required() {
    let client = Client::new();
    let body = json!({ "echo_message": "m" });
    for serial in [None, Some(""), Some("PUB_KEY_ID_1"), Some(credentials().serial_no())] {
        let reply = echo(&client, serial, &body);
        let detail = reply.assert_param_error();
        assert_eq!((&detail["location"], &detail["field"]), (&json!("header"), &json!("Wechatpay-Serial")));
    }
    // Without certificates, the serial number of a certificate is unknown.
    client.public_key_only(true);
    echo(&client, Some(credentials().platform_certificate_serial()), &body).assert_param_error();
    echo(&client, Some(credentials().public_key_id()), &body).ok();
}

#[test]
fn the_message_is_sent_to_the_notify_url() {
    let client = Client::new();
    let url = "https://merchant.example/echo";
    let body = json!({ "echo_message": "你好", "notify_url": url });
    echo(&client, Some(credentials().public_key_id()), &body).ok();
    let delivery = client.sandbox.next_delivery(client.now).unwrap();
    assert_eq!(delivery.request.uri(), url);
    let envelope: Value = serde_json::from_slice(delivery.request.body()).unwrap();
    assert_eq!(envelope["event_type"], "SECURITY_ECHO.SUCCESS");
    assert_eq!(envelope["resource"]["original_type"], "security");
    let resource: Value = serde_json::from_slice(&open(&envelope["resource"])).unwrap();
    assert_eq!(resource, json!({ "echo_message": "你好" }));

    let body = json!({ "echo_message": "m", "notify_url": "http://merchant.example/" });
    let reply = echo(&client, Some(credentials().public_key_id()), &body);
    assert_eq!(reply.assert_param_error()["field"], "/notify_url");
    assert_eq!(client.count("notifications"), 1);
}
