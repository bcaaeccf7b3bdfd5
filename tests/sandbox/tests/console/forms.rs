//! Forms: what a form does is what its control request does.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wechatpay_sandbox::{Options, Sandbox};

use crate::common::{Call, Client, NOW, assert_fields, credentials};
use crate::html::{assert_page, tags};
use crate::{BROWSER, all_pages, ask, busy, open, submit};

/// What is looked at before and after a form: a control request, and a pointer into its answer.
type Effect = (&'static str, &'static str, Value);

#[track_caller]
fn assert_done(client: &Client, form: &str, fields: &[(&str, &str)], back: &str, effect: Effect) {
    let (path, pointer, expected) = effect;
    let seen = || {
        let json = client.control("GET", path).json;
        json.pointer(pointer).cloned().unwrap_or_default()
    };
    assert_ne!(seen(), expected, "{form} would change nothing");
    let reply = submit(client, form, fields);
    assert_eq!(reply.status, 303, "{form}: {reply:?}");
    assert_eq!(reply.header("location"), back, "{form}");
    assert_eq!(reply.body.len(), 0);
    assert_eq!(seen(), expected, "{form}");
    assert_eq!(ask(client, "GET", back, &[("accept", BROWSER)], "").status, 200, "{form}");
}

/// The names of the forms in a page.
fn names(html: &str) -> BTreeSet<String> {
    let action =
        |tag: &crate::html::Tag| Some(tag.get("action")?.strip_prefix("/_sandbox/forms/")?.to_owned());
    tags(html).iter().filter_map(action).collect()
}

#[test]
fn every_form_does_what_its_control_request_does() {
    let client = busy();
    let notification = client.notifications()[0]["id"].as_str().unwrap().to_owned();
    let notification_page = format!("/_sandbox/notifications/{notification}");
    let by_id = [("id", notification.as_str())];
    let clock = "/_sandbox/clock";
    let done = |form: &str, fields: &[(&str, &str)], back: &str, effect: Effect| {
        assert_done(&client, form, fields, back, effect);
        form.to_owned()
    };
    let mut tried: BTreeSet<String> = BTreeSet::new();
    for (form, fields, back, effect) in [
        (
            "cancel",
            &by_id[..],
            notification_page.as_str(),
            ("/notifications", "/data/0/status", json!("cancelled")),
        ),
        ("resend", &by_id, &notification_page, ("/notifications", "/data/0/status", json!("due"))),
        (
            "signed-by",
            &[("signed_by", "mixed")],
            "/_sandbox/notifications",
            ("/notifications", "/signed_by", json!("mixed")),
        ),
        (
            "redeem",
            &[
                ("coupon_id", "20000001"),
                ("order_amount", "1234"),
                ("consume_mchid", "1999999999"),
                ("goods_detail", ""),
            ],
            "/_sandbox/coupons/20000001",
            ("/coupons/20000001", "/order_amount", json!(1234)),
        ),
        (
            "refund",
            &[("coupon_id", "20000001")],
            "/_sandbox/coupons/20000001",
            ("/coupons/20000001", "/refund/refund_id", json!("5000000000000000000020000001")),
        ),
        (
            "add-fault",
            &[
                ("fault", "drip"),
                ("operation", "*"),
                ("skip", "2"),
                ("times", "3"),
                ("parameters", "{\"milliseconds\": 7}"),
            ],
            "/_sandbox/faults",
            (
                "/faults",
                "/faults/1",
                json!({ "id": 2, "fault": "drip", "operation": "*", "skip": 2, "times": 3, "milliseconds": 7 }),
            ),
        ),
        ("forget-fault", &[("id", "1")], "/_sandbox/faults", ("/faults", "/faults/0/id", json!(2))),
        ("clear-faults", &[], "/_sandbox/faults", ("/faults", "/faults", json!([]))),
        (
            "set-limits",
            &[("limits", "{\"coupon.send\": {\"per_second\": 5}}")],
            "/_sandbox/limits",
            ("/limits", "/limits/coupon.send/per_second", json!(5)),
        ),
        ("clear-limits", &[], "/_sandbox/limits", ("/limits", "/limits", json!({}))),
        ("advance", &[("advance_seconds", "5")], clock, ("/clock", "/advanced_seconds", json!(5))),
        ("advance-hour", &[("advance_seconds", "3600")], clock, ("/clock", "/advanced_seconds", json!(3605))),
        (
            "advance-day",
            &[("advance_seconds", "86400")],
            clock,
            ("/clock", "/advanced_seconds", json!(90005)),
        ),
        (
            "advance-to-ten",
            &[("set", "2026-11-24T10:00:00+08:00")],
            clock,
            ("/clock", "/platform_time", json!("2026-11-24T10:00:00+08:00")),
        ),
        (
            "advance-to-end",
            &[("set", "2026-12-01T00:00:00+08:00")],
            clock,
            ("/stocks/10000001", "/ended", json!(true)),
        ),
        (
            "public-key-only",
            &[("public_key_only", "true")],
            clock,
            ("/clock", "/platform_keys/public_key_only", json!(true)),
        ),
        ("mixed", &[("mixed", "true")], clock, ("/clock", "/platform_keys/mixed", json!(true))),
        (
            "merchant-certificate",
            &[("state", "revoked")],
            clock,
            ("/clock", "/merchant/state", json!("revoked")),
        ),
        ("merchant-key", &[("api_v3_key", "false")], clock, ("/clock", "/merchant/api_v3_key", json!(false))),
        ("clear-requests", &[], "/_sandbox/requests", ("/requests", "/requests", json!([]))),
        (
            "load",
            &[("document", r#"{ "notify_url": "http://127.0.0.1:9/loaded" }"#)],
            "/_sandbox/state",
            ("/state", "/notify_url", json!("http://127.0.0.1:9/loaded")),
        ),
        ("reset", &[("confirmed", "true")], "/_sandbox/state", ("/state", "/notify_url", json!(null))),
    ] {
        tried.insert(done(form, fields, back, effect));
    }
    // Certificates are new ones, so they are counted.
    for (form, fields, certificates, listed) in [
        ("add-certificate", &[][..], 2, 2),
        ("switch-certificate", &[("withdraw_former", "true")], 2, 1),
        ("rotate-certificate", &[], 3, 2),
    ] {
        submit(&client, "public-key-only", &[("public_key_only", "false")]);
        assert_eq!(submit(&client, form, fields).status, 303);
        let keys = client.control("GET", "/clock").ok()["platform_keys"]["certificates"].take();
        let keys = keys.as_array().unwrap();
        assert_eq!(keys.len(), certificates, "{form}");
        assert_eq!(keys.iter().filter(|key| key["listed"] == true).count(), listed, "{form}");
        tried.insert(form.to_owned());
    }
    tried.insert("compare".to_owned());

    let client = busy();
    client.add_fault(json!({ "fault": "delay" }));
    client.control_post("/limits", json!({ "coupon.send": { "per_second": 5 } })).ok();
    let pages = all_pages(&client);
    let shown: BTreeSet<String> = pages.iter().flat_map(|path| names(&open(&client, path, "zh"))).collect();
    assert_eq!(shown, tried);
}

#[test]
fn loading_nothing_is_refused() {
    let client = busy();
    let reply = submit(&client, "load", &[("document", "")]);
    assert_eq!(reply.status, 400, "{reply:?}");
    assert_eq!(client.count("coupons"), 2);
}

#[test]
fn the_snapshot_of_a_state_file_can_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::new().state_file(folder.path().join("s"));
    let sandbox = Sandbox::with_options(credentials().clone(), options).unwrap();
    let client = Client { sandbox, now: NOW };
    assert!(names(&open(&client, "/_sandbox/state", "zh")).contains("save"));
    assert_eq!(submit(&client, "save", &[]).header("location"), "/_sandbox/state");
    assert!(folder.path().join("s.journal-2").exists());
}

#[test]
fn the_values_that_a_page_fills_in_are_accepted() {
    let client = busy();
    let html = open(&client, "/_sandbox/clock", "en");
    for form in ["advance-hour", "advance-to-ten", "advance-day", "advance-to-end"] {
        let start = html.find(&format!("action=\"/_sandbox/forms/{form}\"")).unwrap();
        let hidden = tags_after(&html, start);
        assert_eq!(submit(&client, form, &[(&hidden.0, &hidden.1)]).status, 303, "{form}");
    }
    let clock = client.control("GET", "/clock").ok();
    // The end of the stock.
    assert_eq!(clock["platform_time"], "2026-12-01T00:00:00+08:00");
    assert_eq!(clock["stock_ends"], json!([]));
}

/// Name and value of the first hidden field after a position.
fn tags_after(html: &str, at: usize) -> (String, String) {
    let after = html[at..].split_once("<input ").unwrap().1.split_once('>').unwrap().0;
    let get =
        |name: &str| after.split_once(&format!("{name}=\"")).unwrap().1.split_once('"').unwrap().0.to_owned();
    (get("name"), get("value"))
}

#[test]
fn a_comparison_is_a_page_with_its_result() {
    let client = Client::new();
    client.raw(crate::unterminated());
    let call = Call::list_of_stocks();
    let message = String::from_utf8(call.message()).unwrap();
    // A browser sends lines with CRLF.
    let pasted = message.trim_end_matches('\n').replace('\n', "\r\n") + "\r\n";
    let reply = submit(&client, "compare", &[("id", "1"), ("message", &pasted)]);
    assert_eq!(reply.status, 200);
    let html = String::from_utf8(reply.body.to_vec()).unwrap();
    assert_page("compare", &html, "zh-CN");
    let json =
        client.control_post("/requests/1/compare", json!({ "message": message.strip_suffix('\n') })).ok();
    assert_fields(&json, json!({ "proven": true, "same": false }));
    assert!(html.contains(json["says"].as_str().unwrap()), "{html}");
    assert!(html.contains(json["digest"]["hex"].as_str().unwrap()));
    // What is proven is shown as on the page of the request, to which it leads back.
    let request = crate::open(&client, "/_sandbox/requests/1", "zh");
    let difference = |html: &str| {
        let start = html.find("<div class=\"diff\"").unwrap();
        html[start..start + html[start..].find("</section>").unwrap()].to_owned()
    };
    assert_eq!(difference(&html), difference(&request));
    assert!(html.contains("<a href=\"/_sandbox/requests/1\">回到请求 #1</a>"), "{html}");
    let reply = submit(&client, "compare", &[("id", "1"), ("message", "something else")]);
    let unproven = String::from_utf8(reply.body.to_vec()).unwrap();
    let parts = ["class=\"diff\"", "<dt>贴出的</dt>"];
    assert_eq!(parts.map(|part| html.contains(part)), [true, false]);
    assert_eq!(parts.map(|part| unproven.contains(part)), [false, true]);
}

#[test]
fn a_form_that_cannot_be_done_says_why_and_changes_nothing() {
    let client = busy();
    let before = client.export();
    for (form, fields, status, says) in [
        ("redeem", &[("coupon_id", "20000002")][..], 409, "The coupon is USED"),
        (
            "redeem",
            &[("coupon_id", "20000001"), ("order_amount", "x")],
            400,
            "order_amount must be an integer",
        ),
        ("redeem", &[("coupon_id", "20000001"), ("order_amount", "1")], 400, "at least the coupon"),
        ("redeem", &[("coupon_id", "20000001"), ("goods_detail", "[")], 400, "must be JSON"),
        ("redeem", &[("coupon_id", "")], 404, "There is no coupon"),
        ("refund", &[("coupon_id", "20000001")], 409, "only a coupon that is USED"),
        ("add-fault", &[("fault", "delay"), ("operation", "nothing")], 400, "operation must be"),
        (
            "add-fault",
            &[("fault", "delay"), ("operation", "*"), ("parameters", "[]")],
            400,
            "must be a JSON object",
        ),
        (
            "add-fault",
            &[("fault", "delay"), ("operation", "*"), ("parameters", "{\"x\": 1}")],
            400,
            "is not a parameter of delay",
        ),
        ("forget-fault", &[("id", "9")], 404, "No fault"),
        ("advance", &[], 400, "advance_seconds must be"),
        ("advance", &[("advance_seconds", "-1")], 400, "must be an integer from 0"),
        ("advance-to-ten", &[("set", "2000-01-01T10:00:00+08:00")], 400, "only moves forward"),
        ("mixed", &[("mixed", "maybe")], 400, "must be true or false"),
        ("signed-by", &[("signed_by", "")], 400, "signed_by must be"),
        ("cancel", &[("id", "x")], 404, "x"),
        ("reset", &[], 400, "confirmed must be checked"),
        ("reset", &[("confirmed", "false")], 400, "confirmed must be checked"),
        ("reset", &[("surplus", "1")], 400, "is not a field of this form"),
        ("reset", &[("a", "1"), ("a", "2")], 400, "once"),
        ("compare", &[("id", "999"), ("message", "x")], 404, "There is no request"),
        ("compare", &[("id", "1"), ("message", "")], 400, "message is missing"),
    ] {
        let reply = submit(&client, form, fields);
        let html = String::from_utf8(reply.body.to_vec()).unwrap();
        assert_eq!(reply.status, status, "{form} {fields:?} {html}");
        assert_page(form, &html, "zh-CN");
        assert!(html.contains(says), "{form} {fields:?}: {html}");
    }
    assert_eq!(client.export(), before);
    for body in ["%ff=1", "%ff", "a=%c3"] {
        assert_eq!(
            ask(&client, "POST", "/_sandbox/forms/reset", &[("accept", BROWSER)], body).status,
            400,
            "{body}"
        );
    }
}

#[test]
fn the_faults_to_choose_from_are_those_that_there_are() {
    let client = Client::new();
    let refused = client.control_post("/faults", json!({ "operation": "*", "fault": "x" }));
    let issue = refused.assert_param_error()["issue"].as_str().unwrap().to_owned();
    let kinds = issue.split_once("one of ").unwrap().1.split_once(", but").unwrap().0;
    let kinds: BTreeSet<&str> = kinds.split(',').map(str::trim).collect();
    let html = open(&client, "/_sandbox/faults", "en");
    let select = html.split_once("name=\"fault\"").unwrap().1.split_once("</select>").unwrap().0;
    let offered: BTreeSet<&str> =
        select.split("value=\"").skip(1).map(|part| part.split_once('"').unwrap().0).collect();
    assert_eq!(offered, kinds);
    for kind in kinds {
        assert_eq!(
            submit(&client, "add-fault", &[("fault", kind), ("operation", "coupon.send"), ("times", "1")])
                .status,
            303
        );
    }
}

#[test]
fn a_form_leads_back_to_its_own_page_only() {
    let client = busy();
    let reply = submit(&client, "redeem", &[("coupon_id", "20000001")]);
    assert_eq!(reply.header("location"), "/_sandbox/coupons/20000001");
    // No value of a field can lead elsewhere, because what does not exist is refused.
    for id in ["//evil.example", "../../x", "20000001\r\nx: y"] {
        assert_eq!(submit(&client, "refund", &[("coupon_id", id)]).status, 404, "{id}");
    }
}
