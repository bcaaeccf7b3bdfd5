//! Parsing and building of JSON bodies.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};

use crate::protocol::reply::Reply;

pub(crate) type Object = Map<String, Value>;

/// Parses a JSON object. The platform rejects `null` at any depth.
pub(crate) fn object(body: &[u8]) -> Result<Object, Reply> {
    let invalid = |issue: &str| Reply::param("body", "", Value::Null, issue);
    let value: Value = serde_json::from_slice(body).map_err(|_| invalid("请求体不是合法的JSON"))?;
    if has_null(&value) {
        return Err(invalid("参数值不能为null"));
    }
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(invalid("请求体不是JSON对象")),
    }
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.iter().any(has_null),
        Value::Object(object) => object.values().any(has_null),
        _ => false,
    }
}

/// Deserializes an object. A text instead of a number, or a number instead of a text, is an error: the core's types
/// accept them, but only responses may have them.
pub(crate) fn typed<T: DeserializeOwned + Serialize>(object: Object) -> Result<T, Reply> {
    let sent = Value::Object(object);
    let read: T = serde_path_to_error::deserialize(&sent).map_err(|error| {
        let pointer = pointer(error.path());
        let value = sent.pointer(&pointer).cloned().unwrap_or_default();
        Reply::param("body", &pointer, value, &error.inner().to_string())
    })?;
    let again = serde_json::to_value(&read);
    let again = again.map_err(|error| Reply::param("body", "", Value::Null, &error.to_string()))?;
    same_types(&sent, &again, "")?;
    Ok(read)
}

/// Returns the JSON pointer of a place.
fn pointer(path: &Path) -> String {
    let segment = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{key}"),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    };
    path.iter().map(segment).collect()
}

/// Checks that each value that was read has the type that was sent.
fn same_types(sent: &Value, read: &Value, pointer: &str) -> Result<(), Reply> {
    match (sent, read) {
        (Value::Object(sent), Value::Object(read)) => {
            let mut both = sent.iter().filter_map(|(name, sent)| Some((name, sent, read.get(name)?)));
            both.try_for_each(|(name, sent, read)| same_types(sent, read, &format!("{pointer}/{name}")))
        }
        (Value::Array(sent), Value::Array(read)) => {
            let mut both = sent.iter().zip(read).enumerate();
            both.try_for_each(|(at, (sent, read))| same_types(sent, read, &format!("{pointer}/{at}")))
        }
        (Value::Number(_), Value::Number(_)) | (Value::String(_), Value::String(_)) => Ok(()),
        (Value::Bool(_), Value::Bool(_)) => Ok(()),
        (sent, Value::Number(_)) => Err(Reply::param("body", pointer, sent.clone(), "不是整数")),
        (sent, _) => Err(Reply::param("body", pointer, sent.clone(), "类型错误")),
    }
}

/// Returns a required string of the body, which has at most `max` characters and is not empty.
pub(crate) fn text<'a>(body: &'a Object, name: &str, max: usize, issue: &str) -> Result<&'a str, Reply> {
    let value = body.get(name);
    let text = value.and_then(Value::as_str).filter(|text| !text.is_empty() && text.chars().count() <= max);
    text.ok_or_else(|| invalid_field(name, value.cloned().unwrap_or_default(), issue))
}

/// 400 `PARAM_ERROR` for a field of the body's top level.
pub(crate) fn invalid_field(name: &str, value: Value, issue: &str) -> Reply {
    Reply::param("body", &format!("/{name}"), value, issue)
}

/// Removes the fields of an object that are `null`.
pub(crate) fn present(mut json: Value) -> Value {
    if let Value::Object(fields) = &mut json {
        fields.retain(|_, value| !value.is_null());
    }
    json
}

/// Adds a field to an object.
pub(crate) fn set(json: &mut Value, name: &str, value: impl Into<Value>) {
    if let Value::Object(fields) = json {
        fields.insert(name.to_owned(), value.into());
    }
}
