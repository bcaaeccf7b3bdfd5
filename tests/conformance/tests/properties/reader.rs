//! Strict readers for requests, independent of the core. All rules are from RFC 3986, 7230 or 2046, or from the
//! platform's documentation of `Authorization`.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Request;

const SCHEME: &[u8] = b"WECHATPAY2-SHA256-RSA2048 ";
/// In alphabetical order.
const FIELDS: [&str; 5] = ["mchid", "nonce_str", "serial_no", "signature", "timestamp"];

/// Reads the fields of an `Authorization` header: the scheme, one space, then `name="value"` pairs separated by commas.
/// There must be exactly the five documented fields, each once. Values are printable ASCII without quotes and
/// backslashes.
pub(crate) fn authorization(header: &[u8]) -> Result<BTreeMap<String, String>, String> {
    let mut fields = BTreeMap::new();
    let mut rest = header.strip_prefix(SCHEME).ok_or("wrong scheme")?;
    loop {
        let len = rest.iter().take_while(|byte| byte.is_ascii_lowercase() || **byte == b'_').count();
        let (name, after) = rest.split_at(len);
        let after = after.strip_prefix(b"=\"").ok_or("no quote before a value")?;
        let len = after.iter().take_while(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(byte)).count();
        let (value, after) = after.split_at(len);
        let after = after.strip_prefix(b"\"").ok_or("invalid character in a value")?;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        if fields.insert(text(name), text(value)).is_some() {
            return Err("duplicate field".to_owned());
        }
        match after {
            [] => break,
            [b',', next @ ..] => rest = next,
            _ => return Err("no comma after a value".to_owned()),
        }
    }
    match fields.keys().eq(FIELDS) {
        true => Ok(fields),
        false => Err(format!("unexpected fields: {:?}", fields.keys())),
    }
}

/// The message that the platform builds from a request to verify its signature ("构造验签名串").
pub(crate) fn message(request: &Request<Bytes>) -> Result<Vec<u8>, String> {
    let fields = authorization(request.headers()["authorization"].as_bytes())?;
    let target = request.uri().path_and_query().ok_or("no target")?.as_str();
    let signed = match request.headers().get("content-type").map(|kind| kind.to_str().unwrap()) {
        Some(kind) if kind.starts_with("multipart/") => {
            let parts = multipart(kind, request.body())?;
            let meta = parts.iter().find(|part| part.head.iter().any(|line| line.contains("name=\"meta\"")));
            meta.ok_or("no part named meta")?.content
        }
        _ => request.body(),
    };
    let lines = [
        request.method().as_str().as_bytes(),
        target.as_bytes(),
        fields["timestamp"].as_bytes(),
        fields["nonce_str"].as_bytes(),
        signed,
    ];
    Ok(lines.iter().flat_map(|line| line.iter().copied().chain([b'\n'])).collect())
}

/// The decoded segments of a path and pairs of a query.
#[derive(Debug, PartialEq)]
pub(crate) struct Target {
    pub(crate) segments: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
}

/// Reads a target that all servers interpret the same way: without empty or dot segments, and with only unreserved
/// characters and `%XX` for all others, so that the normalization of RFC 3986, 6.2.2, does not change it.
pub(crate) fn target(text: &str) -> Result<Target, String> {
    let (path, query) = match text.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (text, None),
    };
    let path = path.strip_prefix('/').ok_or("the target does not begin with a slash")?;
    let segment = |segment: &str| match segment {
        "" | "." | ".." => Err(format!("the segment {segment:?} is not allowed")),
        _ => decoded(segment),
    };
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').ok_or(format!("no = in {pair:?}"))?;
        Ok::<_, String>((decoded(name)?, decoded(value)?))
    };
    Ok(Target {
        segments: path.split('/').map(segment).collect::<Result<_, _>>()?,
        query: query.map_or(Ok(Vec::new()), |query| query.split('&').map(pair).collect())?,
    })
}

pub(crate) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn decoded(text: &str) -> Result<String, String> {
    let digit = |byte: Option<u8>| match byte {
        Some(byte @ b'0'..=b'9') => Ok(byte - b'0'),
        Some(byte @ b'A'..=b'F') => Ok(byte - b'A' + 10),
        other => Err(format!("{other:?} is not an upper-case hexadecimal digit")),
    };
    let (mut out, mut bytes) = (Vec::new(), text.bytes());
    while let Some(byte) = bytes.next() {
        if is_unreserved(byte) {
            out.push(byte);
        } else if byte == b'%' {
            let byte = digit(bytes.next())? << 4 | digit(bytes.next())?;
            if is_unreserved(byte) {
                return Err(format!("{:?} is encoded unnecessarily", char::from(byte)));
            }
            out.push(byte);
        } else {
            return Err(format!("{:?} is not encoded", char::from(byte)));
        }
    }
    String::from_utf8(out).map_err(|_| "not UTF-8".to_owned())
}

/// A part of a form: its header lines and its content.
#[derive(Debug, PartialEq)]
pub(crate) struct Part<'a> {
    pub(crate) head: Vec<&'a str>,
    pub(crate) content: &'a [u8],
}

/// Reads the parts of a form (RFC 2046, 5.1.1), with nothing before the first part or after the last.
pub(crate) fn multipart<'a>(content_type: &str, body: &'a [u8]) -> Result<Vec<Part<'a>>, String> {
    let boundary = content_type.strip_prefix("multipart/form-data;boundary=").ok_or("wrong content type")?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&byte);
    if !(1..=70).contains(&boundary.len()) || !boundary.bytes().all(allowed) {
        return Err("invalid boundary".to_owned());
    }
    let delimiter = format!("\r\n--{boundary}");
    let mut rest =
        body.strip_prefix(&delimiter.as_bytes()[2..]).ok_or("the form does not begin with a part")?;
    let mut parts = Vec::new();
    loop {
        if rest == b"--\r\n" {
            return Ok(parts);
        }
        let part = rest.strip_prefix(b"\r\n").ok_or("no line end after a boundary")?;
        let (head, after) = cut(part, b"\r\n\r\n").ok_or("the headers of a part do not end")?;
        let (content, after) = cut(after, delimiter.as_bytes()).ok_or("a part does not end")?;
        let head = std::str::from_utf8(head).map_err(|_| "the headers of a part are not UTF-8")?;
        parts.push(Part { head: head.split("\r\n").collect(), content });
        rest = after;
    }
}

/// The bytes before and after the first `separator`.
fn cut<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(separator.len()).position(|window| window == separator)?;
    Some((&bytes[..at], &bytes[at + separator.len()..]))
}

/// Each rule is checked with input that violates it.
#[test]
fn the_readers_are_strict() {
    let header = |fields: &str| authorization(format!("WECHATPAY2-SHA256-RSA2048 {fields}").as_bytes());
    let right = r#"mchid="1",nonce_str="N",timestamp="2",serial_no="0A",signature="""#;
    assert_eq!(header(right).unwrap()["nonce_str"], "N");
    for wrong in [
        right.replace(",n", ", n"),
        right.replace("\"1\"", "\"1\\\"\""),
        right.replace("\"1\"", "\"1 \""),
        right.replace("\"1\"", "\"1\r\n\""),
        right.replace("\"1\"", "1"),
        right.replace("mchid", "MCHID"),
        format!("{right},mchid=\"1\""),
        format!("{right},more=\"1\""),
        format!("{right},"),
        right.replace("mchid=\"1\",", ""),
    ] {
        assert!(header(&wrong).is_err(), "{wrong}");
    }
    let read = target("/v3/a%2Fb?x=%E4%BB%A3&y=").unwrap();
    assert_eq!(read.segments, ["v3", "a/b"]);
    assert_eq!(read.query, [("x".to_owned(), "代".to_owned()), ("y".to_owned(), String::new())]);
    for wrong in [
        "v3", "//v3", "/v3/", "/./a", "/a/..", "/a%2fb", "/%41", "/a+b", "/a?b", "/a?b=c=d", "/a#b", "/%FF",
        "/%4",
    ] {
        assert!(target(wrong).is_err(), "{wrong}");
    }
    let kind = "multipart/form-data;boundary=b";
    let parts =
        multipart(kind, b"--b\r\nA: 1\r\nB: 2\r\n\r\n\r\none\r\n--b\r\nC: 3\r\n\r\n\r\n--b--\r\n").unwrap();
    assert_eq!(parts[0], Part { head: vec!["A: 1", "B: 2"], content: b"\r\none" });
    assert_eq!(parts[1], Part { head: vec!["C: 3"], content: b"" });
    for wrong in
        [&b"--b--"[..], b"--b\r\nA: 1\r\n\r\n--b--\r\n", b"x--b--\r\n", b"--b--\r\n\r\n", b"--c--\r\n"]
    {
        assert!(multipart(kind, wrong).is_err());
    }
}
