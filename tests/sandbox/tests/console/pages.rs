//! Pages: who gets one, and what all of them are.

use std::collections::BTreeSet;

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
    assert_eq!((other.status, other.header("allow")), (405, "GET, HEAD, PUT"));
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
