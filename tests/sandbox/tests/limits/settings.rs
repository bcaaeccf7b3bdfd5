//! `/_sandbox/limits`: what can be set, and what is refused.

use serde_json::{Value, json};

use crate::common::Client;

#[test]
fn there_are_no_limits_by_default() {
    let client = Client::new();
    let none = json!({ "limits": {}, "refused": {} });
    assert_eq!(client.control("GET", "/limits").ok(), none);
    let limits = json!({ "coupon.send": { "per_second": 1 }, "not_enough": {} });
    for switch_off in ["POST", "DELETE"] {
        let set = client.control_post("/limits", limits.clone()).ok();
        assert_eq!(set["limits"]["coupon.send"], json!({ "per_second": 1 }));
        assert_eq!(client.control("GET", "/limits").ok(), set);
        assert_eq!(client.control(switch_off, "/limits").ok(), none);
    }
}

#[test]
fn what_is_shown_can_be_posted_again() {
    let client = Client::new();
    let set = client
        .control_post(
            "/limits",
            json!({
                "coupon.send": { "per_second": 500, "per_minute": 10_000 },
                "*": { "per_minute": 100 },
                "request_blocked": { "internal_code": 1, "every": 2, "stock_id": "10000001" },
                "account_abnormal": { "openids": ["o1"], "one_in": 50, "seed": 7, "times": 3 },
                "monthly_limit": {},
                "concurrent_rule_limit": {},
                "not_enough": { "after": 5, "times": 40 },
                "forget_out_request_no_after_seconds": 86_400,
            }),
        )
        .ok();
    assert_eq!(client.control_post("/limits", set["limits"].clone()).ok(), set);
    assert_eq!(set["limits"]["forgotten_out_request_no"], "new_coupon");
    assert_eq!(set["limits"]["not_enough"]["after"], 5);
}

#[test]
fn invalid_limits_are_refused_by_pointer_and_change_nothing() {
    let client = Client::new();
    let before = client.control_post("/limits", json!({ "not_enough": {} })).ok();
    for (body, pointer, text) in [
        (json!({ "coupon.sent": {} }), "/coupon.sent", "names of operations"),
        (json!({ "a/b": 1 }), "/a~1b", "is not known"),
        (json!({ "coupon.send": 500 }), "/coupon.send", "must be an object, but it is 500."),
        (json!({ "coupon.send": {} }), "/coupon.send/per_second", "is missing"),
        (json!({ "coupon.send": { "per_second": 0 } }), "/coupon.send/per_second", "an integer from 1"),
        (json!({ "coupon.send": { "per_second": "5" } }), "/coupon.send/per_second", "an integer from 1"),
        (json!({ "coupon.send": { "per_hour": 1, "per_second": 1 } }), "/coupon.send/per_hour", "per_minute"),
        (json!({ "preset": "strict" }), "/preset", "must be \"documented\""),
        (json!({ "not_enough": true }), "/not_enough", "must be an object"),
        (json!({ "not_enough": { "after": -1 } }), "/not_enough/after", "an integer from 0"),
        (json!({ "not_enough": { "times": 0 } }), "/not_enough/times", "an integer from 1"),
        (json!({ "not_enough": { "one_in": 0 } }), "/not_enough/one_in", "an integer from 1"),
        (json!({ "not_enough": { "seed": 1 } }), "/not_enough/seed", "needs a member one_in"),
        (json!({ "not_enough": { "every": 2, "one_in": 2 } }), "/not_enough/every", "one_in"),
        (json!({ "not_enough": { "afer": 2 } }), "/not_enough/afer", "is not a member of not_enough"),
        (
            json!({ "request_blocked": { "internal_code": 4_294_967_296_u64 } }),
            "/request_blocked/internal_code",
            "4294967295",
        ),
        (
            json!({ "account_abnormal": { "openids": ["o", 1] } }),
            "/account_abnormal/openids",
            "list of strings",
        ),
        (json!({ "monthly_limit": { "fen": 0.5 } }), "/monthly_limit/fen", "an integer from 1"),
        (json!({ "forgotten_out_request_no": "refused" }), "/forgotten_out_request_no", "needs a member"),
        (
            json!({ "forget_out_request_no_after_seconds": 1, "forgotten_out_request_no": "x" }),
            "/forgotten_out_request_no",
            "must be \"new_coupon\" or \"refused\"",
        ),
        (json!({ "not_enough": null }), "/not_enough", "must not be null"),
        (json!([]), "", "must be a JSON object"),
        (json!("{}"), "", "must be a JSON object"),
    ] {
        let reply = client.control_post("/limits", body.clone());
        assert_eq!(reply.assert_param_error()["field"], pointer, "{body}");
        let message = reply.json["message"].as_str().unwrap();
        assert!(message.contains(text) && message.starts_with("The ") && message.ends_with('.'), "{message}");
    }
    assert_eq!(client.control("GET", "/limits").ok(), before);
    let reply = client.control_post("/limits", Value::Null);
    assert_eq!(reply.assert_param_error()["field"], "");
}
