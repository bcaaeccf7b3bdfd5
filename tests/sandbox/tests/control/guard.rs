//! Who may drive the sandbox.

use bytes::Bytes;
use http::{HeaderValue, Request};
use serde_json::json;
use wechatpay_sandbox::{Options, Sandbox};

use crate::ask;
use crate::common::connection::{Connection, start};
use crate::common::{Call, Client, NOW, Reply, credentials};

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];
const TARGETS: [&str; 9] = [
    "/",
    "/_sandbox",
    "/_sandbox/",
    "/_sandbox/clock",
    "/_sandbox/state",
    "/_sandbox/reset",
    "/_sandbox/nothing",
    "/%5fsandbox/state",
    "/_sandbox/%ff",
];

/// What every answer of the control interface has.
#[track_caller]
fn assert_protected(reply: &Reply) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cache-control", "no-store"),
        (
            "content-security-policy",
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action \
             'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
    ] {
        assert_eq!(reply.header(name), value, "{name}");
    }
    let shared = reply.headers.keys().find(|name| name.as_str().starts_with("access-control-"));
    assert_eq!(shared, None);
}

/// Asserts that requests with these headers are refused, for all methods and targets, and change nothing.
#[track_caller]
fn assert_refused(headers: &[(&str, &str)], says: &str) {
    let client = Client::new();
    for target in TARGETS {
        for method in METHODS {
            let reply = ask(&client, method, target, headers);
            assert_eq!(reply.status, 403, "{method} {target} {headers:?}");
            assert_protected(&reply);
            if method != "HEAD" {
                let message = reply.json["message"].as_str().unwrap();
                assert!(message.contains(says), "{message}");
            }
        }
    }
    assert_eq!(client.state()["clock"]["advanced_seconds"], 0);
}

#[test]
fn a_public_host_is_refused_with_the_remedy() {
    assert_refused(&[("host", "evil.example:8700")], "--allow-host evil.example.");
    // DNS rebinding: the page is of the same origin, and old browsers send no `Sec-Fetch-Site`.
    assert_refused(
        &[("host", "evil.example"), ("origin", "http://evil.example")],
        "--allow-host evil.example",
    );
    assert_refused(&[("host", "evil.example"), ("sec-fetch-site", "same-origin")], "--allow-host");
    assert_refused(&[("host", "127.0.0.1.evil.example")], "--allow-host");
    assert_refused(&[("host", "localhost"), ("host", "evil.example")], "more than one Host");
}

#[test]
fn the_absolute_form_of_a_target_is_checked_too() {
    let client = Client::new();
    let get = |target: &str| ask(&client, "GET", target, &[("host", "localhost")]).status;
    assert_eq!(get("http://localhost:8700/_sandbox/state"), 200);
    assert_eq!(get("http://evil.example/_sandbox/state"), 403);
}

#[test]
fn another_origin_is_refused() {
    for origin in [
        "null",
        "http://evil.example",
        "http://localhost:3000",
        "https://localhost:8701",
        "http://127.0.0.1:8700",
        "",
    ] {
        assert_refused(&[("host", "localhost:8700"), ("origin", origin)], "another origin");
    }
    assert_refused(&[("origin", "http://localhost")], "another origin");
}

#[test]
fn another_site_is_refused() {
    for site in ["cross-site", "same-site", "", "SAME-ORIGIN", "other"] {
        // The site decides, whatever the origin says.
        let headers = [("host", "localhost"), ("sec-fetch-site", site), ("origin", "http://localhost")];
        assert_refused(&headers, "another origin");
    }
    // An image, a frame and a script of another site.
    for dest in ["image", "iframe", "script", "empty"] {
        let headers = [
            ("host", "localhost"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", if dest == "iframe" { "navigate" } else { "no-cors" }),
            ("sec-fetch-dest", dest),
        ];
        assert_refused(&headers, "another origin");
    }
}

#[test]
fn a_link_of_another_site_leads_to_the_page_and_to_nothing_else() {
    let client = Client::new();
    let link = [
        ("host", "localhost:8700"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
    ];
    assert_eq!(ask(&client, "GET", "/", &link).status, 200);
    for target in TARGETS {
        for method in METHODS {
            let expected = if (method, target) == ("GET", "/") { 200 } else { 403 };
            assert_eq!(ask(&client, method, target, &link).status, expected, "{method} {target}");
        }
    }
}

#[test]
fn the_own_page_and_programs_are_served() {
    let client = Client::new();
    for headers in [
        &[][..],
        &[("host", "127.0.0.1:8700")],
        &[("host", "[::1]:8700")],
        &[("host", "sandbox:8700")],
        &[("host", "host.docker.internal:8700")],
        &[("host", "LOCALHOST.:8700")],
        &[("host", "localhost:8700"), ("origin", "http://localhost:8700")],
        &[("host", "localhost"), ("origin", "http://localhost:80")],
        &[("host", "localhost:8700"), ("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")],
        // A form of the own page: its referrer policy makes the browser send this origin.
        &[("host", "localhost:8700"), ("sec-fetch-site", "same-origin"), ("origin", "null")],
    ] {
        for (method, target) in [("GET", "/"), ("GET", "/_sandbox/state"), ("POST", "/_sandbox/faults")] {
            let reply = ask(&client, method, target, headers);
            assert_protected(&reply);
            assert_ne!(reply.status, 403, "{method} {target} {headers:?}");
        }
    }
}

#[test]
fn a_host_can_be_allowed() {
    let options = Options::new().allow_host("pay.example.com");
    let sandbox = Sandbox::with_options(credentials().clone(), options).unwrap();
    let client = Client { sandbox, now: NOW };
    let get = |host: &str, origin: &str| {
        ask(&client, "GET", "/_sandbox/state", &[("host", host), ("origin", origin)]).status
    };
    assert_eq!(get("Pay.Example.com:8700", "http://pay.example.com:8700"), 200);
    assert_eq!(get("pay.example.com:8700", "http://evil.example"), 403);
    assert_eq!(get("www.pay.example.com", "http://www.pay.example.com"), 403);
}

#[test]
fn the_api_itself_is_signed_and_needs_no_guard() {
    let client = Client::new();
    let mut request = Call::list_of_stocks().request();
    for (name, value) in [("host", "evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    client.raw(request).ok();
}

#[test]
fn reading_changes_nothing() {
    let (client, _, coupon) = Client::with_coupon();
    client.add_fault(json!({ "fault": "delay" }));
    let before = client.export();
    for (path, _) in crate::interface::paths(&client) {
        let path = path.replace("{coupon_id}", &coupon).replace("{id}", "1");
        for method in ["GET", "HEAD", "OPTIONS", "TRACE"] {
            let request = Request::builder().method(method).uri(&path);
            let reply = client.raw(request.body(Bytes::from_static(b"{\"advance_seconds\":1}")).unwrap());
            assert_protected(&reply);
        }
    }
    assert_eq!(client.export(), before);
}

#[test]
fn the_guard_works_on_the_wire() {
    let (server, client) = start();
    let ask = |method: &str, target: &str, headers: &str| {
        let mut connection = Connection::open(&server);
        connection.write(format!("{method} {target} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n"));
        let (status, headers) = connection.read_head().unwrap();
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["cache-control"], "no-store");
        assert!(!headers.keys().any(|name| name.as_str().starts_with("access-control")));
        let mut body = Vec::new();
        std::io::Read::read_to_end(&mut connection.0, &mut body).unwrap();
        (status, headers, body)
    };
    let clock = "{\"advance_seconds\": 86400}";
    // What a page can do without asking: a form, or `fetch` with `no-cors`.
    let post = format!(
        "Host: {}\r\nOrigin: http://evil.example\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n",
        server.local_addr(),
        clock.len()
    );
    let mut connection = Connection::open(&server);
    let reply = connection.exchange(format!("POST /_sandbox/clock HTTP/1.1\r\n{post}\r\n{clock}"));
    reply.unwrap().assert_error(403, "FORBIDDEN");
    let preflight =
        "Host: localhost\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\n";
    assert_eq!(ask("OPTIONS", "/_sandbox/clock", preflight).0, 403);
    assert_eq!(ask("OPTIONS", "/_sandbox/clock", "Host: localhost\r\n").0, 405);
    assert_eq!(ask("GET", "/", "Host: rebound.example\r\nOrigin: http://rebound.example\r\n").0, 403);
    assert_eq!(ask("GET", "/_sandbox/state", "Host: rebound.example\r\n").0, 403);
    assert_eq!(client.state()["clock"]["advanced_seconds"], 0);
    // HEAD has the headers of GET.
    let (status, get, page) = ask("GET", "/", "Host: localhost\r\n");
    let (_, head, nothing) = ask("HEAD", "/", "Host: localhost\r\n");
    assert_eq!((status, &head["content-length"], nothing.len()), (200, &get["content-length"], 0));
    assert_eq!(get["content-length"], page.len().to_string());
    let (status, icon, _) = ask("GET", "/favicon.ico", "Host: localhost\r\n");
    assert_eq!((status, &icon["content-type"]), (200, &HeaderValue::from_static("image/svg+xml")));
    // A body that is too large is refused with the same headers.
    assert_eq!(ask("POST", "/_sandbox/clock", "Host: localhost\r\nContent-Length: 99999999\r\n").0, 413);
}
