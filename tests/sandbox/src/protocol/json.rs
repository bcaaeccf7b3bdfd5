//! Parsing and building of JSON bodies.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};

use crate::protocol::problem::{Problem, Reader, escaped, refused};
use crate::protocol::reply::Reply;

pub(crate) type Object = Map<String, Value>;

/// Parses the JSON object of a request to the platform, which rejects `null` at any depth.
pub(crate) fn object(body: &[u8]) -> Result<Object, Reply> {
    parse(body, Reader::Merchant)
}

/// Parses the JSON object of a request to the control interface.
pub(crate) fn control_object(body: &[u8]) -> Result<Object, Reply> {
    parse(body, Reader::Operator)
}

fn parse(body: &[u8], reader: Reader) -> Result<Object, Reply> {
    let invalid = |zh: &str, en: &str| match reader {
        Reader::Merchant => Reply::param("body", "", Value::Null, zh),
        Reader::Operator => refused("body", "", Value::Null, en),
    };
    let text = std::str::from_utf8(body).map_err(|_| invalid("请求体不是UTF-8", "must be UTF-8"))?;
    if text.starts_with('\u{feff}') {
        return Err(invalid("请求体不是合法的JSON：以BOM开头", "must be JSON without a byte order mark"));
    }
    let value = serde_json::from_str(text);
    let value: Value = value.map_err(|_| invalid("请求体不是合法的JSON", "must be JSON"))?;
    if let Some(pointer) = null_in(&value) {
        return Err(Problem::Null.reply(reader, "body", &pointer, Value::Null));
    }
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(invalid("请求体不是JSON对象", "must be a JSON object")),
    }
}

/// Returns the JSON pointer of the first `null`.
fn null_in(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Array(list) => {
            let mut entries = list.iter().enumerate();
            entries.find_map(|(at, value)| Some(format!("/{at}{}", null_in(value)?)))
        }
        Value::Object(object) => {
            let mut members = object.iter();
            members.find_map(|(name, value)| Some(format!("/{}{}", escaped(name), null_in(value)?)))
        }
        _ => None,
    }
}

/// Deserializes the body of a request to the platform. A text instead of a number, or a number instead of a text, is an
/// error: the core's types accept them, but only responses may have them.
pub(crate) fn typed<T: DeserializeOwned + Serialize>(object: Object) -> Result<T, Reply> {
    read(object, Reader::Merchant)
}

/// [`typed`] for a request to the control interface.
pub(crate) fn control_typed<T: DeserializeOwned + Serialize>(object: Object) -> Result<T, Reply> {
    read(object, Reader::Operator)
}

fn read<T: DeserializeOwned + Serialize>(object: Object, reader: Reader) -> Result<T, Reply> {
    let sent = Value::Object(object);
    let invalid = |pointer: &str, problem: Problem| {
        let value = sent.pointer(pointer).cloned().unwrap_or_default();
        problem.reply(reader, "body", pointer, value)
    };
    let read: T = serde_path_to_error::deserialize(&sent).map_err(|error| {
        let pointer = pointer(error.path());
        if let Some(list) = list_for_object::<T>(&sent, &pointer) {
            return invalid(list, Problem::NotObject);
        }
        let (pointer, problem) = problem_of(&error.inner().to_string(), pointer, &sent);
        invalid(&pointer, problem)
    })?;
    let again = serde_json::to_value(&read).map_err(|_| invalid("", Problem::WrongType))?;
    match other_type(&sent, &again, "") {
        Some((pointer, problem)) => Err(invalid(&pointer, problem)),
        None => Ok(read),
    }
}

/// Returns the JSON pointer of a place.
fn pointer(path: &Path) -> String {
    let segment = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", escaped(key)),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    };
    path.iter().map(segment).collect()
}

/// Returns the JSON pointer of a list on the way to `pointer` where an object belongs. serde reads a list as an object,
/// so the error is found at one of its entries. An empty object in its place tells: where a list belongs it is an error
/// itself, where an object belongs at most its members are missing.
fn list_for_object<'a, T: DeserializeOwned>(sent: &Value, pointer: &'a str) -> Option<&'a str> {
    let ends = pointer.char_indices().filter(|(_, c)| *c == '/').map(|(at, _)| at);
    let mut lists = ends
        .filter_map(|at| pointer.get(..at))
        .filter(|above| sent.pointer(above).is_some_and(Value::is_array));
    lists.find(|list| {
        let mut changed = sent.clone();
        if let Some(value) = changed.pointer_mut(list) {
            *value = Value::Object(Object::new());
        }
        let Err(error) = serde_path_to_error::deserialize::<_, T>(&changed) else { return true };
        self::pointer(error.path()) != *list || error.inner().to_string().starts_with("missing field")
    })
}

/// Returns the place and the kind of an error, whose text is serde's. `pointer` is the place where serde found it.
fn problem_of(text: &str, pointer: String, sent: &Value) -> (String, Problem) {
    let named = |prefix: &str| text.strip_prefix(prefix)?.split('`').next().map(escaped);
    if let Some(name) = named("missing field `") {
        return (format!("{pointer}/{name}"), Problem::Missing);
    }
    if let Some(name) = named("unknown field `") {
        let last = format!("/{name}");
        return (if pointer.ends_with(&last) { pointer } else { pointer + &last }, Problem::Unknown);
    }
    let expected = text.rsplit_once(", expected ").map_or("", |(_, expected)| expected);
    let integer = ["an integer", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"];
    let is = |words: &[&str]| words.iter().any(|word| expected.starts_with(word));
    let problem = match sent.pointer(&pointer) {
        Some(value) if value.is_i64() || value.is_u64() => match expected {
            "" => Problem::OutOfRange,
            _ if is(&integer) => Problem::OutOfRange,
            _ => type_problem(&is),
        },
        _ if is(&integer) => Problem::NotInteger,
        _ => type_problem(&is),
    };
    (pointer, problem)
}

fn type_problem(is: &dyn Fn(&[&str]) -> bool) -> Problem {
    match () {
        () if is(&["a string"]) => Problem::NotString,
        () if is(&["a boolean"]) => Problem::NotBoolean,
        () if is(&["a sequence", "a list"]) => Problem::NotArray,
        () if is(&["struct", "a map", "an object"]) => Problem::NotObject,
        () => Problem::WrongType,
    }
}

/// Returns the first value that was read as another type than it was sent.
fn other_type(sent: &Value, read: &Value, pointer: &str) -> Option<(String, Problem)> {
    let problem = match (sent, read) {
        (Value::Object(sent), Value::Object(read)) => {
            let mut both = sent.iter().filter_map(|(name, sent)| Some((name, sent, read.get(name)?)));
            return both.find_map(|(name, sent, read)| {
                other_type(sent, read, &format!("{pointer}/{}", escaped(name)))
            });
        }
        (Value::Array(sent), Value::Array(read)) => {
            let mut both = sent.iter().zip(read).enumerate();
            return both.find_map(|(at, (sent, read))| other_type(sent, read, &format!("{pointer}/{at}")));
        }
        (Value::Number(_), Value::Number(_)) | (Value::String(_), Value::String(_)) => return None,
        (Value::Bool(_), Value::Bool(_)) => return None,
        (_, Value::Number(_)) => Problem::NotInteger,
        (_, Value::String(_)) => Problem::NotString,
        (_, Value::Bool(_)) => Problem::NotBoolean,
        (_, Value::Array(_)) => Problem::NotArray,
        (_, Value::Object(_)) => Problem::NotObject,
        (_, Value::Null) => Problem::WrongType,
    };
    Some((pointer.to_owned(), problem))
}

/// Returns a required string of the body, which has at most `max` characters and is not empty. `missing` is the text
/// for one that is absent or empty.
pub(crate) fn text<'a>(body: &'a Object, name: &str, max: usize, missing: &str) -> Result<&'a str, Reply> {
    match body.get(name) {
        None => Err(invalid_field(name, Value::Null, missing)),
        Some(Value::String(text)) if text.is_empty() => Err(invalid_field(name, "".into(), missing)),
        Some(Value::String(text)) if text.chars().count() > max => {
            Err(invalid_field(name, text.as_str().into(), &format!("最多{max}个字符")))
        }
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(wrong(Problem::NotString, name, other)),
    }
}

/// What is wrong with a value that is no integer, or no integer of the type's range.
pub(crate) fn integer_problem(value: &Value) -> Problem {
    match value {
        Value::Null => Problem::Missing,
        Value::Number(number) if number.is_u64() || number.is_i64() => Problem::OutOfRange,
        _ => Problem::NotInteger,
    }
}

/// [`Problem::reply`] for a field of the body's top level.
pub(crate) fn wrong(problem: Problem, name: &str, value: &Value) -> Reply {
    problem.reply(Reader::Merchant, "body", &format!("/{}", escaped(name)), value.clone())
}

/// 400 `PARAM_ERROR` for a field of the body's top level.
pub(crate) fn invalid_field(name: &str, value: Value, issue: &str) -> Reply {
    Reply::param("body", &format!("/{}", escaped(name)), value, issue)
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
