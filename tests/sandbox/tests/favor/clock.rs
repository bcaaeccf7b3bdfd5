//! The platform's clock.

use serde_json::{Value, json};

use crate::common::{Client, NOW, assert_fields};

fn set(client: &Client, time: Value) -> crate::common::Reply {
    client.control_post("/clock", json!({ "set": time }))
}

#[test]
fn the_clock_shows_both_times() {
    let mut client = Client::new();
    let clock = |client: &Client| client.control("GET", "/clock").ok();
    let merchant = json!({ "state": "valid", "api_v3_key": true });
    assert_fields(&clock(&client), json!({ "stock_ends": [], "merchant": merchant }));
    let start = json!({
        "platform_time": "2026-11-23T00:00:00+08:00", "real_time": "2026-11-23T00:00:00+08:00",
        "advanced_seconds": 0,
    });
    assert_fields(&clock(&client), start);
    let advanced = client.control_post("/clock", json!({ "advance_seconds": 90 })).ok();
    assert_eq!(advanced["platform_time"], "2026-11-23T00:01:30+08:00");
    client.now += 10;
    let expected = json!({
        "platform_time": "2026-11-23T00:01:40+08:00", "real_time": "2026-11-23T00:00:10+08:00",
        "advanced_seconds": 90,
    });
    assert_fields(&clock(&client), expected);
}

#[test]
fn the_clock_can_be_set_to_a_time_that_is_not_past() {
    let client = Client::new();
    for (time, seconds) in [
        (json!("2026-11-23T00:00:00+08:00"), 0),
        (json!("2026-11-23T10:00:00+08:00"), 36_000),
        (json!("2026-11-23T02:00:01Z"), 36_001),
        (json!(NOW + 36_002), 36_002),
    ] {
        assert_eq!(set(&client, time).ok()["advanced_seconds"], seconds);
    }
    for past in [json!("2026-11-23T10:00:01+08:00"), json!(NOW), json!(0), json!("1969-01-01T00:00:00Z")] {
        let reply = set(&client, past);
        assert_eq!(reply.assert_param_error()["field"], "/set");
        let message = reply.json["message"].as_str().unwrap();
        assert!(message.contains("2026-11-23T10:00:02+08:00"), "{message}");
    }
    let message = set(&client, json!(NOW)).json["message"].as_str().unwrap().to_owned();
    assert!(message.contains("2026-11-23T00:00:00+08:00 is before 2026-11-23T10:00:02+08:00"), "{message}");
}

#[test]
fn an_invalid_time_is_refused_with_its_field() {
    let client = Client::new();
    for (body, field) in [
        (json!({}), "/advance_seconds"),
        (json!({ "advance_seconds": 1.5 }), "/advance_seconds"),
        (json!({ "advance_seconds": u64::MAX }), "/advance_seconds"),
        (json!({ "set": "2026-12-01" }), "/set"),
        (json!({ "set": "2026-12-01T00:00:00+0800" }), "/set"),
        (json!({ "set": -1 }), "/set"),
        (json!({ "set": u64::MAX }), "/set"),
        (json!({ "set": 253_402_272_000_u64 }), "/set"),
        (json!({ "set": NOW, "advance_seconds": 1 }), "/set"),
    ] {
        assert_eq!(
            client.control_post("/clock", body.clone()).assert_param_error()["field"],
            field,
            "{body}"
        );
    }
    assert_eq!(client.control("GET", "/clock").ok()["advanced_seconds"], 0);
}
