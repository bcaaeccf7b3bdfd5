//! The query parameters of control requests: what is allowed, and the check.

use serde_json::{Value, json};

use crate::protocol::query::QueryString;
use crate::protocol::reply::Reply;

/// A query parameter of a control request.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) values: Values,
    /// What it selects, for the description of the interface.
    pub(crate) summary: &'static str,
}

/// The values that a parameter may have.
pub(crate) enum Values {
    Text,
    /// Both ends are included.
    Integer(u64, u64),
    Boolean,
    OneOf(&'static [&'static str]),
    /// The status of an answer, or `null` for none.
    HttpStatus,
}

/// The page of a list, counted in entries.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    pub(crate) offset: usize,
    pub(crate) limit: usize,
}

/// `offset` of a list: the number of entries that are left out.
pub(crate) const OFFSET: Parameter = Parameter {
    name: "offset",
    values: Values::Integer(0, u64::MAX),
    summary: "Number of entries to leave out; 0 by default.",
};
/// `limit` of a list.
pub(crate) const LIMIT: Parameter = Parameter {
    name: "limit",
    values: Values::Integer(1, 1000),
    summary: "Largest number of entries to return; 20 by default.",
};
/// The parameters of a list without filters.
pub(crate) const WINDOW: &[Parameter] = &[OFFSET, LIMIT];

/// Checks that all parameters are known, are given once, and have an allowed value. An empty value counts as absent.
pub(crate) fn check(known: &[Parameter], query: &QueryString) -> Result<(), Reply> {
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in query.pairs() {
        let Some(parameter) = known.iter().find(|parameter| parameter.name == name) else {
            let names: Vec<&str> = known.iter().map(|parameter| parameter.name).collect();
            let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(invalid(
                name,
                value,
                &format!("is not a parameter of this request, which has: {known}"),
            ));
        };
        if seen.contains(&name) {
            return Err(invalid(name, value, "is given more than once"));
        }
        seen.push(name);
        if !value.is_empty() && !parameter.values.allow(value) {
            return Err(invalid(name, value, &parameter.values.rule()));
        }
    }
    Ok(())
}

/// 400 for a parameter. `problem` continues the sentence that begins with its name.
pub(crate) fn invalid(name: &str, value: &str, problem: &str) -> Reply {
    Reply::param("query", name, value.into(), &format!("the query parameter {name} {problem}"))
}

/// Reads a number that was checked.
pub(crate) fn number(query: &QueryString, name: &str, default: u64) -> u64 {
    query.get(name).and_then(|text| text.parse().ok()).unwrap_or(default)
}

impl Window {
    /// Reads `offset` and `limit`, which were checked.
    pub(crate) fn of(query: &QueryString) -> Self {
        let read = |name, default| usize::try_from(number(query, name, default)).unwrap_or(usize::MAX);
        Self { offset: read("offset", 0), limit: read("limit", 20) }
    }

    /// The answer with this page of a list.
    pub(crate) fn page(self, total_count: usize, data: Vec<Value>) -> Reply {
        let Self { offset, limit } = self;
        Reply::ok(json!({ "total_count": total_count, "data": data, "offset": offset, "limit": limit }))
    }
}

impl Values {
    fn allow(&self, value: &str) -> bool {
        let integer = |text: &str, from: u64, to: u64| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            digits && text.parse::<u64>().is_ok_and(|number| (from..=to).contains(&number))
        };
        match self {
            Self::Text => true,
            Self::Integer(from, to) => integer(value, *from, *to),
            Self::Boolean => matches!(value, "true" | "false"),
            Self::OneOf(values) => values.contains(&value),
            Self::HttpStatus => value == "null" || integer(value, 100, 599),
        }
    }

    fn rule(&self) -> String {
        match self {
            Self::Text => "must be a text".to_owned(),
            Self::Integer(from, u64::MAX) => format!("must be an integer from {from}"),
            Self::Integer(from, to) => format!("must be an integer from {from} to {to}"),
            Self::Boolean => "must be true or false".to_owned(),
            Self::OneOf(values) => format!("must be one of {}", values.join(", ")),
            Self::HttpStatus => {
                "must be a status from 100 to 599, or null for requests without an answer".to_owned()
            }
        }
    }

    /// The values as a JSON schema.
    pub(crate) fn schema(&self) -> Value {
        match self {
            Self::Text => json!({ "type": "string" }),
            Self::Integer(from, u64::MAX) => json!({ "type": "integer", "minimum": from }),
            Self::Integer(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
            Self::Boolean => json!({ "type": "boolean" }),
            Self::OneOf(values) => json!({ "type": "string", "enum": values }),
            Self::HttpStatus => json!({ "type": "string", "pattern": "^([1-5][0-9][0-9]|null)$" }),
        }
    }
}
