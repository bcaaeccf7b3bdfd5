//! A response loses nothing but what it does not have: no combination of absent parts makes it an error, and no two
//! responses that differ in an id, an amount, a state or anything else that is read are read alike.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use wechatpay_core::testing::{Success, simplest};

use crate::*;

/// The fields that identify a thing, or are the answer itself. All others may be absent.
const REQUIRED: [&str; 8] =
    ["stock_id", "coupon_id", "status", "stock_status", "url", "notify_url", "media_url", "echo_message"];

/// Those of the response to an operation.
fn required<O: Operation>() -> Vec<&'static str> {
    // It only repeats the URL of the request.
    let repeats = |name: &&str| O::NAME == SetCallback::NAME && *name == "notify_url";
    REQUIRED.into_iter().filter(|name| !repeats(name)).collect()
}

/// The ways in which an absent value may be written. `None` leaves the field out.
fn absent() -> [Option<Value>; 5] {
    [
        None,
        Some(Value::Null),
        Some("".into()),
        Some(Value::Array(Vec::new())),
        Some(Value::Object(Map::new())),
    ]
}

/// Replaces fields that are not required by absent ones, and adds absent entries to lists of objects, as `choices` says.
fn remove(value: &mut Value, required: &[&str], choices: &mut impl Iterator<Item = u8>) {
    match value {
        Value::Object(fields) => {
            for name in fields.keys().cloned().collect::<Vec<_>>() {
                let choice = choices.next().unwrap_or(0) / 32;
                match absent().get(usize::from(choice)) {
                    Some(absent) if !required.contains(&name.as_str()) => match absent {
                        None => drop(fields.remove(&name)),
                        Some(absent) => drop(fields.insert(name, absent.clone())),
                    },
                    _ => remove(&mut fields[&name], required, choices),
                }
            }
        }
        Value::Array(entries) => {
            entries.iter_mut().for_each(|entry| remove(entry, required, choices));
            let choice = usize::from(choices.next().unwrap_or(u8::MAX));
            if let Some(Some(absent)) = absent().get(choice / 32) {
                entries.insert(choice % (entries.len() + 1), absent.clone());
            }
        }
        _ => {}
    }
}

/// Leaves out everything that is absent, in whatever way it is written.
fn present(value: &Value) -> Option<Value> {
    let value = match value {
        Value::Object(fields) => {
            let present = fields.iter().filter_map(|(name, value)| Some((name.clone(), present(value)?)));
            Value::Object(present.collect())
        }
        Value::Array(entries) => entries.iter().filter_map(present).collect(),
        value => value.clone(),
    };
    (!absent().contains(&Some(value.clone()))).then_some(value)
}

/// The places of all texts, numbers and booleans.
fn leaves(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| leaves(value, format!("{place}/{name}"), found));
        }
        Value::Array(entries) => {
            entries.iter().enumerate().for_each(|(at, value)| leaves(value, format!("{place}/{at}"), found));
        }
        Value::Null => {}
        _ => found.push(place),
    }
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T, TestCaseError> {
    serde_json::from_value(value.clone()).map_err(|error| TestCaseError::fail(format!("{error}: {value}")))
}

fn nothing_is_lost<T>(value: &T, required: &[&str], choices: Vec<u8>) -> Result<(), TestCaseError>
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let written = serde_json::to_value(value).unwrap();
    prop_assert_eq!(&read::<T>(&written)?, value);
    let mut reduced = written.clone();
    remove(&mut reduced, required, &mut choices.into_iter());
    let again = serde_json::to_value(read::<T>(&reduced)?).unwrap();
    prop_assert_eq!(present(&again), present(&reduced));

    let mut places = Vec::new();
    leaves(&written, String::new(), &mut places);
    for place in places {
        let mut other = written.clone();
        let leaf = other.pointer_mut(&place).unwrap();
        *leaf = match &*leaf {
            Value::String(text) => format!("{text}0").into(),
            Value::Bool(on) => (!on).into(),
            Value::Number(number) => (number.as_i64().unwrap() ^ 1).into(),
            other => panic!("{other}"),
        };
        prop_assert!(read::<T>(&other)? != *value, "{place}: {other}");
    }
    Ok(())
}

struct NothingIsLost;

impl EachOperation for NothingIsLost {
    fn operation<O: ArbitraryOperation>(&mut self) {
        proptest!(cases(96), |(success: Success<O::Response>, choices: Vec<u8>)| {
            nothing_is_lost(&success.value, &required::<O>(), choices)?;
        });
    }
}

#[test]
fn absent_parts_lose_nothing_and_different_responses_read_differently() {
    each_operation(&mut NothingIsLost);
}

#[test]
fn absent_parts_lose_no_callback() {
    proptest!(cases(256), |(used: CouponUsed, choices: Vec<u8>)| {
        nothing_is_lost(&used, &["stock_id", "coupon_id"], choices)?;
    });
}

#[test]
fn what_identifies_the_answer_is_required() {
    struct Required(Vec<String>);
    impl EachOperation for Required {
        fn operation<O: ArbitraryOperation>(&mut self) {
            let simplest: Success<O::Response> = simplest().unwrap();
            let written = serde_json::to_value(&simplest.value).unwrap();
            for name in written.as_object().unwrap().keys() {
                for absent in absent() {
                    let mut reduced = written.clone();
                    let fields = reduced.as_object_mut().unwrap();
                    match absent {
                        None => drop(fields.remove(name)),
                        Some(absent) => drop(fields.insert(name.clone(), absent)),
                    }
                    let lost = serde_json::from_value::<O::Response>(reduced.clone()).is_err();
                    assert_eq!(lost, required::<O>().contains(&name.as_str()), "{}: {reduced}", O::NAME);
                    self.0.extend(lost.then(|| name.clone()));
                }
            }
        }
    }
    let mut required = Required(Vec::new());
    each_operation(&mut required);
    // The test has met each of them.
    assert!(REQUIRED.iter().all(|name| required.0.iter().any(|found| found == name)), "{:?}", required.0);
}
