//! What a request asks for: path segments, query and JSON, read leniently in form and strictly in content.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::protocol::answer::Answer;

/// Path segments, each decoded once. `None` when one is not UTF-8.
pub(crate) fn segments(path: &str) -> Option<Vec<String>> {
    path.strip_prefix('/')?
        .split('/')
        .map(|segment| Some(percent_decode_str(segment).decode_utf8().ok()?.into_owned()))
        .collect()
}

/// The query's parameters; `+` is a space, as clients in other languages write it.
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(query: &str) -> Result<Self, Answer> {
        let decode = |text: &str| {
            let text = text.replace('+', " ");
            let text = percent_decode_str(&text).decode_utf8().map(|text| text.into_owned());
            text.map_err(|_| Answer::param("query", "", Value::Null, "参数不是UTF-8"))
        };
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        });
        pairs.collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(candidate, _)| candidate == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&self, name: &str, issue: &str) -> Result<&str, Answer> {
        self.get(name).ok_or_else(|| Answer::param("query", name, Value::Null, issue))
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, Answer> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let wrong = || Answer::param("query", name, text.into(), "不是整数");
        text.parse().map(Some).map_err(|_| wrong())
    }
}

/// A JSON object without any `null`, which the platform does not take.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, Answer> {
    let wrong = |issue: &str| Answer::param("body", "", Value::Null, issue);
    let value: Value = serde_json::from_slice(body).map_err(|_| wrong("请求体不是合法的JSON"))?;
    if has_null(&value) {
        return Err(wrong("参数值不能为null"));
    }
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(wrong("请求体不是JSON对象")),
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

/// A text of the body that must be there.
pub(crate) fn text<'a>(
    body: &'a Map<String, Value>,
    name: &str,
    max: usize,
    issue: &str,
) -> Result<&'a str, Answer> {
    let value = body.get(name);
    let text = value.and_then(Value::as_str).filter(|text| !text.is_empty() && text.chars().count() <= max);
    text.ok_or_else(|| Answer::param("body", &format!("/{name}"), value.cloned().unwrap_or_default(), issue))
}
