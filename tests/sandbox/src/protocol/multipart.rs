//! A parser for `multipart/form-data`. It accepts any bytes and runs in linear time.

/// Limit of a part's header line. A form with a longer line is invalid.
const MAX_LINE: usize = 8 * 1024;

/// A part of a form.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    pub(crate) name: String,
    /// The `filename` attribute. The platform ignores `filename*`.
    pub(crate) filename: Option<String>,
    pub(crate) content: &'a [u8],
}

/// The part of a body that the signature of a request covers.
pub(crate) struct SignedPart<'a> {
    pub(crate) content: &'a [u8],
    /// Why there is none, in Chinese, if the content is empty for that reason.
    pub(crate) problem: Option<&'static str>,
}

impl<'a> SignedPart<'a> {
    pub(crate) fn new(content: &'a [u8]) -> Self {
        Self { content, problem: None }
    }

    pub(crate) fn none(problem: &'static str) -> Self {
        Self { content: b"", problem: Some(problem) }
    }
}

/// Parses a form. The error says, in Chinese, why the body is not a complete form.
pub(crate) fn read<'a>(content_type: &str, body: &'a [u8]) -> Result<Vec<Part<'a>>, &'static str> {
    let (kind, parameters) = header_value(content_type);
    if !kind.eq_ignore_ascii_case("multipart/form-data") {
        return Err("请求头Content-Type不是multipart/form-data（须带boundary参数）");
    }
    let boundary = attribute(&parameters, "boundary").unwrap_or_default();
    if boundary.is_empty() {
        return Err("请求头Content-Type缺少boundary参数，应为multipart/form-data; boundary=…");
    }
    // RFC 2046 allows 1 to 70 characters.
    if boundary.len() > 70 {
        return Err("请求头Content-Type的boundary超过70个字符");
    }
    if !body.windows(boundary.len()).any(|window| window == boundary.as_bytes()) {
        return Err("请求体中没有请求头Content-Type所说的boundary，两处的boundary应相同");
    }
    parts(boundary, body)
        .ok_or("请求体不是完整的multipart/form-data：以--boundary分隔，以--boundary--结尾，换行为CRLF")
}

/// Parses a body with this boundary.
fn parts<'a>(boundary: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let delimiter = [b"\r\n--", boundary.as_bytes()].concat();
    // At the start of the body, the delimiter has no line end before it.
    let first = delimiter.get(2..).and_then(|delimiter| body.strip_prefix(delimiter)).and_then(delimiter_end);
    let mut rest = match first {
        Some(rest) => rest,
        None => split_at_delimiter(body, &delimiter)?.1,
    };
    let mut parts = Vec::new();
    while let Some(part) = rest {
        let (disposition, content) = part_headers(part)?;
        let (content, next) = split_at_delimiter(content, &delimiter)?;
        if let Some((kind, attributes)) = disposition.as_deref().map(header_value)
            && kind.eq_ignore_ascii_case("form-data")
            && let Some(name) = attribute(&attributes, "name")
        {
            let filename = attribute(&attributes, "filename").map(str::to_owned);
            // Skips the line end of the empty line, which may be part of the delimiter.
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

/// Returns the `Content-Disposition` of a part, and the rest, which starts with the empty line after the headers.
fn part_headers(part: &[u8]) -> Option<(Option<String>, &[u8])> {
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

/// Returns the bytes before the next delimiter and the bytes after it. The latter are `None` after the last delimiter.
///
/// The only CR of a delimiter is its first byte, so no byte is compared more than twice.
fn split_at_delimiter<'a>(bytes: &'a [u8], delimiter: &[u8]) -> Option<(&'a [u8], Option<&'a [u8]>)> {
    let mut returns = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\r');
    returns.find_map(|(at, _)| {
        let (before, here) = bytes.split_at_checked(at)?;
        Some((before, here.strip_prefix(delimiter).and_then(delimiter_end)?))
    })
}

/// Parses the rest of a delimiter's line. Returns `None` if it has other content, because then it is not a delimiter.
fn delimiter_end(rest: &[u8]) -> Option<Option<&[u8]>> {
    if rest.starts_with(b"--") {
        return Some(None);
    }
    let padding = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    rest.get(padding..)?.strip_prefix(b"\r\n").map(Some)
}

/// Parses a header into its value and its attributes, which are tokens or quoted. A final `;` is allowed.
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

/// Returns the text up to the closing quote, and the rest. A backslash escapes a quote or a backslash. Before any other
/// character it is literal, as in the file paths that old browsers send.
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
