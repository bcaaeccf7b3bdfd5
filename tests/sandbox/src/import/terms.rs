//! The terms of a stock, as in the request that creates it.

use serde_json::{Value, json};
use wechatpay_core::Operation as _;
use wechatpay_core::cashcoupons::CreateCouponStock;

use crate::protocol::json::{Object, control_typed};
use crate::protocol::problem::{escaped, refused};
use crate::protocol::reply::Reply;

/// Reads terms. The merchant may be left out, because it can only be `mchid`. Times may have passed.
pub(super) fn read(mut terms: Object, pointer: &str, mchid: &str) -> Result<CreateCouponStock, Reply> {
    terms.entry("belong_merchant").or_insert_with(|| mchid.into());
    if let Some(Value::Object(rule)) = terms.get_mut("coupon_use_rule") {
        rule.entry("available_merchants").or_insert_with(|| json!([mchid]));
    }
    let sent = Value::Object(terms.clone());
    let read: CreateCouponStock = control_typed(terms).map_err(|error| error.below(pointer))?;
    let again = serde_json::to_value(&read).unwrap_or_default();
    if let Some(unknown) = unread(&sent, &again, "") {
        let value = sent.pointer(&unknown).cloned().unwrap_or_default();
        return Err(refused("body", &format!("{pointer}{unknown}"), value, "is not known here"));
    }
    let problem = read.validate().err().or_else(|| read.check(None).into_iter().next());
    if let Some(problem) = problem {
        let field = format!("/{}", problem.field().replace('.', "/"));
        let value = sent.pointer(&field).cloned().unwrap_or_default();
        let rule = problem.problem().to_string();
        return Err(refused("body", &format!("{pointer}{field}"), value, &rule));
    }
    if read.belong_merchant.as_str() != mchid {
        let rule = format!("must be {mchid}, the merchant of this sandbox, or left out");
        return Err(refused(
            "body",
            &format!("{pointer}/belong_merchant"),
            read.belong_merchant.as_str().into(),
            &rule,
        ));
    }
    Ok(read)
}

/// The first member that was sent and not read. Empty ones are read as absent.
fn unread(sent: &Value, read: &Value, pointer: &str) -> Option<String> {
    match (sent, read) {
        (Value::Object(sent), Value::Object(read)) => sent.iter().find_map(|(name, sent)| {
            let pointer = format!("{pointer}/{}", escaped(name));
            match read.get(name) {
                Some(read) => unread(sent, read, &pointer),
                None => (!is_empty(sent)).then_some(pointer),
            }
        }),
        (Value::Array(sent), Value::Array(read)) => {
            let mut both = sent.iter().zip(read).enumerate();
            both.find_map(|(at, (sent, read))| unread(sent, read, &format!("{pointer}/{at}")))
        }
        _ => None,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// The terms without members that are not set.
pub(super) fn json(terms: &CreateCouponStock) -> Value {
    let mut json = serde_json::to_value(terms).unwrap_or_default();
    remove_nulls(&mut json);
    json
}

fn remove_nulls(json: &mut Value) {
    match json {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(remove_nulls);
        }
        Value::Array(list) => list.iter_mut().for_each(remove_nulls),
        _ => {}
    }
}
