//! A response to another request is never read as a success, for every operation whose response repeats something of
//! its request. What is repeated is found by the serialised names, so that an operation that is added later is included.

use std::collections::BTreeSet;

use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value};
use wechatpay_core::testing::{Success, sendable};

use crate::responses::{WORLDS, World};
use crate::*;

/// Fields of a response that the request has too, but which are not compared.
struct NotCompared {
    operations: &'static [&'static str],
    fields: &'static [&'static str],
    /// Only if the request has this field.
    if_requested: Option<&'static str>,
}

const NOT_COMPARED: &[NotCompared] = &[
    // The platform may use another page size than the requested one, and so count pages in another way.
    NotCompared {
        operations: &["stock.list", "stock.merchants", "stock.items", "coupon.list"],
        fields: &["limit", "offset"],
        if_requested: None,
    },
    // Filters, not ids: `USED` lists `SENDED` too, and a status may change while the list is read.
    NotCompared {
        operations: &["stock.list", "coupon.list"],
        fields: &["data.status", "data.business_type"],
        if_requested: None,
    },
    // The platform then ignores other filters.
    NotCompared {
        operations: &["coupon.list"],
        fields: &["data.stock_id", "data.stock_creator_mchid"],
        if_requested: Some("available_mchid"),
    },
    // No response of the platform is known. These may be returned in another form.
    NotCompared {
        operations: &["platform_favor.create"],
        fields: &[
            "send_rule.natural_person_limit",
            "send_rule.prevent_api_abuse",
            "send_rule.deduct_balance_method",
            "use_rule.available_time.available_begin_time",
            "use_rule.available_time.available_end_time",
            "display_pattern.description",
        ],
        if_requested: None,
    },
];

/// A field that the response repeats under another name.
const OTHER_NAMES: &[(&str, &str, &str)] = &[
    ("stock.modify_budget", "target_max_amount", "max_amount"),
    ("coupon.list", "creator_mchid", "stock_creator_mchid"),
];

/// A field of a response that its request has too.
struct Repeated {
    /// The name with the objects around it, such as `send_rule.max_amount` or, in the entries of a list,
    /// `data.stock_id`.
    name: String,
    /// Its place in the response (RFC 6901).
    place: String,
    requested: Value,
    is_compared: bool,
}

fn repeated<O: ArbitraryOperation>(operation: &O, response: &Value) -> Vec<Repeated> {
    let Value::Object(mut request) = serde_json::to_value(operation).unwrap() else { return Vec::new() };
    for (_, requested, answered) in OTHER_NAMES.iter().filter(|(name, ..)| *name == O::NAME) {
        request.insert((*answered).to_owned(), request[*requested].clone());
    }
    let mut found = Vec::new();
    walk(&request, response, "", "", &mut found);
    for repeated in &mut found {
        repeated.is_compared = !NOT_COMPARED.iter().any(|not| {
            not.operations.contains(&O::NAME)
                && not.fields.contains(&repeated.name.as_str())
                && not.if_requested.is_none_or(|field| !request[field].is_null())
        });
    }
    found
}

fn walk(request: &Map<String, Value>, response: &Value, name: &str, place: &str, found: &mut Vec<Repeated>) {
    for (key, answered) in response.as_object().into_iter().flatten() {
        let (name, place) = (format!("{name}{key}"), format!("{place}/{key}"));
        match (request.get(key), answered) {
            (Some(Value::Object(requested)), _) => {
                walk(requested, answered, &format!("{name}."), &place, found);
            }
            (Some(Value::Null), _) => {}
            (Some(requested), _) => {
                found.push(Repeated { name, place, requested: requested.clone(), is_compared: true });
            }
            (None, Value::Array(entries)) => {
                for (at, entry) in entries.iter().enumerate() {
                    walk(request, entry, &format!("{name}."), &format!("{place}/{at}"), found);
                }
            }
            (None, _) => {}
        }
    }
}

fn change(value: &mut Value) {
    *value = match value {
        Value::String(text) => format!("{text}0").into(),
        Value::Bool(on) => (!*on).into(),
        Value::Number(number) => (number.as_i64().unwrap() ^ 1).into(),
        other => panic!("{other}"),
    };
}

fn read<O: ArbitraryOperation>(operation: &O, body: &Value) -> Result<Answer<O::Response>, Error> {
    let World { platform, client, .. } = &WORLDS[0];
    let response = platform.answer(200, body.to_string(), stamp()).unwrap();
    client.response(operation, &response, NOW)
}

#[derive(Default)]
struct EachField {
    compared: BTreeSet<(&'static str, String)>,
    not_compared: BTreeSet<(&'static str, String)>,
}

impl EachOperation for EachField {
    fn operation<O: ArbitraryOperation>(&mut self) {
        // Enough for each optional field to be present, and deterministic.
        const TRIES: usize = 64;
        let mut runner = TestRunner::deterministic();
        let request_and_response = (sendable::<O>(), any_arbitrary::<Success<O::Response>>());
        for _ in 0..TRIES {
            let (operation, success) = request_and_response.new_tree(&mut runner).unwrap().current();
            let right = success.answering(&operation).unwrap();
            let right = serde_json::to_value(&right.value).unwrap();
            for Repeated { name, place, requested, is_compared } in repeated(&operation, &right) {
                assert_eq!(right.pointer(&place), Some(&requested), "{}: {name}", O::NAME);
                let mut wrong = right.clone();
                change(wrong.pointer_mut(&place).unwrap());
                match read(&operation, &wrong) {
                    Err(Error::Mismatch(error)) if is_compared => assert_eq!(error.field(), name),
                    Ok(_) if !is_compared => {}
                    other => panic!("{}: {name} is another than requested: {other:?}", O::NAME),
                }
                let found = if is_compared { &mut self.compared } else { &mut self.not_compared };
                found.insert((O::NAME, name));
            }
        }
    }
}

#[test]
fn every_field_that_a_response_repeats_is_compared() {
    let mut fields = EachField::default();
    each_operation(&mut fields);
    println!("{:#?}", fields.compared);
    // The test has found the fields at all, among them those that are rarely present.
    for (operation, field) in [
        ("stock.start", "stock_id"),
        ("stock.query", "stock_creator_mchid"),
        ("stock.list", "data.stock_creator_mchid"),
        ("stock.modify_budget", "max_amount"),
        ("coupon.list", "data.stock_id"),
        ("coupon.list", "data.stock_creator_mchid"),
        ("callback.set", "notify_url"),
        ("platform_favor.create", "send_rule.max_coupons_by_day"),
        ("security.echo", "echo_message"),
    ] {
        assert!(fields.compared.contains(&(operation, field.to_owned())), "{operation}: {field}");
    }
    // Every exception is needed.
    for NotCompared { operations, fields: names, .. } in NOT_COMPARED {
        for name in *names {
            let mut found = operations.iter().map(|operation| (*operation, (*name).to_owned()));
            assert!(found.any(|field| fields.not_compared.contains(&field)), "{name}");
        }
    }
}

struct OfAnotherRequest;

impl EachOperation for OfAnotherRequest {
    fn operation<O: ArbitraryOperation>(&mut self) {
        proptest!(cases(48), |(right in sendable::<O>(), wrong in any_arbitrary::<O>(), success: Success<O::Response>)| {
            let response = serde_json::to_value(&success.answering(&right).unwrap().value).unwrap();
            prop_assert!(read(&right, &response).is_ok(), "{}", O::NAME);
            let differences: Vec<String> = repeated(&wrong, &response)
                .into_iter()
                .filter(|field| field.is_compared && response.pointer(&field.place) != Some(&field.requested))
                .map(|field| field.name)
                .collect();
            match read(&wrong, &response) {
                Ok(_) => prop_assert!(differences.is_empty(), "{}: {differences:?}", O::NAME),
                Err(Error::Mismatch(error)) => {
                    prop_assert!(differences.iter().any(|name| name == error.field()), "{}: {error}", O::NAME);
                }
                Err(error) => prop_assert!(false, "{}: {error:?}", O::NAME),
            }
        });
    }
}

#[test]
fn a_response_to_another_request_is_never_a_success() {
    each_operation(&mut OfAnotherRequest);
}
