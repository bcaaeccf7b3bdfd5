//! The page at `/`.

use http::Request;

use crate::ask;
use crate::common::{Call, Client, credentials};

fn page(client: &Client, headers: &[(&str, &str)]) -> String {
    let reply = ask(client, "GET", "/", headers);
    assert_eq!((reply.status, reply.header("content-type")), (200, "text/html; charset=utf-8"));
    String::from_utf8(reply.body.to_vec()).unwrap()
}

#[test]
fn the_page_says_what_it_is_and_where() {
    let client = Client::new();
    let html = page(&client, &[("host", "sandbox:8700")]);
    for part in
        ["<!DOCTYPE html>", "http://sandbox:8700<", "/_sandbox/requests", credentials().mchid(), "None."]
    {
        assert!(html.contains(part), "{part}");
    }
    // Nothing that the policy would block, and no secret.
    for part in
        ["<style", "style=", "<script", "onclick", "https://", "http-equiv", credentials().api_v3_key()]
    {
        let allowed = if part == "https://" { 1 } else { 0 };
        assert_eq!(html.matches(part).count(), allowed, "{part}");
    }
    let head = ask(&client, "HEAD", "/", &[("host", "sandbox:8700")]);
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(ask(&client, "GET", "/favicon.ico", &[]).status, 404);
    assert_eq!(
        ask(&client, "POST", "/", &[]).assert_error(405, "METHOD_NOT_ALLOWED").header("allow"),
        "GET, HEAD"
    );
}

#[test]
fn the_page_shows_refused_requests_and_nothing_in_them_is_markup() {
    let client = Client::new();
    let mut call = Call::list_of_stocks();
    call.mchid = "1".to_owned();
    let mut request = call.request();
    let target = "/v3/certificates?x='<script>alert(1)</script>&amp;";
    let (mut parts, body) = request.clone().into_parts();
    if let Ok(uri) = target.parse() {
        parts.uri = uri;
        request = Request::from_parts(parts, body);
    }
    assert_eq!(client.raw(request).status, 401);
    let html = page(&client, &[("accept-language", "en")]);
    let says = client.control("GET", "/requests/1").ok()["diagnosis"].as_str().unwrap().to_owned();
    let english =
        ask(&client, "GET", "/_sandbox/requests/1", &[("accept-language", "en")]).ok()["diagnosis"].take();
    assert!(html.contains("/_sandbox/requests/1") && html.contains(english.as_str().unwrap()), "{html}");
    assert!(!html.contains("<script"), "{html}");
    assert!(page(&client, &[]).contains(&says));
}
