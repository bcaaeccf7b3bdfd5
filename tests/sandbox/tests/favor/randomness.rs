//! The sandbox's randomness: everything that must differ each time does so, even for identical requests.

use std::collections::BTreeSet;

use serde_json::Value;
use wechatpay_sandbox::Credentials;

use super::callbacks::{URL, callback_body};
use super::{flow, media};
use crate::common::{Client, NOW, Reply, credentials, open};

/// How often each value is drawn.
const TIMES: usize = 4;

#[test]
fn random_values_differ_each_time() {
    let (mut client, stock) = Client::with_stock();
    client.post("/callbacks", &callback_body(URL)).ok();
    // Each request of a kind has the same content, apart from its number.
    let sealed_with = |sealed: &Value| sealed["nonce"].as_str().unwrap().to_owned();
    let mut values: Vec<(&str, Vec<String>)> = Vec::new();
    let replies: [Reply; TIMES] = [(); TIMES].map(|()| client.query_stock(&stock));
    for name in ["wechatpay-nonce", "request-id"] {
        values.push((name, replies.iter().map(|reply| reply.header(name).to_owned()).collect()));
    }
    let lists = [(); TIMES].map(|()| client.call("GET", "/v3/certificates", "").ok());
    let sealed = lists.iter().map(|list| sealed_with(&list["data"][0]["encrypt_certificate"]));
    values.push(("nonce of a certificate", sealed.collect()));
    values.push(("URL of an image", [(); TIMES].map(|()| media::upload(&client)).to_vec()));

    // Deliveries of the same notification, then other notifications.
    let coupon = client.send_ok("o1", &stock, "send-1");
    client.redeem(&coupon).ok();
    let (mut delivered, mut ids) = (Vec::new(), BTreeSet::new());
    for _ in 0..TIMES {
        let delivery = client.sandbox.next_delivery(client.now).unwrap();
        client.sandbox.delivered(delivery.attempt, Err("connection failed".to_owned()));
        client.advance(60);
        client.now += 60;
        delivered.push(delivery);
    }
    for name in ["wechatpay-nonce", "request-id"] {
        let header = delivered.iter().map(|delivery| delivery.request.headers()[name].to_str().unwrap());
        values.push((name, header.map(str::to_owned).collect()));
    }
    for number in 2..=TIMES {
        let (client, stock) = Client::with_stock();
        client.post("/callbacks", &callback_body(URL)).ok();
        let coupon = client.send_ok("o1", &stock, &format!("send-{number}"));
        client.redeem(&coupon).ok();
        let body: Value =
            serde_json::from_slice(client.sandbox.next_delivery(NOW).unwrap().request.body()).unwrap();
        assert!(!open(&body["resource"]).is_empty());
        let id = body["id"].as_str().unwrap().to_owned();
        // Written like a UUID.
        let groups: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12], "{id}");
        assert!(id.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit()), "{id}");
        assert!(ids.insert(id));
        values.push(("nonce of a resource", vec![sealed_with(&body["resource"])]));
    }
    assert_eq!(ids.len(), TIMES - 1);
    values.push(("link to a file", flow::links(TIMES)));

    // No value is used twice, not even for different purposes.
    let mut all = BTreeSet::new();
    for (name, drawn) in &values {
        for value in drawn {
            assert!(value.len() >= 12, "{name}: {value:?}");
            assert!(all.insert(value), "{name}: {value} of {values:?}");
        }
    }
}

#[test]
fn generated_credentials_have_nothing_in_common() {
    let (one, two) = (credentials(), &Credentials::generate(NOW).unwrap());
    for (name, value) in [
        ("mchid", Credentials::mchid as fn(&Credentials) -> &str),
        ("appid", Credentials::appid),
        ("serial_no", Credentials::serial_no),
        ("api_v3_key", Credentials::api_v3_key),
        ("public_key_id", Credentials::public_key_id),
        ("private_key_pem", Credentials::private_key_pem),
        ("public_key_pem", Credentials::public_key_pem),
        ("platform_certificate_pem", Credentials::platform_certificate_pem),
        ("platform_certificate_serial", Credentials::platform_certificate_serial),
    ] {
        assert_ne!(value(one), value(two), "{name}");
        // More than a counter: the APIv3 key, for example, has many different characters.
        let characters: BTreeSet<char> = value(one).chars().collect();
        assert!(characters.len() > 3, "{name}: {}", value(one));
    }
    let key: BTreeSet<char> = one.api_v3_key().chars().collect();
    assert!(one.api_v3_key().len() == 32 && key.len() > 8, "{key:?}");
}
