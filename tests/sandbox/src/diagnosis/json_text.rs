//! A JSON text as other libraries write it. Order, numbers and duplicates are kept, unlike in `serde_json::Value`.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

const MAX_DEPTH: usize = 24;

#[derive(Clone, PartialEq)]
pub(crate) enum Node {
    /// A number, `true`, `false` or `null`, as it was written.
    Literal(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Collect).map(Members)
    }
}

impl Node {
    /// Parses a text. Returns `None` if it is not JSON or is nested deeply.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        Self::read(std::str::from_utf8(text).ok()?, MAX_DEPTH)
    }

    fn read(text: &str, depth: usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        let text = text.trim_matches([' ', '\t', '\r', '\n']);
        Some(match text.bytes().next()? {
            b'{' => {
                let Members(members) = serde_json::from_str(text).ok()?;
                let member = |(name, raw): (String, &RawValue)| Some((name, Self::read(raw.get(), depth)?));
                Self::Map(members.into_iter().map(member).collect::<Option<_>>()?)
            }
            b'[' => {
                let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
                Self::List(items.into_iter().map(|raw| Self::read(raw.get(), depth)).collect::<Option<_>>()?)
            }
            b'"' => Self::Text(serde_json::from_str(text).ok()?),
            _ => Self::Literal(serde_json::from_str::<&RawValue>(text).ok()?.get().to_owned()),
        })
    }

    /// Changes all nodes, the inner ones first. A node that becomes `None` is removed from its object.
    pub(crate) fn map(&self, change: &dyn Fn(Node) -> Option<Node>) -> Option<Node> {
        change(match self {
            Self::List(items) => Self::List(items.iter().filter_map(|item| item.map(change)).collect()),
            Self::Map(members) => Self::Map(
                members.iter().filter_map(|(name, node)| Some((name.clone(), node.map(change)?))).collect(),
            ),
            leaf => leaf.clone(),
        })
    }

    /// All members sorted by name.
    pub(crate) fn sorted(&self) -> Node {
        let sort = |node: Node| match node {
            Self::Map(mut members) => {
                members.sort_by(|(one, _), (other, _)| one.cmp(other));
                Some(Self::Map(members))
            }
            other => Some(other),
        };
        self.map(&sort).unwrap_or_else(|| self.clone())
    }

    pub(crate) fn reversed(&self) -> Node {
        let reverse = |node: Node| match node {
            Self::Map(members) => Some(Self::Map(members.into_iter().rev().collect())),
            other => Some(other),
        };
        self.map(&reverse).unwrap_or_else(|| self.clone())
    }
}

/// How a library writes JSON.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub(crate) comma: &'static str,
    pub(crate) colon: &'static str,
    /// The line end and one step of indentation.
    pub(crate) indent: Option<(&'static str, &'static str)>,
    pub(crate) escape: Escape,
}

#[derive(Clone, Copy)]
pub(crate) struct Escape {
    /// `\uXXXX` for what is not ASCII, in lower or upper case.
    pub(crate) unicode: Option<bool>,
    /// These too as `\u00XX`.
    pub(crate) html: &'static str,
    /// `\/`.
    pub(crate) slash: bool,
}

impl Style {
    pub(crate) fn write(&self, node: &Node) -> String {
        let mut text = String::new();
        self.node(node, 0, &mut text);
        text
    }

    fn node(&self, node: &Node, level: usize, out: &mut String) {
        match node {
            Node::Literal(literal) => out.push_str(literal),
            Node::Text(text) => self.text(text, out),
            Node::List(items) => {
                self.group(('[', ']'), items, level, out, &|item, level, out| self.node(item, level, out))
            }
            Node::Map(members) => self.group(('{', '}'), members, level, out, &|(name, node), level, out| {
                self.text(name, out);
                out.push_str(self.colon);
                self.node(node, level, out);
            }),
        }
    }

    fn group<T>(
        &self,
        (open, close): (char, char),
        items: &[T],
        level: usize,
        out: &mut String,
        write: &dyn Fn(&T, usize, &mut String),
    ) {
        out.push(open);
        let inner = level.saturating_add(1);
        for (number, item) in items.iter().enumerate() {
            if number > 0 {
                out.push_str(self.comma);
            }
            self.line(inner, out);
            write(item, inner, out);
        }
        if !items.is_empty() {
            self.line(level, out);
        }
        out.push(close);
    }

    fn line(&self, level: usize, out: &mut String) {
        if let Some((newline, step)) = self.indent {
            out.push_str(newline);
            (0..level).for_each(|_| out.push_str(step));
        }
    }

    fn text(&self, text: &str, out: &mut String) {
        out.push('"');
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '/' if self.escape.slash => out.push_str("\\/"),
                c if c < ' ' || self.escape.html.contains(c) => {
                    unicode(c, self.escape.unicode == Some(true), out);
                }
                c if !c.is_ascii() && self.escape.unicode.is_some() => {
                    unicode(c, self.escape.unicode == Some(true), out);
                }
                c => out.push(c),
            }
        }
        out.push('"');
    }
}

fn unicode(c: char, upper: bool, out: &mut String) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        out.push_str(&if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") });
    }
}
