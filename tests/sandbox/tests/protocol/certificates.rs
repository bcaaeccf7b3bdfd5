//! The platform's certificates: download, rotation, and a merchant without certificates.

use serde_json::{Value, json};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use crate::common::{Call, Client, DAY, NOW, Signer, credentials, der, open, try_open, verify};

const LIST: &str = "/v3/certificates";

/// Sends a request with `Wechatpay-Serial`. Verifies the response with `pem`, and returns its body and the serial
/// number of its signer.
fn call(client: &Client, target: &str, requested_serial: &str, pem: &str) -> (Value, String) {
    let mut call = client.call_now("GET", target, "");
    call.platform_serial = Some(requested_serial.to_owned());
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
    let new = client.control("POST", "/certificates/rotate").ok();
    new["serial_no"].as_str().unwrap().to_owned()
}

#[test]
fn the_certificate_can_be_downloaded_and_decrypted() {
    let client = Client::new();
    let reply = client.raw(Call { platform_serial: None, ..Call::new("GET", LIST, "") }.request());
    assert_eq!(reply.signer, Some(Signer::Certificate));
    let list = reply.ok();
    let [entry] = list["data"].as_array().unwrap().as_slice() else { panic!("{list}") };
    assert_eq!(entry["serial_no"], credentials().platform_certificate_serial());
    assert_eq!(entry["effective_time"], "2026-11-22T00:00:00+08:00");
    assert!(entry["expire_time"].as_str().unwrap().starts_with("2031-11-"));
    assert_eq!(entry["encrypt_certificate"]["associated_data"], "certificate");
    assert_eq!(pem(entry), credentials().platform_certificate_pem());
    // The associated data is authenticated.
    let mut other = entry["encrypt_certificate"].clone();
    other["associated_data"] = "".into();
    assert_eq!(try_open(&other), None);
}

#[test]
fn after_a_rotation_both_certificates_are_listed_and_the_new_one_signs() {
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
    for requested_serial in [old, &new, "PUB_KEY_ID_1"] {
        let (_, signer) = call(&client, LIST, requested_serial, &new_pem);
        assert_eq!(signer, new, "{requested_serial}");
    }
    let (_, signer) = call(&client, LIST, credentials().public_key_id(), credentials().public_key_pem());
    assert_eq!(signer, credentials().public_key_id());
    // Another sandbox with the same credentials does not have the new certificate.
    assert_eq!(list(&Client::new()).len(), 1);
}

#[test]
fn listed_serials_and_times_match_the_certificates() {
    let mut client = Client::new();
    client.now = NOW + DAY;
    rotate(&client);
    let data = list(&client);
    // The validity of the first one starts a day before the credentials were generated.
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
fn an_expired_certificate_is_not_listed() {
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
fn the_state_shows_which_certificate_signs() {
    let client = Client::new();
    let keys = || client.state()["platform_keys"].take();
    let signing = || {
        let certificates = keys()["certificates"].take();
        let signing = certificates.as_array().unwrap().iter().filter(|key| key["signs"] == true);
        signing.map(|key| key["serial_no"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(keys()["public_key_id"], credentials().public_key_id());
    assert_eq!(signing(), [credentials().platform_certificate_serial()]);
    let new = rotate(&client);
    assert_eq!(signing(), [json!(new)]);
    client.public_key_only(true);
    assert_eq!(signing(), [] as [Value; 0]);
    assert_eq!(keys()["public_key_only"], true);
}

#[test]
fn a_merchant_with_the_public_key_only_has_no_certificates() {
    let client = Client::new();
    for wrong in [json!("true"), json!(1), json!({})] {
        client.control_post("/certificates/mode", json!({ "public_key_only": wrong })).assert_param_error();
    }
    client.public_key_only(true);
    let reply = client.call("GET", LIST, "");
    reply.assert_error(404, "RESOURCE_NOT_EXISTS");
    assert_eq!(reply.json["message"], "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。");
    // The public key signs, whichever key is requested.
    for serial in [None, Some("1"), Some(credentials().platform_certificate_serial())] {
        let mut call = Call::new("GET", LIST, "");
        call.platform_serial = serial.map(str::to_owned);
        assert_eq!(client.raw(call.request()).signer, Some(Signer::PublicKey));
    }
    client.public_key_only(false);
    assert_eq!(list(&client).len(), 1);
}
