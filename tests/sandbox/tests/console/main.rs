//! The console: pages and forms, without a browser.
#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, clippy::string_slice, clippy::unwrap_in_result, reason = "tests")]

mod checks;
#[path = "../common/mod.rs"]
mod common;
mod details;
mod escaping;
mod forms;
mod html;
mod lists;
mod look;
mod pages;

use bytes::Bytes;
use http::Request;

use common::{Call, Client, Reply};

/// What a browser sends when somebody opens a page.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
const LANGUAGES: [&str; 2] = ["zh-CN,zh;q=0.9", "en-US,en;q=0.9"];

/// Sends an unsigned request with these headers.
fn ask(client: &Client, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut request = Request::builder().method(method).uri(target).header("host", "localhost:8700");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.raw(request.body(Bytes::from(body.to_owned())).unwrap())
}

/// Opens a page, and returns its HTML.
#[track_caller]
fn open(client: &Client, path: &str, language: &str) -> String {
    let reply = ask(client, "GET", path, &[("accept", BROWSER), ("accept-language", language)], "");
    assert_eq!((reply.status, reply.header("content-type")), (200, "text/html; charset=utf-8"), "{path}");
    String::from_utf8(reply.body.to_vec()).unwrap()
}

/// Sends a form. `fields` are encoded as a browser does.
fn submit(client: &Client, form: &str, fields: &[(&str, &str)]) -> Reply {
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let body: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let headers = [
        ("accept", BROWSER),
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", "http://localhost:8700"),
    ];
    ask(client, "POST", &format!("/_sandbox/forms/{form}"), &headers, &body.join("&"))
}

/// A client with a stock, a coupon that is sent (20000001) and one that is redeemed (20000002), a callback, a fault, and
/// requests of every kind.
fn busy() -> Client {
    let (client, stock) = Client::with_stock();
    client.send_ok("o1", &stock, "send-1");
    let callback =
        serde_json::json!({ "mchid": common::credentials().mchid(), "notify_url": "http://127.0.0.1:9/x" });
    client.post("/callbacks", &callback).ok();
    let second = client.send_ok("o2", &stock, "send-2");
    client.redeem(&second).ok();
    client.add_fault(serde_json::json!({ "fault": "delay", "milliseconds": 5 }));
    let mut wrong = Call::list_of_stocks();
    wrong.mchid = "1".to_owned();
    assert_eq!(client.raw(wrong.request()).status, 401);
    client.raw(Call::new("GET", "/nothing", "").request());
    client.get("/stocks/1?stock_creator_mchid=1").assert_error(404, "RESOURCE_NOT_EXISTS");
    client.raw(unterminated());
    client
}

/// A request whose signed message lacks the final newline.
fn unterminated() -> Request<Bytes> {
    let call = Call::list_of_stocks();
    let mut message = call.message();
    message.pop();
    signed(&call, &message)
}

/// A request for which another message was signed.
fn signed(call: &Call, message: &[u8]) -> Request<Bytes> {
    let mut request = call.request();
    let authorization = call.authorization_of(message);
    request.headers_mut().insert("authorization", authorization.parse().unwrap());
    request
}

/// All pages of [`busy`].
fn all_pages(client: &Client) -> Vec<String> {
    let notification = client.notifications()[0]["id"].as_str().unwrap().to_owned();
    let requests = client.control("GET", "/requests").ok();
    let requests = requests["requests"].as_array().unwrap().clone();
    let mut pages: Vec<String> = requests.iter().map(|row| format!("/requests/{}", row["id"])).collect();
    pages.push(format!("/notifications/{notification}"));
    for path in [
        "/requests",
        "/requests?refused=true&operation=stock.list&status=401&text=stocks&after=1&limit=5",
        "/stocks",
        "/stocks?offset=0&limit=1",
        "/stocks/10000001",
        "/coupons",
        "/coupons?stock_id=10000001&openid=o1&out_request_no=send-1&status=SENDED",
        "/coupons?limit=1&offset=1",
        "/coupons/20000001",
        "/coupons/20000002",
        "/notifications",
        "/faults",
        "/limits",
        "/clock",
        "/connect",
        "/state",
    ] {
        pages.push(path.to_owned());
    }
    let mut pages: Vec<String> = pages.iter().map(|path| format!("/_sandbox{path}")).collect();
    pages.push("/".to_owned());
    pages
}
