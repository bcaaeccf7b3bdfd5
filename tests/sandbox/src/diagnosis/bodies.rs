//! Mistakes in the body (H1 to H9).

use std::iter::once_with;

use http::header::CONTENT_TYPE;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::diagnosis::case::Case;
use crate::diagnosis::charset::{self, BOM};
use crate::diagnosis::encodings::ENCODINGS;
use crate::diagnosis::json_text::Node;
use crate::diagnosis::styles;
use crate::diagnosis::variation::{Mistake, Variation, Variations};
use crate::protocol::multipart;

/// Larger bodies are not rewritten.
const MAX_REWRITTEN: usize = 256 * 1024;

const GET_BODY: Mistake = Mistake(
    "H1",
    "没有正文的请求（如GET）签名时带了正文，如 {}、null 或 []；正文为空时签名串最后一行应为空。",
    "A request without a body, such as GET, was signed with a body such as {}, null or []; without a body the last line of the message is empty.",
);
const LEFT_OUT: Mistake = Mistake(
    "H2",
    "签名时漏了正文（body）：请求带有正文，签名串的最后一行却是空的（或 {}、null、[]）；应签名实际发送的正文。",
    "The body was left out of the signed message: the request has a body, but it was signed as if it were empty (or {}, null, []); sign the body that is sent.",
);
const NOT_SENT: Mistake = Mistake(
    "H3",
    "签名时有正文（body），但没有收到正文；请检查正文是否真的发送了。",
    "A body was signed, but no body arrived; check that it is sent.",
);
const BLANKS: Mistake = Mistake(
    "H5",
    "签名的正文（body）与发送的正文在首尾空白、换行或粘贴带入的字符上不同；两处应使用同一字节串。",
    "The signed body and the body that was sent differ in blanks or line ends, or in characters that pasting brings in; use the same bytes in both places.",
);
const CHARSET: Mistake = Mistake(
    "H6",
    "签名的正文（body）与发送的正文编码不同（如GBK、ISO-8859-1、UTF-16或乱码）；两处都应使用UTF-8编码。",
    "The signed body and the body that was sent are in different encodings, such as GBK, ISO-8859-1 or UTF-16; use UTF-8 in both places.",
);
const MARK: Mistake = Mistake(
    "H7",
    "签名的正文（body）与发送的正文只差一个BOM（字节序标记 EF BB BF）；应去掉BOM。",
    "The signed body and the body that was sent differ in a BOM (byte order mark, EF BB BF); leave it out.",
);
const WHOLE_FORM: Mistake = Mistake(
    "H8",
    "上传文件时签名了整个multipart正文（body）；应只签名meta部分的JSON。",
    "The whole multipart body was signed; for an upload, sign only the JSON of the meta part.",
);
const OTHER_PART: Mistake = Mistake(
    "H8",
    "上传文件时签名的不是multipart正文（body）中meta部分的JSON；应只签名它，不含文件内容。",
    "Another part of the multipart body than the JSON of the meta part was signed; for an upload, sign only that.",
);
const FORM: Mistake = Mistake(
    "H9",
    "签名的正文（body）与发送的正文格式不同：一处是JSON，另一处是表单、JSON字符串或对象的文本形式；两处应使用同一个JSON文本。",
    "The signed body and the body that was sent have different formats: one is JSON, the other a form, a string of JSON or the text of an object; use the same JSON text in both places.",
);

/// All variations of the body, the most likely ones first. They are made when they are asked for, so that a large body
/// costs nothing before the simple mistakes are tried.
pub(crate) fn bodies<'a>(case: &'a Case<'a>) -> impl Iterator<Item = Variation> + 'a {
    let sent: &[u8] = &case.signed;
    let rewritten = !sent.is_empty() && sent.len() <= MAX_REWRITTEN;
    let serialized = move |value: String| {
        let value = value.into_bytes();
        (value != sent).then_some(Variation { value, mistake: styles::MISTAKE })
    };
    let node = move || rewritten.then(|| Node::parse(sent.strip_prefix(BOM).unwrap_or(sent))).flatten();
    once_with(move || simple(case))
        .chain(once_with(move || if rewritten { texts(sent) } else { Vec::new() }))
        .chain(once_with(move || {
            let mut variations = Variations::of(sent);
            if rewritten {
                formats(sent, node().as_ref(), &mut variations);
            }
            variations.list
        }))
        .flatten()
        .chain(once_with(node).flatten().flat_map(styles::likely).filter_map(serialized))
        .chain(once_with(move || if rewritten { pasted(sent) } else { Vec::new() }).flatten())
        .chain(once_with(node).flatten().flat_map(styles::all).filter_map(serialized))
}

/// Mistakes that do not depend on what the body says.
fn simple(case: &Case<'_>) -> Vec<Variation> {
    let sent: &[u8] = &case.signed;
    let mut variations = Variations::of(sent);
    if sent.is_empty() {
        unsent(case, &mut variations);
    } else {
        variations.push("", LEFT_OUT);
        for other in ["{}", "null", "[]", "\"\""] {
            variations.push(other, LEFT_OUT);
        }
    }
    form(case, &mut variations);
    variations.list
}

/// The same text with other marks, blanks and encodings.
fn texts(sent: &[u8]) -> Vec<Variation> {
    let mut variations = Variations::of(sent);
    variations.push(sent.strip_prefix(BOM).unwrap_or(sent), MARK);
    variations.push([BOM, sent].concat(), MARK);
    blanks(sent, &mut variations);
    for other in charset::others(sent) {
        variations.push(other, CHARSET);
    }
    variations.list
}

/// Characters that pasting brings in.
fn pasted(sent: &[u8]) -> Vec<Variation> {
    let mut variations = Variations::of(sent);
    for (from, to) in [
        ("“", "\""),
        ("”", "\""),
        ("，", ","),
        ("：", ":"),
        ("\u{a0}", " "),
        ("\u{200b}", ""),
        ("\t", "    "),
    ] {
        variations.push(String::from_utf8_lossy(sent).replace(from, to), BLANKS);
    }
    variations.list
}

/// Bodies that clients sign when they send none.
fn unsent(case: &Case<'_>, variations: &mut Variations<'_>) {
    let mistake = if matches!(case.method, "GET" | "HEAD" | "DELETE") { GET_BODY } else { NOT_SENT };
    for body in [
        "{}",
        "null",
        "[]",
        "\"\"",
        "undefined",
        "{}\n",
        "[object Object]",
        "None",
        "\"{}\"",
        "{ }",
        "Array",
        "nil",
        " ",
    ] {
        variations.push(body, mistake);
    }
    let Some((_, query)) = case.target.split_once('?') else { return };
    variations.push(query, mistake);
    for numbers in [false, true] {
        let parameters: Vec<(String, Value)> = pairs(query)
            .into_iter()
            .map(|(name, value)| {
                let number = value.parse::<i64>().ok().filter(|_| numbers);
                (name, number.map_or_else(|| Value::from(value), Value::from))
            })
            .collect();
        let member = |(name, value): &(String, Value)| {
            let value = match value {
                Value::String(text) => Node::Text(text.clone()),
                other => Node::Literal(other.to_string()),
            };
            (name.clone(), value)
        };
        let object = Node::Map(parameters.iter().map(member).collect());
        for text in styles::likely(object) {
            variations.push(text, mistake);
        }
    }
}

/// Names and values of a form or query, decoded.
fn pairs(text: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    };
    text.split('&').filter(|one| !one.is_empty()).map(pair).collect()
}

fn form(case: &Case<'_>, variations: &mut Variations<'_>) {
    let content_type = case.header(CONTENT_TYPE.as_str()).unwrap_or_default();
    if !content_type.to_ascii_lowercase().starts_with("multipart/") {
        return;
    }
    variations.push(case.body, WHOLE_FORM);
    if let Ok(parts) = multipart::read(content_type, case.body) {
        for part in parts.iter().take(8) {
            variations.push(part.content, OTHER_PART);
            if part.content.len() <= MAX_REWRITTEN {
                variations.push([part.content, b"\r\n"].concat(), OTHER_PART);
            }
        }
    }
}

fn blanks(sent: &[u8], variations: &mut Variations<'_>) {
    variations.push(sent.trim_ascii(), BLANKS);
    variations.push(sent.trim_ascii_end(), BLANKS);
    for end in ["\n", "\r\n", " ", "\n\n", "\0"] {
        variations.push([sent, end.as_bytes()].concat(), BLANKS);
    }
    variations.push([b"\n", sent].concat(), BLANKS);
    variations.push([b" ", sent].concat(), BLANKS);
    if let Ok(text) = std::str::from_utf8(sent) {
        for other in [
            text.replace("\r\n", "\n"),
            text.replace("\r\n", "\n").replace('\n', "\r\n"),
            text.replace(['\r', '\n'], ""),
            text.replace(['\r', '\n', '\t', ' '], ""),
        ] {
            variations.push(other, BLANKS);
        }
    }
}

/// Other formats of the same data.
fn formats(sent: &[u8], node: Option<&Node>, variations: &mut Variations<'_>) {
    let Ok(text) = std::str::from_utf8(sent) else { return };
    variations.push(json!(text).to_string(), FORM);
    variations.push(json!(text).to_string().replace('/', "\\/"), FORM);
    for encoding in ENCODINGS.iter().take(4) {
        variations.push(encoding.encode(sent), FORM);
    }
    variations.push(percent_decode_str(text).decode_utf8_lossy().into_owned(), FORM);
    variations.push(percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned(), FORM);
    for other in ["[object Object]", "Array"] {
        variations.push(other, FORM);
    }
    match node {
        Some(Node::Text(inner)) => {
            variations.push(inner.as_str(), FORM);
            if let Some(inner) = Node::parse(inner.as_bytes()) {
                styles::likely(inner).for_each(|text| variations.push(text, FORM));
            }
        }
        Some(Node::Map(members)) => {
            for sorted in [false, true] {
                let mut fields: Vec<(&str, String)> =
                    members.iter().map(|(name, node)| (name.as_str(), scalar(node))).collect();
                if sorted {
                    fields.sort();
                }
                let join = |encode: &dyn Fn(&str) -> String, between: &str| {
                    fields
                        .iter()
                        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
                        .collect::<Vec<_>>()
                        .join(between)
                };
                variations.push(join(&str::to_owned, "&"), FORM);
                for encoding in ENCODINGS.iter().take(6) {
                    variations.push(join(&|text| encoding.encode(text.as_bytes()), "&"), FORM);
                }
                variations.push(format!("{{{}}}", join(&str::to_owned, ", ")), FORM);
            }
            variations.push(python(node), FORM);
        }
        Some(_) => {}
        None if text.contains('=') && !text.contains('{') => {
            let member = |(name, value)| (name, Node::Text(value));
            let object = Node::Map(pairs(text).into_iter().map(member).collect());
            styles::likely(object).for_each(|text| variations.push(text, FORM));
            variations.push(percent_decode_str(text).decode_utf8_lossy().into_owned(), FORM);
        }
        None => {}
    }
}

fn scalar(node: &Node) -> String {
    match node {
        Node::Text(text) => text.clone(),
        Node::Literal(literal) => literal.clone(),
        other => styles::COMPACT.write(other),
    }
}

/// The text of a Python object.
fn python(node: Option<&Node>) -> String {
    match node {
        None => String::new(),
        Some(Node::Literal(literal)) => match literal.as_str() {
            "true" => "True".to_owned(),
            "false" => "False".to_owned(),
            "null" => "None".to_owned(),
            number => number.to_owned(),
        },
        Some(Node::Text(text)) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        Some(Node::List(items)) => {
            format!("[{}]", items.iter().map(|item| python(Some(item))).collect::<Vec<_>>().join(", "))
        }
        Some(Node::Map(members)) => {
            let member = |(name, node): &(String, Node)| format!("'{name}': {}", python(Some(node)));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
    }
}
