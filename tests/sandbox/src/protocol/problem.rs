//! What is wrong with a value of a request, in words: Chinese in the platform's answers, English sentences in those of
//! the control interface.

use serde_json::Value;

use crate::protocol::reply::Reply;

/// The longest value that a text of the control interface repeats, in characters.
const MAX_SHOWN: usize = 100;

/// Who reads the answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A client of the platform.
    #[default]
    Merchant,
    /// Somebody who uses the control interface.
    Operator,
}

/// A mistake that any field can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    Missing,
    Null,
    Unknown,
    NotInteger,
    NotString,
    NotBoolean,
    NotArray,
    NotObject,
    WrongType,
    OutOfRange,
    Repeated,
    NotUtf8,
}

impl Problem {
    /// 400 `PARAM_ERROR`. `field` is a JSON pointer in the body, or the name of a query parameter.
    pub(crate) fn reply(self, reader: Reader, location: &str, field: &str, value: Value) -> Reply {
        let (zh, en) = self.words();
        if reader == Reader::Operator {
            return refused(location, field, value, en);
        }
        let message = if field.is_empty() { zh.to_owned() } else { format!("参数“{field}”{zh}") };
        Reply::param(location, field, value, zh).with_message(&message)
    }

    /// The problem as `detail.issue`, and as the predicate of an English sentence.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Missing => ("必填", "is required, but it is missing"),
            Self::Null => ("参数值不能为null", "must not be null; leave it out instead"),
            Self::Unknown => ("未知参数", "is not known here"),
            Self::NotInteger => ("不是整数", "must be an integer"),
            Self::NotString => ("类型错误，应为字符串", "must be a string"),
            Self::NotBoolean => ("类型错误，应为布尔值", "must be true or false"),
            Self::NotArray => ("类型错误，不是数组", "must be a list"),
            Self::NotObject => ("类型错误，不是对象", "must be an object"),
            Self::WrongType => ("类型错误", "has the wrong type"),
            Self::OutOfRange => ("数值超出范围", "must be an integer in the range of its type"),
            Self::Repeated => ("参数重复", "must be given once only"),
            Self::NotUtf8 => ("不是UTF-8", "must be UTF-8"),
        }
    }
}

/// 400 `PARAM_ERROR` of the control interface. `rule` is the predicate of a sentence, such as `must be true or false`.
pub(crate) fn refused(location: &str, field: &str, value: Value, rule: &str) -> Reply {
    let kind = if location == "query" { "query parameter" } else { "member" };
    let subject = match field {
        "" if location == "query" => "The query".to_owned(),
        "" => "The body".to_owned(),
        field => format!("The {kind} {field}"),
    };
    let got = match &value {
        _ if !rule.starts_with("must") || field.is_empty() => String::new(),
        Value::Null => ", but it is missing".to_owned(),
        value => format!(", but it is {}", shown(value)),
    };
    Reply::param(location, field, value, &format!("{subject} {rule}{got}."))
}

/// [`refused`] for a member of the body's top level.
pub(crate) fn refused_member(name: &str, value: Value, rule: &str) -> Reply {
    refused("body", &format!("/{}", escaped(name)), value, rule)
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(MAX_SHOWN).and_then(|(end, _)| text.get(..end)) {
        Some(beginning) => format!("{beginning}…"),
        None => text,
    }
}

/// Escapes a name for a JSON pointer, as RFC 6901 §3 defines it.
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
