//! The state: its summary, its export, resetting it, and events about its changes.

use std::io::BufRead as _;

use http::StatusCode;
use serde_json::{Value, json};

use crate::common::connection::{Connection, control, request_bytes, start};
use crate::common::{Call, Client, DAY, FAVOR, assert_fields, credentials, terms};

/// A state with something of everything.
fn full() -> Client {
    let (client, stock, coupon) = Client::with_coupon();
    let set = json!({ "mchid": credentials().mchid(), "notify_url": "http://127.0.0.1:9/notify" });
    client.post("/callbacks", &set).ok();
    client.redeem(&coupon).ok();
    client.send_ok("o2", &stock, "send-2");
    client.add_fault(json!({ "fault": "delay" }));
    client.advance(DAY);
    client
}

#[test]
fn the_summary_counts() {
    let client = full();
    let state = client.state();
    let expected = json!({
        "stocks": 1, "coupons": 2, "notifications": 1, "faults": 1, "images": 0, "platform_favors": 0, "journal": 5,
        "notify_url": "http://127.0.0.1:9/notify", "notifications_signed_by": "public_key",
        "clock": {
            "platform_time": "2026-11-24T00:00:00+08:00", "real_time": "2026-11-23T00:00:00+08:00",
            "advanced_seconds": DAY,
        },
    });
    assert_fields(&state, expected);
    assert_eq!(state["requests"]["coupon.send"], 2);
    assert_eq!(state["platform_keys"]["public_key_id"], credentials().public_key_id());
}

#[test]
fn the_summary_does_not_grow() {
    let (client, stock) = Client::with_stock();
    let size = || client.control("GET", "/state").body.len();
    let before = size();
    for number in 0..90 {
        client.create(&terms(&format!("more-{number}")));
        client.send("o1", &stock, &format!("send-{number}"));
        client.add_fault(json!({ "operation": "stock.stop", "fault": "delay" }));
    }
    assert!(size() < before + 100, "{} and {before}", size());
}

#[test]
fn the_export_has_everything() {
    let client = full();
    let (state, export) = (client.state(), client.export());
    for list in ["stocks", "coupons", "images", "platform_favors", "notifications", "faults"] {
        assert_eq!(state[list], export[list].as_array().unwrap().len(), "{list}");
    }
    for name in ["clock", "notify_url", "requests", "platform_keys", "notifications_signed_by"] {
        assert_eq!(state[name], export[name], "{name}");
    }
    assert_fields(&export["coupons"][0], json!({ "openid": "o1", "status": "USED", "order_amount": 1000 }));
    assert_eq!(export["notifications"][0]["attempts"], 0);
}

#[test]
fn a_long_export_is_valid_json() {
    let client = Client::new();
    for number in 0..200 {
        client.create(&terms(&format!("create-{number}")));
    }
    let stocks = client.export()["stocks"].take();
    let numbers = stocks.as_array().unwrap().iter().map(|stock| stock["out_request_no"].as_str().unwrap());
    assert!(numbers.eq((0..200).map(|number| format!("create-{number}"))));
}

#[test]
fn reset_begins_anew_with_the_same_keys() {
    let client = full();
    let attempt = client.sandbox.next_delivery(client.now).unwrap().attempt;
    let keys = client.state()["platform_keys"].take();
    let removed = client.control("POST", "/reset").ok()["removed"].take();
    assert_eq!(removed, json!({ "stocks": 1, "coupons": 2, "notifications": 1, "faults": 1, "requests": 5 }));
    let mut expected = Client::new().state();
    assert_eq!(expected["platform_keys"].take(), keys);
    let mut state = client.state();
    assert_eq!(state["platform_keys"].take(), keys);
    assert_eq!(state, expected);
    assert_eq!(client.control("GET", "/requests").ok(), json!({ "requests": [] }));

    // Numbers can be used again, and the result of an attempt from before is not taken for one of now.
    let stock = client.create_and_start(&terms("create-1"));
    let coupon = client.send_ok("o1", &stock, "send-1");
    let set = json!({ "mchid": credentials().mchid(), "notify_url": "http://127.0.0.1:9/notify" });
    client.post("/callbacks", &set).ok();
    client.redeem(&coupon).ok();
    client.sandbox.next_delivery(client.now).unwrap();
    client.sandbox.delivered(attempt, Ok(StatusCode::OK));
    assert_eq!(client.export()["notifications"][0]["delivered"], false);
}

/// The next event: its id, kind and data.
fn event(connection: &mut Connection) -> (u64, String, Value) {
    let mut fields = [const { String::new() }; 3];
    loop {
        let mut line = String::new();
        connection.0.read_line(&mut line).unwrap();
        for (field, name) in fields.iter_mut().zip(["id: ", "event: ", "data: "]) {
            if let Some(value) = line.trim_end().strip_prefix(name) {
                value.clone_into(field);
            }
        }
        if line == "\n" && !fields[2].is_empty() {
            let [id, kind, data] = fields;
            return (id.parse().unwrap(), kind, serde_json::from_str(&data).unwrap());
        }
    }
}

/// Opens a connection and listens to events.
fn listen(server: &wechatpay_sandbox::Server) -> Connection {
    let mut connection = Connection::open(server);
    connection.write(control("GET", "/events", ""));
    let (status, headers) = connection.read_head().unwrap();
    assert_eq!((status, headers["content-type"].as_bytes()), (200, &b"text/event-stream"[..]));
    connection
}

#[test]
fn requests_and_changes_are_events() {
    let (server, _) = start();
    let (mut one, mut other) = (listen(&server), listen(&server));
    let mut connection = Connection::open(&server);
    let create = Call::new("POST", &format!("{FAVOR}/coupon-stocks"), terms("create-1").to_string());
    connection.exchange(request_bytes(&create)).unwrap();
    connection.exchange(control("GET", "/state", "")).unwrap();
    connection.exchange(control("POST", "/clock", "{\"advance_seconds\":1}")).unwrap().ok();
    connection.exchange(control("POST", "/clock", "{}")).unwrap().assert_param_error();
    connection.exchange(control("POST", "/reset", "")).unwrap().ok();
    let row = connection.exchange(control("GET", "/requests", "")).unwrap().ok();
    assert_eq!(row, json!({ "requests": [] }));
    for listener in [&mut one, &mut other] {
        let (first, kind, data) = event(listener);
        assert_eq!(kind, "request");
        assert_fields(
            &data,
            json!({ "id": 1, "operation": "stock.create", "status": 200, "method": "POST" }),
        );
        for (offset, change) in [(1, "POST /_sandbox/clock"), (2, "POST /_sandbox/reset")] {
            assert_eq!(event(listener), (first + offset, "change".to_owned(), json!({ "change": change })));
        }
    }
}

#[test]
fn a_head_request_does_not_listen() {
    let (server, _) = start();
    let mut connection = Connection::open(&server);
    connection.write(control("HEAD", "/events", ""));
    assert_eq!(connection.read_head().unwrap().0, 200);
    assert_eq!(connection.exchange(control("GET", "/livez", "")).unwrap().status, 200);
}

#[test]
fn listeners_do_not_hold_up_the_end_of_the_server() {
    let (server, _) = start();
    let mut listener = listen(&server);
    drop(server);
    let mut rest = Vec::new();
    std::io::Read::read_to_end(&mut listener.0, &mut rest).unwrap();
    assert!(rest.ends_with(b"0\r\n\r\n"), "the stream ends in order: {rest:?}");
}
