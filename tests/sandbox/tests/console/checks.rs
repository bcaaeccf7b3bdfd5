//! What is said of one request: the checks, the signed message, and the command for a shell.

use std::process::Command;

use serde_json::{Value, json};

use crate::common::{Call, Client, FAVOR, NOW, credentials, send_body};
use crate::{open, signed, unterminated};

/// The results of the checks of the newest request.
fn checks(client: &Client) -> Vec<(String, String)> {
    let newest = client.control("GET", "/requests?limit=1").ok()["requests"][0]["id"].clone();
    let checks = client.control("GET", &format!("/requests/{newest}")).ok()["checks"].take();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    checks.as_array().unwrap().iter().map(|row| (text(row, "check"), text(row, "result"))).collect()
}

/// Asserts which checks failed and which were not made; all others passed.
#[track_caller]
fn assert_checks(client: &Client, failed: &[&str], unknown: &[&str]) {
    let checks = checks(client);
    let names: Vec<&str> = checks.iter().map(|(name, _)| name.as_str()).collect();
    let order =
        ["headers", "authorization", "scheme", "fields", "timestamp", "mchid", "serial_no", "signature"];
    assert_eq!(names, order);
    for (name, result) in &checks {
        let expected = match name.as_str() {
            name if failed.contains(&name) => "failed",
            name if unknown.contains(&name) => "unknown",
            _ => "passed",
        };
        assert_eq!(result, expected, "{name} of {checks:?}");
    }
}

#[test]
fn the_checks_are_in_order_and_say_what_was_wrong() {
    let client = Client::new();
    let right = Call::list_of_stocks();
    client.raw(right.request());
    assert_checks(&client, &[], &[]);
    client.raw(unterminated());
    assert_checks(&client, &["signature"], &[]);
    let mut call = right.clone();
    call.mchid = "1".to_owned();
    client.raw(call.request());
    assert_checks(&client, &["mchid"], &[]);
    let mut call = right.clone();
    call.serial_no = "12345".to_owned();
    call.timestamp = (NOW - 1000).to_string();
    client.raw(call.request());
    assert_checks(&client, &["timestamp", "serial_no"], &[]);
    let after_header = ["scheme", "fields", "timestamp", "mchid", "serial_no", "signature"];
    let mut request = right.request();
    request.headers_mut().remove("authorization");
    client.raw(request);
    assert_checks(&client, &["authorization"], &after_header);
    let mut request = right.request();
    request.headers_mut().remove("user-agent");
    assert_eq!(client.raw(request).status, 400);
    let rest = ["authorization", "scheme", "fields", "timestamp", "mchid", "serial_no", "signature"];
    assert_checks(&client, &["headers"], &rest);
    let mut request = right.request();
    let other = right.authorization().replace("WECHATPAY2-SHA256-RSA2048", "Bearer");
    request.headers_mut().insert("authorization", other.parse().unwrap());
    client.raw(request);
    assert_checks(&client, &["scheme"], &[]);
    let mut call = right.clone();
    call.order.retain(|name| *name != "nonce_str");
    client.raw(call.request());
    assert_checks(&client, &["fields"], &["timestamp", "mchid", "serial_no", "signature"]);
}

#[test]
fn an_unknown_path_and_a_fault_before_the_checks_have_no_result() {
    let client = Client::new();
    client.raw(Call::new("GET", "/nothing", "").request());
    assert_eq!(client.control("GET", "/requests/1").ok()["checks"], json!([]));
    client.add_fault(json!({ "operation": "stock.list", "fault": "close_before" }));
    client.respond(&Call::list_of_stocks());
    let rest = ["authorization", "scheme", "fields", "timestamp", "mchid", "serial_no", "signature"];
    assert_checks(&client, &[], &rest);
}

#[test]
fn a_check_has_what_was_expected_and_what_came() {
    let client = Client::new();
    let mut call = Call::list_of_stocks();
    call.mchid = "1".to_owned();
    client.raw(call.request());
    let checks = client.control("GET", "/requests/1").ok()["checks"].take();
    let mchid = checks.as_array().unwrap().iter().find(|row| row["check"] == "mchid").unwrap();
    assert_eq!((&mchid["expected"], &mchid["got"]), (&json!(credentials().mchid()), &json!("1")));
    assert!(!mchid["says"].as_str().unwrap().is_empty());
    let html = open(&client, "/_sandbox/requests/1", "en");
    let row = html.split_once("data-id=\"mchid\"").unwrap().1.split_once("</li>").unwrap().0;
    assert!(
        row.contains(">failed<") && row.contains("<code>1</code>") && row.contains(credentials().mchid()),
        "{row}"
    );
}

#[test]
fn what_was_signed_is_shown_as_a_difference_if_it_was_found() {
    let client = Client::new();
    let call = Call::list_of_stocks();
    client.raw(unterminated());
    let json = client.control("GET", "/requests/1").ok();
    let expected = String::from_utf8(call.message()).unwrap();
    assert_eq!(json["expected_message"], expected);
    assert_eq!(json["signed_message"], expected.strip_suffix('\n').unwrap());
    // The query was not signed: the first byte that differs is its question mark.
    let path = call.target.split_once('?').unwrap().0;
    let message = expected.replacen(&call.target, path, 1);
    client.raw(signed(&call, message.as_bytes()));
    let html = open(&client, "/_sandbox/requests/2", "en");
    assert!(html.contains(&format!("{path}<mark>?</mark>")), "{html}");
    assert!(html.contains(&format!("{path}<mark><span class=\"nl\"></span></mark>")), "{html}");
    // An excerpt would say less.
    assert!(!html.contains("<dt>got</dt>"), "{html}");
    // Nothing was found, or nothing was wrong.
    client.raw(signed(&call, b"something else"));
    client.raw(call.request());
    for id in [3, 4] {
        let json = client.control("GET", &format!("/requests/{id}")).ok();
        assert_eq!(json.get("signed_message"), None);
        assert!(!open(&client, &format!("/_sandbox/requests/{id}"), "en").contains("class=\"diff\""));
    }
}

/// The sentence names a control request for programs. In a page, it leads to the form.
#[test]
fn who_is_told_to_compare_is_led_to_the_form() {
    let client = Client::new();
    client.raw(signed(&Call::list_of_stocks(), b"something else"));
    let call = Call::new("POST", &format!("{FAVOR}/coupon-stocks"), "{}");
    client.raw(signed(&call, b"something else").map(|_| bytes::Bytes::from_static(b"\xff")));
    for id in [1, 2] {
        let json = client.control("GET", &format!("/requests/{id}")).ok();
        let says = json["diagnosis"].as_str().unwrap();
        assert!(says.contains("POST /_sandbox/requests/{id}/compare"), "{says}");
        let link = format!("href=\"/_sandbox/requests/{id}#form-compare-{id}\"");
        let own = format!("/_sandbox/requests/{id}");
        for language in crate::LANGUAGES {
            for path in ["/", "/_sandbox/requests", &own] {
                let html = open(&client, path, language);
                // The answer is shown as it was.
                let above = html.split("<pre").next().unwrap();
                assert!(above.contains(&link) && !above.contains("POST /_sandbox"), "{path}: {html}");
            }
            assert!(open(&client, &own, language).contains(&format!("id=\"form-compare-{id}\"")));
        }
    }
}

#[test]
fn newlines_and_blanks_are_marked_and_a_copied_selection_is_the_message() {
    let client = Client::new();
    let call = Call::new("POST", &format!("{FAVOR}/coupon-stocks"), "{ \"a\": 1 }");
    client.raw(signed(&call, b"something else"));
    let html = open(&client, "/_sandbox/requests/1", "en");
    let shown = html.split_once("<pre class=\"message\"").unwrap().1.split_once('>').unwrap().1;
    let shown = shown.split_once("</pre>").unwrap().0;
    assert_eq!((shown.matches("class=\"nl\"").count(), shown.matches("class=\"sp\"").count()), (5, 3));
    let mut text = String::new();
    let mut rest = shown;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        rest = after.split_once('>').unwrap().1;
    }
    text.push_str(rest);
    assert_eq!(text.replace("&quot;", "\""), String::from_utf8(call.message()).unwrap());
}

#[test]
fn no_page_has_a_key() {
    let client = crate::busy();
    let secret = credentials().api_v3_key();
    let request = Call::new("POST", &format!("{FAVOR}/coupon-stocks?{secret}"), secret).request();
    client.raw(request);
    let key = credentials().private_key_pem().lines().nth(2).unwrap().to_owned();
    client.raw(signed(&Call::list_of_stocks(), format!("{key}\n").as_bytes()));
    client.raw(Call::new("POST", &format!("{FAVOR}/coupon-stocks"), format!("x{key}")).request());
    for path in crate::all_pages(&client) {
        let html = open(&client, &path, "zh");
        assert!(!html.contains(secret) && !html.contains(&key), "{path}");
    }
}

/// A shell splits the command as curl would get it.
#[test]
fn the_curl_command_repeats_the_request() {
    let (client, stock) = Client::with_stock();
    let body = send_body(&stock, "it's $HOME `x` \"2\"\\n");
    let call = client.call_now("POST", &format!("{FAVOR}/users/o1/coupons"), body.to_string());
    client.raw(call.request());
    let command = client.control("GET", "/requests/3").ok()["curl"].as_str().unwrap().to_owned();
    let script =
        format!("curl() {{ for argument in \"$@\"; do printf '%s\\0' \"$argument\"; done; }}\n{command}");
    let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
    let arguments = String::from_utf8(output.stdout).unwrap();
    let arguments: Vec<&str> = arguments.split('\0').collect();
    assert_eq!(arguments[..3], ["-X", "POST", &call.target]);
    let authorization = format!("authorization: {}", call.authorization());
    assert!(arguments.windows(2).any(|pair| pair == ["-H", authorization.as_str()]), "{command}");
    assert_eq!(arguments[arguments.len() - 3..], ["--data-raw", &body.to_string(), ""]);
    // A page knows where it was opened.
    let url = format!("curl -X 'POST' 'http://localhost:8700{}'", call.target);
    assert!(open(&client, "/_sandbox/requests/3", "en").contains(&url), "{url}");
}
