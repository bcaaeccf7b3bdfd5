//! Two generations of the platform's certificate, and none.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test"
)]

mod common;

use common::{Call, Client, DAY, NOW, Signer, credentials, der, open, verify};
use serde_json::{Value, json};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

const LIST: &str = "/v3/certificates";

/// Calls with this `Wechatpay-Serial`; gives the answer and its signer's serial. `pem` is the signer's.
fn call(client: &Client, target: &str, asking_for: &str, pem: &str) -> (Value, String) {
    let mut call = Call::new("GET", target, "");
    call.timestamp = client.now.to_string();
    call.platform_serial = Some(asking_for.to_owned());
    let response = client.sandbox.handle(call.request(), client.now);
    verify(response.headers(), response.body(), pem);
    let serial = response.headers()["wechatpay-serial"].to_str().unwrap().to_owned();
    (serde_json::from_slice(response.body()).unwrap(), serial)
}

fn list(client: &Client) -> Vec<Value> {
    client.call("GET", LIST, "").ok()["data"].as_array().unwrap().clone()
}

fn pem(entry: &Value) -> String {
    String::from_utf8(open(&entry["encrypt_certificate"])).unwrap()
}

fn rotate(client: &Client) -> String {
    let made = client.control("POST", "/certificates/rotate").ok();
    made["serial_no"].as_str().unwrap().to_owned()
}

#[test]
fn after_a_rotation_both_are_listed_and_the_new_one_signs() {
    let mut client = Client::new();
    let old = credentials().platform_certificate_serial();
    assert_eq!(list(&client).len(), 1);
    client.now = NOW + 100 * DAY;
    let new = rotate(&client);
    assert_ne!(new, old);

    let data = list(&client);
    let serials: Vec<&str> = data.iter().map(|entry| entry["serial_no"].as_str().unwrap()).collect();
    assert_eq!(serials, [old, &new]);
    assert_eq!(pem(&data[0]), credentials().platform_certificate_pem());
    let new_pem = pem(&data[1]);
    for asking_for in [old, &new, "PUB_KEY_ID_1"] {
        let (_, signer) = call(&client, LIST, asking_for, &new_pem);
        assert_eq!(signer, new, "{asking_for}");
    }
    let (_, signer) = call(&client, LIST, credentials().public_key_id(), credentials().public_key_pem());
    assert_eq!(signer, credentials().public_key_id());
    // Another sandbox with the same credentials knows nothing of it.
    assert_eq!(list(&Client::new()).len(), 1);
}

#[test]
fn what_is_listed_is_what_the_certificates_say() {
    let mut client = Client::new();
    client.now = NOW + DAY;
    rotate(&client);
    let data = list(&client);
    // Not reckoned from the present: the first one began when the credentials were made.
    for (entry, begin, effective, end, expire) in [
        (&data[0], NOW - DAY, "2026-11-22T00:00:00+08:00", NOW + 1825 * DAY, "2031-11-22T00:00:00+08:00"),
        (&data[1], NOW, "2026-11-23T00:00:00+08:00", NOW + 1826 * DAY, "2031-11-23T00:00:00+08:00"),
    ] {
        assert_eq!((&entry["effective_time"], &entry["expire_time"]), (&json!(effective), &json!(expire)));
        let certificate = Certificate::from_der(&der(&pem(entry))).unwrap();
        let certificate = certificate.tbs_certificate();
        let serial: String =
            certificate.serial_number().as_bytes().iter().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(entry["serial_no"], serial);
        let validity = certificate.validity();
        assert_eq!(validity.not_before.to_unix_duration().as_secs(), begin);
        assert_eq!(validity.not_after.to_unix_duration().as_secs(), end);
    }
}

#[test]
fn an_expired_certificate_is_listed_no_more() {
    let mut client = Client::new();
    client.now = NOW + 4 * 365 * DAY;
    let new = rotate(&client);
    client.now = NOW + 5 * 365 * DAY;
    assert_eq!(list(&client).len(), 2);
    client.now += 1;
    let data = list(&client);
    assert_eq!((data.len(), &data[0]["serial_no"]), (1, &json!(new)));
}

#[test]
fn the_state_shows_which_one_signs() {
    let client = Client::new();
    let keys = |client: &Client| client.state()["platform_keys"].clone();
    let old = credentials().platform_certificate_serial();
    assert_eq!(keys(&client)["public_key_id"], credentials().public_key_id());
    assert_eq!(keys(&client)["certificates"][0]["serial_no"], old);
    assert_eq!(keys(&client)["certificates"][0]["signs"], true);
    let new = rotate(&client);
    let signing = |client: &Client| {
        let keys = keys(client);
        let certificates = keys["certificates"].as_array().unwrap().iter();
        let signing = certificates.filter(|certificate| certificate["signs"] == true);
        signing.map(|certificate| certificate["serial_no"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(signing(&client), [json!(new)]);
    client.control_with("POST", "/certificates/mode", &json!({ "public_key_only": true })).ok();
    assert_eq!(signing(&client), [] as [Value; 0]);
    assert_eq!(keys(&client)["public_key_only"], true);
}

#[test]
fn a_merchant_with_the_public_key_only_has_no_certificates() {
    let client = Client::new();
    let mode =
        |only: Value| client.control_with("POST", "/certificates/mode", &json!({ "public_key_only": only }));
    for wrong in [json!("true"), json!(1), json!({})] {
        mode(wrong).refused(400, "PARAM_ERROR");
    }
    mode(true.into()).ok();
    let reply = client.call("GET", LIST, "");
    reply.refused(404, "RESOURCE_NOT_EXISTS");
    assert_eq!(reply.json["message"], "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。");
    // Whatever is asked for.
    for serial in [None, Some("1"), Some(credentials().platform_certificate_serial())] {
        let mut call = Call::new("GET", LIST, "");
        call.platform_serial = serial.map(str::to_owned);
        assert_eq!(client.raw(call.request()).signer, Some(Signer::PublicKey));
    }
    mode(false.into()).ok();
    assert_eq!(list(&client).len(), 1);
}
