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

/// Returns the serial number of the signer of a response to a request that names no key.
fn signer_without_request(client: &Client) -> String {
    let call = Call { platform_serial: None, ..client.call_now("GET", LIST, "") };
    let response = client.sandbox.handle(call.request(), client.now);
    let serial = response.headers()["wechatpay-serial"].to_str().unwrap().to_owned();
    let pems = list(client).iter().map(|entry| (entry["serial_no"].clone(), pem(entry))).collect::<Vec<_>>();
    let (_, pem) = pems.iter().find(|(listed, _)| *listed == serial).expect("the signer is not listed");
    verify(response.headers(), response.body(), pem);
    serial
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
    // The request selects the key; serial numbers are numbers. Without a known one, the certificate signs that signs.
    let (lower, with_zeros) = (new.to_lowercase(), format!("000{new}"));
    for (requested_serial, expected, pem) in [
        (old, old, credentials().platform_certificate_pem()),
        (&old.to_lowercase(), old, credentials().platform_certificate_pem()),
        (&new, &new, &new_pem),
        (&lower, &new, &new_pem),
        (&with_zeros, &new, &new_pem),
        ("PUB_KEY_ID_1", &new, &new_pem),
        ("5EA1", &new, &new_pem),
        (credentials().public_key_id(), credentials().public_key_id(), credentials().public_key_pem()),
    ] {
        let (_, signer) = call(&client, LIST, requested_serial, pem);
        assert_eq!(signer, expected, "{requested_serial}");
    }
    assert_eq!(signer_without_request(&client), new);
    // The id of a public key is a text.
    let other_case = credentials().public_key_id().to_lowercase();
    let (_, signer) = call(&client, LIST, &other_case, &new_pem);
    assert_eq!(signer, new);
    // Another sandbox with the same credentials does not have the new certificate.
    assert_eq!(list(&Client::new()).len(), 1);
}

/// Returns a member of each certificate in an answer of the control interface.
fn certificates(answer: &Value, member: &str) -> Vec<Value> {
    answer["certificates"].as_array().unwrap().iter().map(|certificate| certificate[member].clone()).collect()
}

#[test]
fn a_rotation_in_two_steps_lists_the_certificate_before_it_signs() {
    let client = Client::new();
    let old = credentials().platform_certificate_serial();
    let added = client.control("POST", "/certificates/add").ok();
    let new = added["serial_no"].as_str().unwrap().to_owned();
    assert_eq!(certificates(&added, "serial_no"), [json!(old), json!(new)]);
    assert_eq!(certificates(&added, "signs"), [true, false]);
    for name in ["effective_time", "expire_time"] {
        assert!(added[name].is_string() && certificates(&added, name).iter().all(Value::is_string));
    }
    let data = list(&client);
    assert_eq!((data.len(), &data[1]["serial_no"]), (2, &json!(new)));
    // It signs only for a request that names it.
    assert_eq!(signer_without_request(&client), old);
    let (_, signer) = call(&client, LIST, &new, &pem(&data[1]));
    assert_eq!(signer, new);
    let (_, signer) = call(&client, LIST, old, credentials().platform_certificate_pem());
    assert_eq!(signer, old);

    let switched = client.control("POST", "/certificates/switch").ok();
    assert_eq!(switched["serial_no"], new);
    assert_eq!(certificates(&switched, "signs"), [false, true]);
    assert_eq!(signer_without_request(&client), new);
    assert_eq!(list(&client).len(), 2);
    let again = client.control("POST", "/certificates/switch").ok();
    assert_eq!(again, switched, "nothing is newer");
    for action in ["add", "switch", "rotate"] {
        client
            .control_post(&format!("/certificates/{action}"), json!({ "other": true }))
            .assert_param_error();
    }
}

#[test]
fn former_certificates_can_be_withdrawn() {
    let client = Client::new();
    let old = credentials().platform_certificate_serial();
    let rotated = client.control_post("/certificates/rotate", json!({ "withdraw_former": true })).ok();
    let new = rotated["serial_no"].as_str().unwrap();
    let data = list(&client);
    assert_eq!((data.len(), &data[0]["serial_no"]), (1, &json!(new)));
    assert_eq!(certificates(&rotated, "listed"), [false, true]);
    let (_, signer) = call(&client, LIST, old, &pem(&data[0]));
    assert_eq!(signer, new);
}

#[test]
fn in_the_mixed_phase_all_valid_certificates_sign_in_turn() {
    let client = Client::new();
    let old = credentials().platform_certificate_serial().to_owned();
    let added = client.control("POST", "/certificates/add").ok();
    let new = added["serial_no"].as_str().unwrap().to_owned();
    let mixed = client.control_post("/certificates/mode", json!({ "mixed": true })).ok();
    assert_eq!((&mixed["mixed"], &mixed["public_key_only"]), (&json!(true), &json!(false)));
    assert_eq!(certificates(&mixed, "signs"), [true, true]);
    let mut signers = Vec::new();
    for _ in 0..4 {
        signers.push(signer_without_request(&client));
        // These do not take a turn: a request that names its key, and one to the control interface.
        client.control("GET", "/clock").ok();
        let (_, signer) = call(&client, LIST, &old, credentials().platform_certificate_pem());
        assert_eq!(signer, old);
        call(&client, LIST, credentials().public_key_id(), credentials().public_key_pem());
    }
    assert_eq!(signers, [old.as_str(), new.as_str(), old.as_str(), new.as_str()]);
    client.control_post("/certificates/mode", json!({ "mixed": false })).ok();
    assert_eq!([signer_without_request(&client), signer_without_request(&client)], [old.clone(), old]);
    for wrong in [json!({}), json!({ "mixed": 1 }), json!({ "mixt": true })] {
        client.control_post("/certificates/mode", wrong).assert_param_error();
    }
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
