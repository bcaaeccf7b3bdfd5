//! What a page is made of: the JSON of a control request, and who asks.

use http::request;
use maud::Markup;
use serde_json::Value;

use crate::console::text::Text;
use crate::diagnosis::visible_name;
use crate::protocol::language::prefers_english;
use crate::protocol::query::QueryString;

/// Shows the JSON of a control request.
pub(crate) type View = fn(&Value, &ViewContext) -> Markup;

/// Who asks for a page, and for which.
pub(crate) struct ViewContext {
    pub(crate) english: bool,
    pub(crate) path: String,
    /// The page that the navigation marks: for a form, the one that has it.
    pub(crate) within: String,
    pub(crate) query: QueryString,
    /// The names of all operations.
    pub(crate) operations: Vec<String>,
}

impl ViewContext {
    pub(crate) fn new(
        parts: &request::Parts,
        within: &str,
        query: QueryString,
        operations: Vec<String>,
    ) -> Self {
        Self {
            english: prefers_english(&parts.headers),
            path: parts.uri.path().to_owned(),
            within: within.to_owned(),
            query,
            operations,
        }
    }

    /// The page.
    pub(crate) fn show(&self, mut json: Value, view: View) -> String {
        make_visible(&mut json);
        view(&json, self).into_string()
    }

    /// A text in the language of the page.
    pub(crate) fn say(&self, zh: &'static str, en: &'static str) -> &'static str {
        Text(zh, en).get(self.english)
    }
}

/// Replaces characters that would hide others or turn them around, in every text.
fn make_visible(json: &mut Value) {
    match json {
        Value::String(text) if text.chars().any(|c| visible_name(c).is_some()) => {
            *text = text.chars().map(|c| visible_name(c).unwrap_or_else(|| c.to_string())).collect();
        }
        Value::Array(list) => list.iter_mut().for_each(make_visible),
        Value::Object(members) => {
            let changed: Vec<(String, Value)> = std::mem::take(members)
                .into_iter()
                .map(|(name, mut value)| {
                    make_visible(&mut value);
                    let mut name = Value::String(name);
                    make_visible(&mut name);
                    (name.as_str().unwrap_or_default().to_owned(), value)
                })
                .collect();
            members.extend(changed);
        }
        _ => {}
    }
}

/// The text of a member, or an empty text.
pub(crate) fn text<'a>(json: &'a Value, name: &str) -> &'a str {
    json.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The number of a member, or 0.
pub(crate) fn number(json: &Value, name: &str) -> i64 {
    json.get(name).and_then(Value::as_i64).unwrap_or_default()
}

/// The entries of a member that is a list.
pub(crate) fn list<'a>(json: &'a Value, name: &str) -> &'a [Value] {
    json.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A date and time without the `T` and the time zone, which is always that of Beijing.
pub(crate) fn time(json: &Value, name: &str) -> String {
    text(json, name).trim_end_matches("+08:00").replace('T', " ")
}
