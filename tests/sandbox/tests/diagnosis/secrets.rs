//! No private key and no APIv3 key is in any answer.

use http::HeaderValue;
use serde_json::json;

use crate::common::{Client, credentials};
use crate::forged::{BODY, Forged};

/// Asserts that a text has neither key in it.
#[track_caller]
fn assert_clean(text: &str) {
    assert!(!text.contains(credentials().api_v3_key()), "{text}");
    let key = credentials().private_key_pem();
    for line in key.lines().filter(|line| line.len() >= 16) {
        assert!(!text.contains(line), "{text}");
    }
    assert!(!text.contains("PRIVATE KEY"), "{text}");
}

#[test]
fn a_key_in_a_request_is_not_shown() {
    let client = Client::new();
    let pem = credentials().private_key_pem();
    let one_line = pem.replace('\n', "");
    let bare = one_line.replace("-----BEGIN PRIVATE KEY-----", "").replace("-----END PRIVATE KEY-----", "");
    for secret in [one_line.as_str(), &bare, credentials().api_v3_key()] {
        for field in ["mchid", "nonce_str", "signature", "timestamp", "serial_no"] {
            let header = Forged::send().authorization();
            let (before, after) = header.split_once(&format!("{field}=\"")).unwrap();
            let (_, after) = after.split_once('"').unwrap();
            let mut request = Forged::send().request();
            let value = format!("{before}{field}=\"{secret}\"{after}");
            request.headers_mut().insert("authorization", HeaderValue::try_from(value).unwrap());
            let reply = client.raw(request);
            reply.assert_error(401, "SIGN_ERROR");
            let sandbox = reply.json["detail"]["sandbox"].to_string();
            assert_clean(&sandbox);
        }
        let mut request = Forged::send().request();
        request.headers_mut().insert("authorization", HeaderValue::try_from(secret).unwrap());
        assert_clean(&client.raw(request).json["detail"]["sandbox"].to_string());
    }
    for body in [format!("{BODY}{}", credentials().api_v3_key()), format!("{}{BODY}", pem)] {
        let mut forged = Forged::send();
        forged.body = body.clone().into();
        assert_clean(&forged.sent_to(&client).json["detail"]["sandbox"].to_string());
        forged.lines[4] = [body.as_bytes(), b"\n"].concat();
        assert_clean(&forged.sent_to(&client).json["detail"]["sandbox"].to_string());
        let id = client.raw(forged.request()).json["detail"]["sandbox"]["see"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned();
        let reply = client.control_post(&format!("/requests/{id}/compare"), json!({ "message": body }));
        assert_clean(&reply.ok().to_string());
        let described = json!({ "method": "POST", "target": forged.target, "authorization": forged.authorization(), "body": body });
        assert_clean(&client.control_post("/diagnose", described).ok().to_string());
    }
}

#[test]
fn a_key_is_not_shown_by_the_log_either() {
    let client = Client::new();
    let bare: String =
        credentials().private_key_pem().lines().filter(|line| !line.starts_with('-')).collect();
    let mut seen = Vec::new();
    for secret in [credentials().api_v3_key(), &bare] {
        let mut in_target = Forged::send();
        in_target.target = format!("/v3/marketing/favor/users/o1/coupons?k={secret}");
        let mut in_name = Forged::send().request();
        let value = format!("WECHATPAY2-SHA256-RSA2048 {secret}=\"x\"");
        in_name.headers_mut().insert("authorization", HeaderValue::try_from(value).unwrap());
        let mut in_body = Forged::send();
        in_body.body = format!("{{\"a\":\"{secret}\"}}").into();
        for request in [in_target.request(), in_name, in_body.request()] {
            let reply = client.raw(request);
            assert_clean(&reply.json["detail"]["sandbox"].to_string());
            seen.push(
                reply.json["detail"]["sandbox"]["see"]
                    .as_str()
                    .unwrap()
                    .rsplit('/')
                    .next()
                    .unwrap()
                    .to_owned(),
            );
        }
    }
    assert_clean(&client.control("GET", "/requests").ok().to_string());
    for id in seen {
        assert_clean(&client.control("GET", &format!("/requests/{id}")).ok().to_string());
    }
    let page = http::Request::get("/").body(bytes::Bytes::new()).unwrap();
    assert_clean(&String::from_utf8_lossy(&client.raw(page).body));
}
