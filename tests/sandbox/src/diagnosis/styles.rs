//! The JSON texts of common libraries for the same data (H4).

use std::iter::once_with;

use crate::diagnosis::json_text::{Escape, Node, Style};
use crate::diagnosis::variation::Mistake;

pub(crate) const MISTAKE: Mistake = Mistake(
    "H4",
    "正文（body）被序列化了两次，签名的JSON与发送的JSON写法不同；应只序列化一次，签名和发送同一个字符串。",
    "The body was serialised twice, and the signed JSON differs from the JSON that was sent; serialise once, and sign and send the same text.",
);

const RAW: Escape = Escape { unicode: None, html: "", slash: false };
pub(crate) const COMPACT: Style = Style { comma: ",", colon: ":", indent: None, escape: RAW };

/// Separators and indentation: Java, JavaScript, Go and PHP; Python; pretty ones.
const LAYOUTS: [Style; 10] = [
    COMPACT,
    Style { comma: ", ", colon: ": ", ..COMPACT },
    Style { indent: Some(("\n", "  ")), colon: ": ", ..COMPACT },
    Style { indent: Some(("\n", "    ")), colon: ": ", ..COMPACT },
    Style { indent: Some(("\n", "\t")), colon: ": ", ..COMPACT },
    Style { indent: Some(("\n", "  ")), colon: " : ", ..COMPACT },
    Style { indent: Some(("\r\n", "  ")), colon: ": ", ..COMPACT },
    Style { indent: Some(("\r\n", "    ")), colon: ": ", ..COMPACT },
    Style { comma: ",", colon: ": ", ..COMPACT },
    Style { comma: ", ", colon: ":", ..COMPACT },
];

/// Python and PHP; Go, Gson and .NET.
const ESCAPES: [Escape; 12] = [
    RAW,
    Escape { unicode: Some(false), ..RAW },
    Escape { slash: true, ..RAW },
    Escape { unicode: Some(false), slash: true, ..RAW },
    Escape { html: "<>&\u{2028}\u{2029}", ..RAW },
    Escape { html: "<>&='", ..RAW },
    Escape { unicode: Some(true), ..RAW },
    Escape { unicode: Some(true), html: "<>&'+`", slash: false },
    Escape { unicode: Some(false), html: "<>&", slash: false },
    Escape { html: "<>&'", ..RAW },
    Escape { unicode: Some(true), slash: true, ..RAW },
    Escape { unicode: Some(true), html: "<>&", slash: false },
];

/// The most common styles, lazily.
pub(crate) fn likely(node: Node) -> impl Iterator<Item = String> {
    once_with({
        let node = node.clone();
        move || node
    })
    .chain(once_with(move || node.sorted()))
    .flat_map(|node| {
        LAYOUTS.iter().take(4).flat_map(move |layout| {
            let node = node.clone();
            ESCAPES.iter().take(6).map(move |escape| Style { escape: *escape, ..*layout }.write(&node))
        })
    })
}

/// All styles, lazily.
pub(crate) fn all(node: Node) -> impl Iterator<Item = String> {
    let plain = [node.clone(), node.sorted(), node.reversed()];
    let changed: Vec<Node> = CHANGES
        .iter()
        .filter_map(|change| node.map(change))
        .filter(|other| *other != node)
        .flat_map(|other| [other.sorted(), other])
        .collect();
    let many = plain.into_iter().flat_map(|node| {
        LAYOUTS.iter().flat_map(move |layout| {
            let node = node.clone();
            ESCAPES.iter().flat_map(move |escape| {
                let text = Style { escape: *escape, ..*layout }.write(&node);
                // Go's encoder ends with a newline.
                [format!("{text}\n"), text]
            })
        })
    });
    let few = changed.into_iter().flat_map(|node| {
        LAYOUTS.iter().take(4).flat_map(move |layout| {
            let node = node.clone();
            ESCAPES.iter().take(6).map(move |escape| Style { escape: *escape, ..*layout }.write(&node))
        })
    });
    many.chain(few)
}

type Change = fn(Node) -> Option<Node>;

/// What libraries change in the data: nulls, empty members and the form of numbers.
const CHANGES: [Change; 9] = [
    |node| Some(node).filter(|node| *node != Node::Literal("null".to_owned())),
    |node| match node {
        Node::Literal(text) if text == "null" => None,
        Node::Text(text) if text.is_empty() => None,
        Node::List(items) if items.is_empty() => None,
        Node::Map(members) if members.is_empty() => None,
        other => Some(other),
    },
    |node| match node {
        Node::Literal(text) if is_number(&text) => Some(Node::Text(text)),
        other => Some(other),
    },
    |node| match node {
        Node::Text(text) if is_number(&text) => Some(Node::Literal(text)),
        other => Some(other),
    },
    |node| match node {
        Node::Literal(text) if is_number(&text) && !text.contains('.') => Some(Node::Literal(text + ".0")),
        other => Some(other),
    },
    |node| match node {
        Node::Literal(text) if is_number(&text) && text.contains('.') => {
            Some(Node::Literal(text.trim_end_matches('0').trim_end_matches('.').to_owned()))
        }
        other => Some(other),
    },
    |node| match node {
        Node::Literal(text) if text == "true" => Some(Node::Literal("1".to_owned())),
        Node::Literal(text) if text == "false" => Some(Node::Literal("0".to_owned())),
        other => Some(other),
    },
    |node| match node {
        Node::Literal(text) if text == "true" || text == "false" => Some(Node::Text(text)),
        other => Some(other),
    },
    |node| match node {
        Node::List(items) if items.is_empty() => Some(Node::Map(Vec::new())),
        Node::Map(members) if members.is_empty() => Some(Node::List(Vec::new())),
        other => Some(other),
    },
];

fn is_number(text: &str) -> bool {
    // Longer digits are ids.
    text.len() <= 15
        && text.parse::<f64>().is_ok_and(f64::is_finite)
        && text.bytes().all(|b| b.is_ascii_digit() || b"-.".contains(&b))
}

/// How two JSON texts of the same data differ, in Chinese and English.
pub(crate) fn difference(sent: &[u8], signed: &[u8]) -> Option<(&'static str, &'static str)> {
    let (one, other) = (Node::parse(sent)?, Node::parse(signed)?);
    let bare = |text: &[u8]| -> Vec<u8> {
        let mut inside = false;
        let mut escaped = false;
        let keep = |byte: &u8| {
            let kept = inside || !byte.is_ascii_whitespace();
            if escaped {
                escaped = false;
            } else if *byte == b'"' {
                inside = !inside;
            } else {
                escaped = inside && *byte == b'\\';
            }
            kept
        };
        let mut keep = keep;
        text.iter().copied().filter(|byte| keep(byte)).collect()
    };
    Some(if bare(sent) == bare(signed) {
        ("空格或换行不同", "blanks or line ends differ")
    } else if one == other {
        ("转义不同（如 \\uXXXX、\\/）", "escapes differ, such as \\uXXXX or \\/")
    } else if one.sorted() == other.sorted() {
        ("键的顺序不同", "the order of the keys differs")
    } else {
        ("null、空值或数字的写法不同", "nulls, empty members or the form of numbers differ")
    })
}
