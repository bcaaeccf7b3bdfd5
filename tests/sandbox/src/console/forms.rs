//! Forms: their HTML, and the conversion of what was filled in to a control request. Both are made from one table.

use bytes::Bytes;
use http::Method;
use maud::{Markup, html};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::console::text::Text;
use crate::console::view::ViewContext;
use crate::protocol::problem::refused_member;
use crate::protocol::query::QueryString;
use crate::protocol::reply::Reply;

/// What one segment of a path need not escape.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A form, and the control request that it makes.
pub(crate) struct Form {
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    /// The path of the control request. Its parameters are hidden fields.
    pub(crate) path: &'static str,
    /// The page that follows, with the same parameters.
    pub(crate) back: &'static str,
    /// The text of the button.
    pub(crate) button: Text,
    pub(crate) fields: &'static [Field],
}

/// A member of the body, or a [`Kind::Confirmation`].
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) label: Text,
}

/// What a field takes. An empty one is left out of the body.
pub(crate) enum Kind {
    Text,
    /// Several lines.
    Lines,
    Integer,
    /// A checkbox, which is `true` or absent.
    Checkbox,
    /// A checkbox that must be checked, and is no member of the body.
    Confirmation,
    /// Any JSON.
    Json,
    /// A JSON object whose members are added to the body.
    Members,
    /// The same, and it must not be empty.
    Document,
    Choice(&'static [(&'static str, Text)]),
    /// The same for `true` and `false`.
    TrueOrFalse(Text, Text),
    /// The name of an operation, or `*`.
    Operation,
    /// Set by the page.
    Hidden,
    /// [`Kind::Hidden`] for a number.
    HiddenInteger,
}

/// A form that was filled in.
pub(crate) struct Filled {
    /// The decoded segments of the path of the control request.
    pub(crate) segments: Vec<String>,
    pub(crate) body: Bytes,
    /// The page that follows.
    pub(crate) back: String,
}

impl Form {
    pub(crate) const fn new(
        name: &'static str,
        method: Method,
        path: &'static str,
        back: &'static str,
        button: Text,
        fields: &'static [Field],
    ) -> Self {
        Self { name, method, path, back, button, fields }
    }

    /// The form. `given` are the values of hidden fields and of parameters of the path, and of what is filled in.
    pub(crate) fn html(&self, context: &ViewContext, given: &[(&str, &str)]) -> Markup {
        let key = parameters(self.path).find_map(|name| value(given, name)).unwrap_or_default();
        self.html_for(context, key, given)
    }

    /// The form. `key` tells it from others of the same name in a page.
    pub(crate) fn html_for(&self, context: &ViewContext, key: &str, given: &[(&str, &str)]) -> Markup {
        let value = |name| value(given, name);
        let key = if key.is_empty() { String::new() } else { format!("-{key}") };
        html! {
            form
                id={ "form-" (self.name) (key) }
                action={ "/_sandbox/forms/" (self.name) }
                method="post" autocomplete="off"
            {
                @for name in parameters(self.path) {
                    input type="hidden" name=(name) value=(value(name).unwrap_or_default());
                }
                @for field in self.fields {
                    (field.html(context, &format!("{}{key}-{}", self.name, field.name), value(field.name)))
                }
                button type="submit" { (self.button.get(context.english)) }
            }
        }
    }

    /// Reads what was filled in.
    pub(crate) fn read(&self, body: &[u8]) -> Result<Filled, Reply> {
        let text = std::str::from_utf8(body)
            .map_err(|_| Reply::param("body", "", Value::Null, "The form must be UTF-8."))?;
        let sent = QueryString::parse_control(text)?;
        let value = |name: &str| sent.get(name).unwrap_or_default();
        let known = |name: &str| {
            parameters(self.path).any(|known| known == name)
                || self.fields.iter().any(|field| field.name == name)
        };
        if let Some((name, value)) = sent.pairs().find(|(name, _)| !known(name)) {
            return Err(refused_member(name, value.into(), "is not a field of this form"));
        }
        let mut members = Map::new();
        for field in self.fields {
            field.read(value(field.name), &mut members)?;
        }
        let fill = |part: &str| match parameter(part) {
            Some(name) => value(name).to_owned(),
            None => part.to_owned(),
        };
        let back = self.back.split('/').map(fill);
        let back: Vec<String> =
            back.map(|segment| utf8_percent_encode(&segment, SEGMENT).to_string()).collect();
        Ok(Filled {
            segments: self.path.split('/').skip(1).map(fill).collect(),
            body: if members.is_empty() { Bytes::new() } else { Value::Object(members).to_string().into() },
            back: back.join("/"),
        })
    }
}

fn value<'a>(given: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    given.iter().find(|(given, _)| *given == name).map(|(_, value)| *value)
}

/// The names of the parameters of a path.
fn parameters(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('/').filter_map(parameter)
}

fn parameter(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

impl Field {
    pub(crate) const fn new(name: &'static str, kind: Kind, label: Text) -> Self {
        Self { name, kind, label }
    }

    fn html(&self, context: &ViewContext, id: &str, value: Option<&str>) -> Markup {
        let label = self.label.get(context.english);
        let option = |name: &str, text: &str| {
            html! { option value=(name) selected[value == Some(name)] { (text) } }
        };
        match &self.kind {
            Kind::Hidden | Kind::HiddenInteger => {
                html! { input type="hidden" name=(self.name) value=(value.unwrap_or_default()); }
            }
            Kind::Checkbox | Kind::Confirmation => html! {
                span.field.check {
                    input id=(id) type="checkbox" name=(self.name) value="true"
                        required[matches!(self.kind, Kind::Confirmation)];
                    label for=(id) { (label) }
                }
            },
            kind => html! {
                span.field {
                    label for=(id) { (label) }
                    @match kind {
                        Kind::Lines | Kind::Members | Kind::Document => {
                            textarea id=(id) name=(self.name) rows=(if matches!(kind, Kind::Lines) { 6 } else { 2 })
                                required[matches!(kind, Kind::Document)] spellcheck="false" {
                                "\n" (value.unwrap_or_default())
                            }
                        }
                        Kind::Choice(choices) => select id=(id) name=(self.name) {
                            @for (name, text) in *choices { (option(name, text.get(context.english))) }
                        },
                        Kind::TrueOrFalse(yes, no) => select id=(id) name=(self.name) {
                            (option("true", yes.get(context.english)))
                            (option("false", no.get(context.english)))
                        },
                        Kind::Operation => select id=(id) name=(self.name) {
                            (option("*", context.say("* 所有操作", "* all operations")))
                            @for operation in &context.operations { (option(operation, operation)) }
                        },
                        Kind::Integer => input id=(id) name=(self.name) inputmode="numeric" size="8"
                            value=(value.unwrap_or_default());,
                        _ => input id=(id) name=(self.name) value=(value.unwrap_or_default()) size="16";,
                    }
                }
            },
        }
    }

    /// Adds the value to the body.
    fn read(&self, value: &str, members: &mut Map<String, Value>) -> Result<(), Reply> {
        let invalid = |rule: &str| refused_member(self.name, value.into(), rule);
        if value.is_empty() && !matches!(self.kind, Kind::Document | Kind::Confirmation) {
            return Ok(());
        }
        let value = match self.kind {
            Kind::Integer | Kind::HiddenInteger => {
                let number = value.trim().parse::<i64>();
                number.map_err(|_| invalid("must be an integer"))?.into()
            }
            Kind::Checkbox | Kind::TrueOrFalse(..) => match value {
                "true" => true.into(),
                "false" => false.into(),
                _ => return Err(invalid("must be true or false")),
            },
            Kind::Json => serde_json::from_str(value).map_err(|_| invalid("must be JSON"))?,
            Kind::Members | Kind::Document => {
                let more: Map<String, Value> =
                    serde_json::from_str(value).map_err(|_| invalid("must be a JSON object"))?;
                members.extend(more);
                return Ok(());
            }
            // Browsers send the lines of a form with CRLF.
            Kind::Lines => value.replace("\r\n", "\n").into(),
            Kind::Confirmation if value == "true" => return Ok(()),
            Kind::Confirmation => return Err(invalid("must be checked")),
            Kind::Text | Kind::Choice(_) | Kind::Operation | Kind::Hidden => value.into(),
        };
        members.insert(self.name.to_owned(), value);
        Ok(())
    }
}
