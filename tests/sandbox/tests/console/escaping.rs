//! Nothing that a client sends becomes markup, and nothing turns the text of a page around.

use http::HeaderValue;
use serde_json::json;

use crate::common::{Call, Client, FAVOR, send_body, terms, with};
use crate::html::assert_page;
use crate::{LANGUAGES, all_pages, open, submit};

const HOSTILE: &str = "\"'><script>alert(1)</script>&lt;\u{202e}evil";

/// A client whose stocks, coupons, requests, callbacks and faults have hostile texts.
fn hostile() -> Client {
    let client = Client::new();
    let stock = client.create_and_start(&with(terms("create-1"), "/stock_name", "<script>\u{202e}"));
    client.create(&with(
        with(terms("create-2"), "/stock_name", "\"'><i>"),
        "/pattern_info/description",
        HOSTILE,
    ));
    let callback =
        json!({ "mchid": crate::common::credentials().mchid(), "notify_url": "http://127.0.0.1:9/a&lt;'b" });
    client.post("/callbacks", &callback).ok();
    let openid = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%E2%80%AE";
    for (number, openid) in [("1-1", openid), ("1-2", "o2")] {
        client.post(&format!("/users/{openid}/coupons"), &send_body(&stock, number));
    }
    client.send(openid, &stock, HOSTILE);
    let coupons = client.control("GET", "/coupons").ok()["data"].as_array().unwrap().clone();
    for coupon in &coupons {
        client.redeem(coupon["coupon_id"].as_str().unwrap()).ok();
    }
    let mut request = Call::new("POST", &format!("{FAVOR}/coupon-stocks?x=%3Cscript%3E"), HOSTILE).request();
    let value = HeaderValue::from_bytes(HOSTILE.as_bytes()).unwrap();
    request.headers_mut().insert("x-evil", value.clone());
    client.raw(request.clone());
    request.headers_mut().insert("authorization", value);
    client.raw(request);
    let mut wrong = Call::list_of_stocks();
    wrong.mchid = "<script>".to_owned();
    client.raw(crate::signed(&wrong, HOSTILE.as_bytes()));
    client.add_fault(json!({ "fault": "redirect", "location": "/<script>" }));
    client
}

#[test]
fn hostile_texts_are_shown_as_texts() {
    let client = hostile();
    let mut pages = all_pages_of(&client);
    pages.push("/_sandbox/requests?text=%22%3E%3Cscript%3Ealert(1)%3C/script%3E".to_owned());
    pages.push(
        "/_sandbox/coupons?openid=%22%3E%3Cscript%3Ealert(1)%E2%80%AE&out_request_no='%3Cscript%3E"
            .to_owned(),
    );
    let mut shown = String::new();
    for path in pages {
        for language in LANGUAGES {
            let html = open(&client, &path, language);
            assert_page(&path, &html, if language.starts_with("en") { "en" } else { "zh-CN" });
            // A field has exactly what was filled in, and turns no text outside itself around.
            let fields = path.matches("%E2%80%AE").count();
            assert_eq!(html.matches('\u{202e}').count(), fields, "{path}");
            assert!(!html.contains("<script>") && !html.contains("<i>"), "{path}");
            shown.push_str(&html);
        }
    }
    for part in [
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&lt;script&gt;&lt;U+202E&gt;",
        "&quot;'&gt;&lt;i&gt;",
        "/&lt;script&gt;",
    ] {
        assert!(shown.contains(part), "{part}");
    }
}

/// The pages of [`hostile`], which has no coupons with the ids of the other client.
fn all_pages_of(client: &Client) -> Vec<String> {
    let there = |path: &String| {
        let path = path.strip_prefix("/_sandbox").unwrap_or("/state");
        client.control("GET", path).status == 200
    };
    all_pages(client).into_iter().filter(there).collect()
}

#[test]
fn hostile_texts_in_forms_are_shown_as_texts() {
    let client = hostile();
    for (form, fields) in [
        ("compare", &[("id", "1"), ("message", HOSTILE)][..]),
        ("compare", &[("id", HOSTILE), ("message", "x")]),
        ("redeem", &[("coupon_id", HOSTILE)]),
        ("redeem", &[("coupon_id", "20000001"), ("consume_mchid", HOSTILE)]),
        ("forget-fault", &[("id", HOSTILE)]),
        ("add-fault", &[("fault", HOSTILE), ("operation", HOSTILE)]),
        ("add-fault", &[(HOSTILE, "1")]),
        ("set-limits", &[("limits", "{\"<script>\": 1}")]),
        ("advance", &[("advance_seconds", HOSTILE)]),
    ] {
        let reply = submit(&client, form, fields);
        assert_ne!(reply.status, 303, "{form}");
        let html = String::from_utf8(reply.body.to_vec()).unwrap();
        assert_page(form, &html, "zh-CN");
        assert!(!html.contains('\u{202e}'), "{form}");
    }
}
