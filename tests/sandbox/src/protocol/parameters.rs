//! Reads the JSON objects of the control interface member by member, so that a member that nobody reads is an error.

use http::HeaderValue;
use serde_json::Value;
use wechatpay_core::types::{Timestamp, UnixSeconds};

use crate::protocol::json::Object;
use crate::protocol::problem::{escaped, refused};
use crate::protocol::reply::Reply;

/// The members of a JSON object that are not read yet.
pub(crate) struct Parameters {
    members: Object,
    /// The JSON pointer of the object.
    pointer: String,
}

impl Parameters {
    pub(crate) fn new(members: Object) -> Self {
        Self { members, pointer: String::new() }
    }

    /// Those of an object that is at `pointer` in the body.
    pub(crate) fn at(members: Object, pointer: String) -> Self {
        Self { members, pointer }
    }

    /// The error for a member with this value.
    pub(crate) fn invalid(&self, name: &str, value: Value, rule: &str) -> Reply {
        refused("body", &format!("{}/{}", self.pointer, escaped(name)), value, rule)
    }

    /// Reads a member with `parse`, which returns `None` if the value is not as `rule` says.
    fn optional<T>(
        &mut self,
        name: &str,
        rule: &str,
        parse: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, Reply> {
        let Some(value) = self.members.remove(name) else { return Ok(None) };
        match parse(&value) {
            Some(parsed) => Ok(Some(parsed)),
            None => Err(self.invalid(name, value, rule)),
        }
    }

    pub(crate) fn optional_text(&mut self, name: &str) -> Result<Option<String>, Reply> {
        self.optional(name, "must be a string", |value| value.as_str().map(str::to_owned))
    }

    pub(crate) fn text(&mut self, name: &str) -> Result<String, Reply> {
        let text = self.optional_text(name)?;
        text.ok_or_else(|| self.invalid(name, Value::Null, "must be a string"))
    }

    /// Reads one of these texts.
    pub(crate) fn one_of(
        &mut self,
        name: &str,
        known: &[&'static str],
    ) -> Result<Option<&'static str>, Reply> {
        let quoted: Vec<String> = known.iter().map(|known| format!("{known:?}")).collect();
        let rule = format!("must be {}", quoted.join(" or "));
        self.optional(name, &rule, |value| known.iter().find(|known| *value == **known).copied())
    }

    pub(crate) fn number(&mut self, name: &str) -> Result<Option<u64>, Reply> {
        self.optional(name, "must be an integer from 0", Value::as_u64)
    }

    /// Reads an integer from 1.
    pub(crate) fn positive(&mut self, name: &str) -> Result<Option<u64>, Reply> {
        let parse = |value: &Value| value.as_u64().filter(|number| *number > 0);
        self.optional(name, "must be an integer from 1", parse)
    }

    pub(crate) fn boolean(&mut self, name: &str) -> Result<Option<bool>, Reply> {
        self.optional(name, "must be true or false", Value::as_bool)
    }

    /// Reads a time of RFC 3339 from 1970 to 9999, or Unix seconds.
    pub(crate) fn time(&mut self, name: &str) -> Result<Option<UnixSeconds>, Reply> {
        let rule = "must be a time of RFC 3339, such as \"2026-12-24T10:00:00+08:00\", or Unix seconds";
        self.optional(name, rule, |value| {
            let seconds = match value {
                Value::String(text) => Timestamp::from(text.as_str()).unix_seconds()?.try_into().ok()?,
                other => other.as_u64()?,
            };
            Timestamp::from_unix(seconds).map(|_| seconds)
        })
    }

    /// Takes a member, whatever it is.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name)
    }

    pub(crate) fn header(&mut self, name: &str) -> Result<Option<HeaderValue>, Reply> {
        let parse = |value: &Value| HeaderValue::from_str(value.as_str()?).ok();
        self.optional(name, "must be a valid header value", parse)
    }

    pub(crate) fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, Reply> {
        let parse =
            |value: &Value| value.as_array()?.iter().map(|entry| entry.as_str().map(str::to_owned)).collect();
        self.optional(name, "must be a list of strings", parse)
    }

    pub(crate) fn object(&mut self, name: &str) -> Result<Option<Self>, Reply> {
        let pointer = format!("{}/{}", self.pointer, escaped(name));
        let members = self.optional(name, "must be an object", |value| value.as_object().cloned())?;
        Ok(members.map(|members| Self { members, pointer }))
    }

    /// Takes the name of the first member that is not read yet and that `which` accepts.
    pub(crate) fn next_name(&self, which: impl Fn(&str) -> bool) -> Option<String> {
        self.members.keys().find(|name| which(name)).cloned()
    }

    /// Refuses what is left. `rule` is the predicate of a sentence, such as `is not a parameter of delay`.
    pub(crate) fn end(self, rule: &str) -> Result<(), Reply> {
        match self.members.iter().next() {
            Some((name, value)) => Err(self.invalid(name, value.clone(), rule)),
            None => Ok(()),
        }
    }
}
