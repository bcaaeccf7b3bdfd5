//! Pages: who gets one, and what all of them are.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::common::{Call, Client, credentials};
use crate::html::{Tag, assert_page, tags};
use crate::{BROWSER, LANGUAGES, all_pages, ask, busy, open, submit};

#[test]
fn every_page_is_well_formed_in_both_languages() {
    let client = busy();
    for path in all_pages(&client) {
        let [chinese, english] = LANGUAGES.map(|language| open(&client, &path, language));
        assert_page(&path, &chinese, "zh-CN");
        assert_page(&path, &english, "en");
        assert_ne!(chinese, english);
    }
    // English pages have no Chinese words of their own.
    for path in [
        "/_sandbox/faults",
        "/_sandbox/limits",
        "/_sandbox/clock",
        "/_sandbox/state",
        "/_sandbox/notifications",
    ] {
        let html = open(&Client::new(), path, "en");
        let chinese: String = html.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).collect();
        assert_eq!(chinese, "", "{path}");
    }
}

#[test]
fn pages_of_an_empty_sandbox_say_what_to_do() {
    let client = Client::new();
    for path in [
        "/",
        "/_sandbox/requests",
        "/_sandbox/stocks",
        "/_sandbox/coupons",
        "/_sandbox/notifications",
        "/_sandbox/faults",
    ] {
        assert_page(path, &open(&client, path, "en"), "en");
    }
    let start = open(&client, "/", "en");
    for part in
        ["http://localhost:8700<", "https://api.mch.weixin.qq.com", credentials().mchid(), "wechatpay.env"]
    {
        assert!(start.contains(part), "{part}");
    }
}

#[test]
fn who_does_not_ask_for_a_page_gets_json() {
    let client = busy();
    for path in all_pages(&client).iter().filter(|path| *path != "/") {
        let plain = ask(&client, "GET", path, &[], "");
        assert_eq!(
            (plain.status, plain.header("content-type")),
            (200, "application/json; charset=utf-8"),
            "{path}"
        );
        for accept in ["*/*", "application/json", "application/json, text/html;q=0.9", "text/event-stream"] {
            let reply = ask(&client, "GET", path, &[("accept", accept)], "");
            assert_eq!((reply.status, &reply.json), (200, &plain.json), "{path} {accept}");
        }
    }
    // Errors too.
    let missing = "/_sandbox/requests/999";
    ask(&client, "GET", missing, &[("accept", "*/*")], "").assert_error(404, "RESOURCE_NOT_EXISTS");
}

#[test]
fn the_first_page_is_a_page_for_everybody() {
    for accept in [None, Some("*/*"), Some("application/json"), Some(BROWSER)] {
        let headers: Vec<_> = accept.iter().map(|accept| ("accept", *accept)).collect();
        let reply = ask(&Client::new(), "GET", "/", &headers, "");
        assert_eq!((reply.status, reply.header("content-type")), (200, "text/html; charset=utf-8"));
    }
    let client = Client::new();
    let head = ask(&client, "HEAD", "/", &[], "");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_ne!(head.header("content-length"), "0");
    assert_eq!(ask(&client, "POST", "/", &[], "").header("allow"), "GET, HEAD");
}

#[test]
fn the_link_in_a_401_opens_a_page() {
    let client = Client::new();
    let mut wrong = Call::list_of_stocks();
    wrong.mchid = "1".to_owned();
    let mut request = wrong.request();
    request.headers_mut().insert("host", "localhost:8700".parse().unwrap());
    let refused = client.raw(request);
    let see = refused.json["detail"]["sandbox"]["see"].as_str().unwrap();
    let path = see.strip_prefix("http://localhost:8700").unwrap();
    let says = refused.json["detail"]["sandbox"]["diagnosis"][0]["says"].as_str().unwrap();
    assert!(open(&client, path, "zh").contains(says));
}

#[test]
fn an_error_is_a_page_with_its_message_and_its_status() {
    let client = Client::new();
    for (path, status) in [
        ("/_sandbox/requests/999", 404),
        ("/_sandbox/stocks/1", 404),
        ("/_sandbox/coupons/1", 404),
        ("/_sandbox/notifications/x", 404),
        ("/_sandbox/nothing", 404),
        ("/_sandbox/requests?status=x", 400),
        ("/_sandbox/coupons?limit=0", 400),
    ] {
        let json = ask(&client, "GET", path, &[], "");
        let page = ask(&client, "GET", path, &[("accept", BROWSER), ("accept-language", "en")], "");
        assert_eq!((json.status, page.status), (status, status), "{path}");
        let html = String::from_utf8(page.body.to_vec()).unwrap();
        assert_page(path, &html, "en");
        let message = json.json["message"].as_str().unwrap().replace('"', "&quot;");
        assert!(html.contains(&message), "{path}: {message}");
        assert!(html.contains(&format!("<dd>{status}</dd>")), "{path}");
    }
    let other = ask(&client, "POST", "/_sandbox/state", &[("accept", BROWSER)], "");
    assert_eq!((other.status, other.header("allow")), (405, "GET, HEAD"));
    let form = ask(&client, "GET", "/_sandbox/forms/reset", &[("accept", BROWSER)], "");
    assert_eq!((form.status, form.header("allow")), (405, "POST"));
    assert_eq!(submit(&client, "nothing", &[]).status, 404);
}

#[test]
fn other_sites_may_link_to_pages_and_nothing_else() {
    let client = busy();
    let link = |mode| {
        [
            ("accept", BROWSER),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", mode),
            ("sec-fetch-dest", "document"),
        ]
    };
    for path in all_pages(&client) {
        assert_eq!(ask(&client, "GET", &path, &link("navigate"), "").status, 200, "{path}");
        assert_eq!(ask(&client, "GET", &path, &link("cors"), "").status, 403, "{path}");
        assert_eq!(ask(&client, "POST", &path, &link("navigate"), "").status, 403, "{path}");
    }
    for path in
        ["/_sandbox/state/export", "/_sandbox/openapi.json", "/_sandbox/events", "/_sandbox/console.js"]
    {
        assert_eq!(ask(&client, "GET", path, &link("navigate"), "").status, 403, "{path}");
    }
    // A link that asks for JSON gets none.
    let json = [
        ("accept", "*/*"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
    ];
    assert_eq!(ask(&client, "GET", "/_sandbox/state", &json, "").status, 403);
    for form in ["reset", "clear-requests", "advance"] {
        let path = format!("/_sandbox/forms/{form}");
        for headers in [
            &link("navigate")[..],
            &[("accept", BROWSER), ("origin", "http://evil.example")],
            &[("origin", "null")],
        ] {
            assert_eq!(ask(&client, "POST", &path, headers, "").status, 403, "{form} {headers:?}");
        }
        assert_eq!(
            ask(&client, "POST", &path, &[("accept", BROWSER), ("host", "evil.example")], "").status,
            403
        );
    }
    assert_eq!(client.count("coupons"), 2);
}

#[test]
fn every_link_leads_somewhere() {
    let client = busy();
    let mut known: BTreeSet<String> = all_pages(&client).into_iter().collect();
    let mut waiting: Vec<String> = known.iter().cloned().collect();
    while let Some(path) = waiting.pop() {
        for tag in tags(&open(&client, &path, "zh")) {
            let link = (tag.name == "a").then(|| tag.get("href")).flatten();
            let Some(link) = link.filter(|link| link.starts_with('/')).map(|link| link.replace("&amp;", "&"))
            else {
                continue;
            };
            let reply = ask(&client, "GET", &link, &[("accept", BROWSER)], "");
            assert_eq!(reply.status, 200, "{link} in {path}");
            if reply.header("content-type").starts_with("text/html") && known.insert(link.clone()) {
                waiting.push(link);
            }
        }
    }
}

#[test]
fn a_row_of_a_list_can_be_found_by_its_id() {
    let client = busy();
    for (path, list, id) in [
        ("/_sandbox/requests", "requests", "id"),
        ("/_sandbox/stocks", "data", "stock_id"),
        ("/_sandbox/coupons", "data", "coupon_id"),
        ("/_sandbox/notifications", "data", "id"),
        ("/_sandbox/faults", "faults", "id"),
    ] {
        let json = ask(&client, "GET", path, &[], "").ok();
        let html = open(&client, path, "en");
        let rows = json[list].as_array().unwrap();
        assert!(!rows.is_empty());
        for row in rows {
            let id = match &row[id] {
                Value::String(id) => id.clone(),
                id => id.to_string(),
            };
            assert!(html.contains(&format!("data-id=\"{id}\"")), "{path} {id}");
        }
    }
}

#[test]
fn problems_are_grouped_and_those_that_were_solved_come_last() {
    let client = Client::new();
    let certificates = Call::new("GET", "/v3/certificates", "");
    assert_eq!(client.raw(crate::signed(&certificates, b"something else")).status, 401);
    client.raw(crate::unterminated());
    client.raw(crate::unterminated());
    client.raw(Call::list_of_stocks().request());
    let html = open(&client, "/", "en");
    let problems: Vec<&str> =
        html.split("<li data-id=\"").skip(1).filter(|row| row.contains("newest example")).collect();
    assert_eq!(problems.len(), 2, "{html}");
    assert!(problems[0].starts_with("Z\"") && problems[0].contains(">open<") && problems[0].contains("× 1"));
    assert!(problems[0].contains("href=\"/_sandbox/requests/1\""), "{}", problems[0]);
    assert!(problems[1].starts_with("F1\"") && problems[1].contains(">accepted since<"), "{}", problems[1]);
    assert!(problems[1].contains("× 2") && problems[1].contains("href=\"/_sandbox/requests/3\""));
}

#[test]
fn a_coupon_whose_payment_was_refunded_says_so() {
    let client = busy();
    let pages = ["/_sandbox/coupons", "/_sandbox/coupons/20000002"];
    let badges = || pages.map(|path| first_badge(&open(&client, path, "zh"), "main"));
    assert_eq!(badges(), ["已核销", "已核销"]);
    client.control("POST", "/coupons/20000002/refund").ok();
    assert_eq!(badges(), ["已退款", "已退款"]);
    // The other one is as before.
    assert_eq!(first_badge(&open(&client, "/_sandbox/coupons/20000001", "zh"), "main"), "可用");
}

/// The first word in a badge after a text.
fn first_badge(html: &str, after: &str) -> String {
    let badge = html.split_once(after).unwrap().1.split_once("class=\"badge").unwrap().1;
    badge.split_once('>').unwrap().1.split_once('<').unwrap().0.to_owned()
}

#[test]
fn limits_are_shown_and_can_be_removed_if_there_are_any() {
    let client = Client::new();
    let seen = || {
        let html = open(&client, "/_sandbox/limits", "en");
        let parts = ["There are no limits.", "coupon.send&quot;: {\n", "/_sandbox/forms/clear-limits"];
        parts.map(|part| html.contains(part))
    };
    assert_eq!(seen(), [true, false, false]);
    client.control_post("/limits", json!({ "coupon.send": { "per_second": 5 } })).ok();
    assert_eq!(seen(), [false, true, true]);
}

#[test]
fn the_navigation_marks_where_one_is() {
    let client = busy();
    let marked = |html: &str| -> Vec<String> {
        let is_marked = |tag: &Tag| tag.get("aria-current") == Some("page");
        let marked = tags(html).into_iter().filter(is_marked);
        marked.map(|tag| tag.get("href").unwrap().to_owned()).collect()
    };
    for (path, page) in [
        ("/", "/"),
        ("/_sandbox/requests?refused=true", "/_sandbox/requests"),
        ("/_sandbox/requests/1", "/_sandbox/requests"),
        ("/_sandbox/coupons/20000001", "/_sandbox/coupons"),
        ("/_sandbox/faults", "/_sandbox/faults"),
        ("/_sandbox/limits", "/_sandbox/faults"),
    ] {
        assert_eq!(marked(&open(&client, path, "zh")), [page], "{path}");
    }
    // Results and errors too.
    for (form, fields, status, page) in [
        ("compare", &[("id", "1"), ("message", "x")][..], 200, "/_sandbox/requests"),
        ("redeem", &[("coupon_id", "20000002")], 409, "/_sandbox/coupons"),
        ("set-limits", &[("limits", "x")], 400, "/_sandbox/faults"),
        ("cancel", &[("id", "x")], 404, "/_sandbox/notifications"),
    ] {
        let reply = submit(&client, form, fields);
        assert_eq!(reply.status, status, "{form}");
        assert_eq!(marked(std::str::from_utf8(&reply.body).unwrap()), [page], "{form}");
    }
    let missing = ask(&client, "GET", "/_sandbox/stocks/1", &[("accept", BROWSER)], "");
    assert_eq!(marked(std::str::from_utf8(&missing.body).unwrap()), ["/_sandbox/stocks"]);
}

/// The messages of programs are English. Who listens to the page hears them as such.
#[test]
fn english_sentences_in_chinese_pages_are_marked() {
    let client = busy();
    let delivery = client.sandbox.next_delivery(client.now).unwrap();
    client.sandbox.delivered(delivery.attempt, Err("connection failed".to_owned()));
    let id = client.notifications()[0]["id"].as_str().unwrap().to_owned();
    for (path, count) in
        [("/_sandbox/notifications".to_owned(), 1), (format!("/_sandbox/notifications/{id}"), 2)]
    {
        let html = open(&client, &path, "zh");
        assert_eq!(html.matches("connection failed").count(), count, "{path}");
        assert_eq!(html.matches("<span lang=\"en\">connection failed</span>").count(), count, "{path}");
    }
    let reply = submit(&client, "redeem", &[("coupon_id", "20000002")]);
    let html = String::from_utf8(reply.body.to_vec()).unwrap();
    assert!(html.contains("<p class=\"error\" role=\"alert\" lang=\"en\">The coupon is USED"), "{html}");
}

#[test]
fn a_callback_says_what_it_is_and_leads_to_its_coupon() {
    let client = busy();
    let id = client.notifications()[0]["id"].as_str().unwrap().to_owned();
    for path in ["/_sandbox/notifications".to_owned(), format!("/_sandbox/notifications/{id}")] {
        assert!(open(&client, &path, "zh").contains("<a href=\"/_sandbox/coupons/20000002\">20000002</a>"));
    }
    let html = open(&client, &format!("/_sandbox/notifications/{id}"), "zh");
    assert!(html.contains("<h1>回调 COUPON.USE</h1>"), "{html}");
}

#[test]
fn a_list_that_a_filter_empties_does_not_look_like_an_empty_sandbox() {
    let client = busy();
    for (path, says) in [
        ("/_sandbox/requests?status=503", "No request matches the filter."),
        ("/_sandbox/coupons?openid=nobody", "No coupon matches the filter."),
    ] {
        assert!(open(&client, path, "en").contains(says), "{path}");
        let list = path.split('?').next().unwrap();
        assert!(!open(&Client::new(), list, "en").contains(says), "{list}");
    }
}

#[test]
fn a_filter_can_be_cleared() {
    let client = busy();
    for (path, list, is_filtered) in [
        ("/_sandbox/requests?status=401&text=", "/_sandbox/requests", true),
        ("/_sandbox/coupons?stock_id=10000001&limit=1", "/_sandbox/coupons", true),
        // What a form sends that nobody filled in.
        ("/_sandbox/requests?operation=&status=&text=", "/_sandbox/requests", false),
        ("/_sandbox/coupons?limit=1&offset=1", "/_sandbox/coupons", false),
    ] {
        let link = format!("href=\"{list}\">Clear the filter<");
        assert_eq!(open(&client, path, "en").contains(&link), is_filtered, "{path}");
    }
}

#[test]
fn a_page_of_a_list_begins_with_the_newest_entries() {
    let client = busy();
    let ids = |path: &str| {
        let html = open(&client, path, "en");
        let rows = html.split("data-id=\"").skip(1).map(|row| row.split_once('"').unwrap().0.to_owned());
        rows.collect::<Vec<_>>()
    };
    assert_eq!(ids("/_sandbox/coupons"), ["20000002", "20000001"]);
    assert_eq!(ids("/_sandbox/coupons?limit=1"), ["20000002"]);
    assert_eq!(ids("/_sandbox/coupons?limit=1&offset=0"), ["20000001"]);
    assert_eq!(ids("/_sandbox/coupons?limit=1&offset=5"), [""; 0]);
    assert!(open(&client, "/_sandbox/coupons?limit=1", "en").contains("?limit=1&amp;offset=0\">Older<"));
    assert!(
        open(&client, "/_sandbox/coupons?limit=1&offset=0", "en").contains("?limit=1&amp;offset=1\">Newer<")
    );
    // The JSON begins with the oldest.
    let json = ask(&client, "GET", "/_sandbox/coupons?limit=1", &[], "").ok();
    assert_eq!(json["data"][0]["coupon_id"], "20000001");
}
