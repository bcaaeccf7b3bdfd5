//! Wrong values in requests: each mistake is named in Chinese, with its JSON pointer or the name of the parameter.

use serde_json::{Value, json};

use crate::common::{Client, FAVOR, Reply, creator_query, credentials, send_body, terms, with, without};

/// Asserts 400 `PARAM_ERROR` for a field of the body, with texts that are Chinese. Returns the issue.
#[track_caller]
fn assert_names(reply: &Reply, pointer: &str) -> String {
    let detail = reply.assert_param_error();
    assert_eq!((&detail["field"], &detail["location"]), (&json!(pointer), &json!("body")), "{reply:?}");
    assert_chinese(reply);
    detail["issue"].as_str().unwrap().to_owned()
}

/// Asserts that neither text of an error is an English sentence. Names of fields and of standards are allowed.
#[track_caller]
fn assert_chinese(reply: &Reply) {
    for text in [&reply.json["message"], &reply.json["detail"]["issue"]] {
        let text = text.as_str().unwrap();
        assert!(text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{text}");
        for english in ["expected", "invalid", "missing", " is ", "must", "unknown"] {
            assert!(!text.contains(english), "{text}");
        }
    }
}

/// A body with every kind of field.
fn full_terms() -> Value {
    let mut terms = terms("create-1");
    terms["comment"] = json!("备注");
    terms["ext_info"] = json!("{}");
    terms["pattern_info"]["merchant_name"] = json!("微信支付");
    terms["pattern_info"]["background_color"] = json!("COLOR010");
    terms["stock_use_rule"]["max_amount_by_day"] = json!(500);
    terms["coupon_use_rule"]["goods_tag"] = json!(["a"]);
    terms["coupon_use_rule"]["limit_pay"] = json!(["ICBC_CREDIT"]);
    terms["coupon_use_rule"]["trade_type"] = json!(["MICROAPP"]);
    terms["coupon_use_rule"]["available_items"] = json!(["1"]);
    terms["coupon_use_rule"]["combine_use"] = json!(true);
    terms["coupon_use_rule"]["limit_card"] = json!({ "name": "卡", "bin": ["625426"] });
    terms
}

/// Returns the JSON pointers of all values in an object.
fn pointers(value: &Value, at: &str, found: &mut Vec<(String, Value)>) {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (name, value) in members {
        let pointer = format!("{at}/{name}");
        found.push((pointer.clone(), value.clone()));
        pointers(value, &pointer, found);
    }
}

#[test]
fn a_value_of_another_type_is_named_at_any_depth() {
    let client = Client::new();
    let mut all = Vec::new();
    pointers(&full_terms(), "", &mut all);
    assert!(all.len() > 35, "{all:?}");
    for (pointer, right) in all {
        let others =
            [json!(7), json!(1.5), json!("7"), json!("a"), json!(true), json!(["a"]), json!({ "a": 1 })];
        let same_type = |other: &Value| match (&right, other) {
            (Value::Number(_), Value::Number(_)) => other.is_i64(),
            (right, other) => std::mem::discriminant(right) == std::mem::discriminant(other),
        };
        for other in others.into_iter().filter(|other| !same_type(other)) {
            let reply = client.post("/coupon-stocks", &with(full_terms(), &pointer, other.clone()));
            let issue = assert_names(&reply, &pointer);
            let expected = match &right {
                Value::Number(_) => "不是整数",
                _ => "类型错误",
            };
            assert!(issue.contains(expected), "{pointer} {other}: {issue}");
            assert_eq!(reply.json["detail"]["value"], other, "{pointer}");
            assert!(reply.json["message"].as_str().unwrap().contains(&pointer), "{reply:?}");
        }
        let null = client.post("/coupon-stocks", &with(full_terms(), &pointer, Value::Null));
        assert!(assert_names(&null, &pointer).contains("null"));
    }
    assert_eq!(client.count("stocks"), 0);
    client.create(&full_terms());
}

#[test]
fn a_missing_required_field_is_named_at_any_depth() {
    let client = Client::new();
    // The fields that the documentation calls required.
    for pointer in [
        "/stock_name",
        "/belong_merchant",
        "/available_begin_time",
        "/available_end_time",
        "/stock_use_rule",
        "/stock_use_rule/max_coupons",
        "/stock_use_rule/max_amount",
        "/stock_use_rule/max_coupons_per_user",
        "/stock_use_rule/natural_person_limit",
        "/stock_use_rule/prevent_api_abuse",
        "/pattern_info/description",
        "/coupon_use_rule",
        "/coupon_use_rule/fixed_normal_coupon/coupon_amount",
        "/coupon_use_rule/fixed_normal_coupon/transaction_minimum",
        "/no_cash",
        "/stock_type",
        "/out_request_no",
    ] {
        let reply = client.post("/coupon-stocks", &without(full_terms(), pointer));
        assert_eq!(assert_names(&reply, pointer), "必填", "{pointer}");
    }
    // Documented rules give INVALID_REQUEST.
    for pointer in ["/coupon_use_rule/fixed_normal_coupon", "/coupon_use_rule/available_merchants"] {
        let reply = client.post("/coupon-stocks", &without(full_terms(), pointer));
        reply.assert_error(400, "INVALID_REQUEST");
        let detail = &reply.json["detail"];
        assert_eq!((&detail["field"], &detail["issue"]), (&json!(pointer), &json!("必填")));
    }
}

#[test]
fn every_broken_rule_of_a_stock_has_a_chinese_text() {
    let client = Client::new();
    let long = "9".repeat(200);
    let mini = json!({ "description": "d", "jump_target": "MINI_PROGRAM", "mini_program_appid": "wx1" });
    for (pointer, value, issue) in [
        ("/stock_name", json!(""), "不能为空"),
        ("/stock_name", json!("一二三四五六七八九十"), "最多9个字符，实际有10个"),
        ("/stock_name", json!("a_b"), "不能包含“_,;|”"),
        ("/stock_name", json!("😀"), "基本多文种平面"),
        ("/out_request_no", json!("a b"), "只能包含字母、数字和“|_*-”"),
        ("/out_request_no", json!(long), "最多128个字符"),
        ("/comment", json!("c".repeat(61)), "最多60个字符"),
        ("/ext_info", json!(long), "最多128个字符"),
        ("/stock_type", json!("DISCOUNT"), "只能是NORMAL"),
        ("/available_begin_time", json!("2026-11-23T00:00:00+0800"), "RFC 3339"),
        ("/available_begin_time", json!("2026-11-23t00:00:00+08:00"), "RFC 3339"),
        ("/available_begin_time", json!("2026-11-23T00:00:00"), "RFC 3339"),
        ("/available_begin_time", json!("2026-11-22T00:00:00+08:00"), "不得早于当前时间"),
        ("/available_end_time", json!("2026-11-22T00:00:00+08:00"), "不得早于available_begin_time"),
        ("/available_end_time", json!("2026-11-23T00:00:00+08:00"), "须晚于available_begin_time"),
        ("/available_end_time", json!("2027-11-22T00:00:00+08:00"), "不得超过90天"),
        ("/stock_use_rule/max_coupons", json!(4), "须在5到10000000之间，实际为4"),
        ("/stock_use_rule/max_coupons", json!(0), "不得小于1"),
        ("/stock_use_rule/max_coupons_per_user", json!(6), "不得大于max_coupons"),
        ("/stock_use_rule/max_amount", json!(2501), "须等于coupon_amount×max_coupons"),
        ("/stock_use_rule/max_amount_by_day", json!(2501), "不得大于max_amount"),
        ("/coupon_use_rule/fixed_normal_coupon/transaction_minimum", json!(500), "须大于coupon_amount"),
        ("/coupon_use_rule/goods_tag", json!(vec!["t"; 51]), "须有0到50项"),
        ("/coupon_use_rule/goods_tag", json!([]), "不能为空"),
        ("/coupon_use_rule/limit_pay", json!(["A", "B"]), "最多1项"),
        ("/coupon_use_rule/limit_card/bin", json!(["1"]), "6到9位数字"),
        ("/coupon_use_rule/unavailable_items", json!(["1"]), "暂未开放"),
        ("/pattern_info/mini_program_path", mini, "jump_target为MINI_PROGRAM时必填"),
    ] {
        // The place at which the value is put, which is not that of a missing member.
        let at = if value.is_object() { "/pattern_info" } else { pointer };
        let reply = client.post("/coupon-stocks", &with(full_terms(), at, value));
        assert_eq!(reply.status, 400, "{reply:?}");
        assert_chinese(&reply);
        let detail = &reply.json["detail"];
        assert_eq!(detail["field"], pointer, "{reply:?}");
        let said = detail["issue"].as_str().unwrap();
        assert!(said.contains(issue) && said != "不符合规则", "{pointer}: {said}");
    }
}

#[test]
fn a_wrong_type_is_not_called_missing() {
    let (client, stock) = Client::with_stock();
    let creator = json!({ "stock_creator_mchid": credentials().mchid() });
    let budget = json!({
        "stock_creator_mchid": credentials().mchid(), "target_max_amount": 3000, "current_max_amount": 2500,
    });
    let merchants = json!({ "stock_creator_mchid": credentials().mchid(), "add_mchid_list": ["1888888888"] });
    let callback = json!({ "mchid": credentials().mchid(), "notify_url": "https://merchant.example/" });
    let (pause, budget_path) =
        (format!("/stocks/{stock}/pause"), format!("/stocks/{stock}/max-amount-modify"));
    let merchants_path = format!("/stocks/{stock}/modify-merchants");
    for (path, body, required, wrong) in [
        ("/users/o1/coupons", send_body(&stock, "send-1"), "/stock_id", json!(10_000_001)),
        ("/users/o1/coupons", send_body(&stock, "send-1"), "/out_request_no", json!(1)),
        ("/users/o1/coupons", send_body(&stock, "send-1"), "/appid", json!(true)),
        ("/users/o1/coupons", send_body(&stock, "send-1"), "/stock_creator_mchid", json!(1_900_007_291)),
        (&pause, creator, "/stock_creator_mchid", json!(1_900_007_291)),
        (&budget_path, budget.clone(), "/target_max_amount", json!("3000")),
        (&budget_path, budget, "/current_max_amount", json!(2500.5)),
        (&merchants_path, merchants, "/stock_creator_mchid", json!(["1"])),
        ("/callbacks", callback.clone(), "/mchid", json!(1_900_007_291)),
        ("/callbacks", callback, "/notify_url", json!({})),
    ] {
        let issue = assert_names(&client.post(path, &with(body.clone(), required, wrong.clone())), required);
        assert!(issue.contains("类型错误") || issue.contains("不是整数"), "{required} {wrong}: {issue}");
        for missing in [without(body.clone(), required), with(body.clone(), required, "")] {
            let reply = client.post(path, &missing);
            let issue = assert_names(&reply, required);
            let is_number = wrong == "3000" || wrong == 2500.5;
            let empty_number = is_number && missing.pointer(required).is_some();
            assert_eq!(issue.contains("必填") || issue.contains("不能为空"), !empty_number, "{issue}");
        }
        let null = client.post(path, &with(body, required, Value::Null));
        assert!(assert_names(&null, required).contains("null"));
    }
    let wrong_entry = json!({ "stock_creator_mchid": credentials().mchid(), "add_mchid_list": ["1", 1] });
    assert!(
        assert_names(&client.post(&merchants_path, &wrong_entry), "/add_mchid_list/1").contains("类型错误")
    );
    let switch = json!({ "mchid": "1", "notify_url": "https://merchant.example/", "switch": "true" });
    let switch = with(switch, "/mchid", credentials().mchid());
    assert!(assert_names(&client.post("/callbacks", &switch), "/switch").contains("类型错误"));
}

#[test]
fn bodies_that_are_no_json_object_are_told_apart() {
    let client = Client::new();
    let post = |body: &[u8]| client.call("POST", &format!("{FAVOR}/coupon-stocks"), body);
    for (body, issue) in [
        (&b"\xef\xbb\xbf{}"[..], "BOM"),
        (b"{\"stock_name\":\"\xb4\xfa\"}", "UTF-8"),
        (b"", "不是合法的JSON"),
        (b"{'a':1}", "不是合法的JSON"),
        (b"[]", "不是JSON对象"),
        (b"null", "null"),
        (b"{\"a~/b\":[{\"c\":null}]}", "null"),
    ] {
        let pointer = if body.starts_with(b"{\"a") { "/a~0~1b/0/c" } else { "" };
        assert!(assert_names(&post(body), pointer).contains(issue), "{issue}");
    }
}

#[test]
fn a_query_parameter_given_twice_is_named() {
    let client = Client::new();
    for (query, name) in [
        (format!("{}&offset=0&limit=10&limit=10", creator_query()), "limit"),
        (format!("offset=0&{0}&limit=10&{0}", creator_query()), "stock_creator_mchid"),
        (format!("offset=0&%6Fffset=1&limit=10&{}", creator_query()), "offset"),
    ] {
        let reply = client.get(&format!("/stocks?{query}"));
        let detail = reply.assert_param_error();
        assert_eq!((&detail["field"], &detail["location"]), (&json!(name), &json!("query")));
        assert!(detail["issue"].as_str().unwrap().contains("重复"));
        assert_chinese(&reply);
    }
}

#[test]
fn a_plus_that_became_a_space_is_named() {
    let client = Client::new();
    let list = |time: &str| {
        client.get(&format!("/stocks?{}&offset=0&limit=10&create_start_time={time}", creator_query()))
    };
    let issue = |time: &str| list(time).assert_param_error()["issue"].as_str().unwrap().to_owned();
    for time in ["2026-11-23T00:00:00+08:00", "2026-11-23T00:00:00.120+08:00", "2026-11-23T00:00:00%2008:00"]
    {
        assert!(issue(time).contains("%2B"), "{time}");
    }
    for time in ["2026-11-23T00:00:00%2B0800", "2026-11-23+00:00:00%2B08:00", "2026-11-23", "1795363200"] {
        assert!(issue(time).contains("RFC 3339") && !issue(time).contains("%2B"), "{time}");
    }
    list("2026-11-23T00%3A00%3A00%2B08%3A00").ok();
    list("2026-11-22T16:00:00Z").ok();
}

#[test]
fn the_control_interface_answers_in_english_sentences() {
    let (client, _, coupon) = Client::with_coupon();
    for (path, body, pointer) in [
        ("/clock".to_owned(), json!({ "advance_seconds": "1" }), "/advance_seconds"),
        ("/clock".to_owned(), json!({ "advance_seconds": null }), "/advance_seconds"),
        ("/clock".to_owned(), json!([]), ""),
        (format!("/coupons/{coupon}/redeem"), json!({ "order_amount": "1" }), "/order_amount"),
        (format!("/coupons/{coupon}/redeem"), json!({ "order_amount": 1 }), "/order_amount"),
        (format!("/coupons/{coupon}/redeem"), json!({ "amount": 1 }), "/amount"),
        (format!("/coupons/{coupon}/redeem"), json!({ "consume_mchid": "x" }), "/consume_mchid"),
        (
            format!("/coupons/{coupon}/redeem"),
            json!({ "goods_detail": [{ "goods_id": "a", "quantity": "x" }] }),
            "/goods_detail/0/quantity",
        ),
        ("/notifications".to_owned(), json!({ "signed_by": "x" }), "/signed_by"),
        ("/certificates/mode".to_owned(), json!({ "mixed": "x" }), "/mixed"),
    ] {
        let reply = client.control_post(&path, body.clone());
        assert_eq!(reply.assert_param_error()["field"], pointer, "{body}");
        let message = reply.json["message"].as_str().unwrap();
        assert!(message.is_ascii() && message.starts_with("The ") && message.ends_with('.'), "{message}");
    }
    client.redeem(&coupon).ok();
    let refund = |coupon: &str| client.control("POST", &format!("/coupons/{coupon}/refund"));
    refund(&coupon).ok();
    for (reply, status) in [(client.redeem(&coupon), 409), (refund(&coupon), 409), (refund("1"), 404)] {
        assert_eq!(reply.status, status);
        let message = reply.json["message"].as_str().unwrap();
        assert!(message.starts_with("The") && message.ends_with('.'), "{message}");
    }
}
