//! `multipart/form-data`, read in one pass over whatever bytes arrive.

/// Longer header lines of a part make the form unreadable.
const MAX_LINE: usize = 8 * 1024;

/// A part of a form.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    pub(crate) name: String,
    /// The `filename` attribute; `filename*` is another one, which the platform does not know.
    pub(crate) filename: Option<String>,
    pub(crate) content: &'a [u8],
}

/// The parts of a form. `None` when the body is not a whole one.
pub(crate) fn read<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let (kind, parameters) = header_value(content_type);
    let boundary = attribute(&parameters, "boundary")?;
    // The longest that RFC 2046 allows.
    if !kind.eq_ignore_ascii_case("multipart/form-data") || !(1..=70).contains(&boundary.len()) {
        return None;
    }
    let delimiter = [b"\r\n--", boundary.as_bytes()].concat();
    // The first one may stand at the very beginning, without its line end.
    let first = delimiter.get(2..).and_then(|delimiter| body.strip_prefix(delimiter)).and_then(after);
    let mut rest = match first {
        Some(rest) => rest,
        None => cut(body, &delimiter)?.1,
    };
    let mut parts = Vec::new();
    while let Some(part) = rest {
        let (disposition, content) = headers(part)?;
        let (content, next) = cut(content, &delimiter)?;
        if let Some((kind, attributes)) = disposition.as_deref().map(header_value)
            && kind.eq_ignore_ascii_case("form-data")
            && let Some(name) = attribute(&attributes, "name")
        {
            let filename = attribute(&attributes, "filename").map(str::to_owned);
            // Without the line end of the empty line, which may itself be the delimiter's.
            parts.push(Part {
                name: name.to_owned(),
                filename,
                content: content.get(2..).unwrap_or_default(),
            });
        }
        rest = next;
    }
    Some(parts)
}

/// The `Content-Disposition` of a part, and the rest from the empty line on.
fn headers(part: &[u8]) -> Option<(Option<String>, &[u8])> {
    let mut disposition = None;
    let mut rest = part;
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
        let (line, next) = rest.split_at_checked(end)?;
        if line.is_empty() {
            return Some((disposition, rest));
        }
        if line.len() > MAX_LINE {
            return None;
        }
        let line = String::from_utf8_lossy(line);
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("content-disposition") {
            disposition.get_or_insert(value.to_owned());
        }
        rest = next.get(2..)?;
    }
}

/// What stands before the next delimiter, and what after it: nothing when it was the last.
///
/// A delimiter has its only CR at its beginning, so that no byte is compared more than twice.
fn cut<'a>(bytes: &'a [u8], delimiter: &[u8]) -> Option<(&'a [u8], Option<&'a [u8]>)> {
    let mut returns = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\r');
    returns.find_map(|(at, _)| {
        let (before, here) = bytes.split_at_checked(at)?;
        Some((before, here.strip_prefix(delimiter).and_then(after)?))
    })
}

/// The end of a delimiter's line. `None` when the line goes on: then it was none.
fn after(rest: &[u8]) -> Option<Option<&[u8]>> {
    if rest.starts_with(b"--") {
        return Some(None);
    }
    let padding = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    rest.get(padding..)?.strip_prefix(b"\r\n").map(Some)
}

/// A header's value, and its attributes: tokens or quoted, with or without a `;` at the end.
fn header_value(header: &str) -> (&str, Vec<(&str, String)>) {
    let (value, mut rest) = header.split_once(';').unwrap_or((header, ""));
    let mut attributes = Vec::new();
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_start_matches([';', ' ', '\t']).trim_end();
        let after = after.trim_start();
        let (text, next) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => {
                let (token, next) = after.split_once(';').unwrap_or((after, ""));
                (token.trim_end().to_owned(), next)
            }
        };
        attributes.push((name, text));
        rest = next;
    }
    (value.trim(), attributes)
}

/// The text up to the closing quote, and what follows it. A backslash stands before a quote or another one;
/// before anything else it is a character, as in the paths that old browsers send.
fn unquote(quoted: &str) -> (String, &str) {
    let mut text = String::new();
    let mut rest = quoted.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => break,
            '\\' => match rest.as_str().chars().next().filter(|next| matches!(next, '"' | '\\')) {
                Some(escaped) => {
                    text.push(escaped);
                    rest.next();
                }
                None => text.push(c),
            },
            _ => text.push(c),
        }
    }
    (text, rest.as_str())
}

fn attribute<'a>(attributes: &'a [(&str, String)], name: &str) -> Option<&'a str> {
    let (_, value) = attributes.iter().find(|(candidate, _)| candidate.eq_ignore_ascii_case(name))?;
    Some(value)
}
