use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::ErrorCode;

/// `{"code","message","detail"}`. Every part may be absent, and each is read by itself: whatever the others are, it is
/// not lost.
#[derive(Default)]
pub(super) struct ErrorBody {
    pub(super) code: Option<ErrorCode>,
    pub(super) message: Option<String>,
    pub(super) detail: Option<Box<RawValue>>,
}

impl ErrorBody {
    /// The maximum length of a text in bytes. A whole response may be as large as the driver allows, but an error that
    /// is kept should be small.
    const MAX_TEXT: usize = 16 * 1024;

    /// Reads the parts that are there. This never fails.
    pub(super) fn read(body: &[u8]) -> Self {
        // Strings that the parser skips must be UTF-8 too.
        let members = std::str::from_utf8(body)
            .ok()
            .and_then(|body| members(body.trim_start_matches('\u{feff}'), ["code", "message", "detail"]));
        let Some([code, message, detail]) = members else { return Self::default() };
        let code = code.and_then(text).filter(|code| code.len() <= ErrorCode::MAX);
        let detail = detail.filter(|detail| detail.get().len() <= Self::MAX_TEXT);
        Self {
            code: code.map(|code| ErrorCode::from(code.as_str())),
            message: message.and_then(text).map(limited),
            detail: detail.map(ToOwned::to_owned),
        }
    }

    /// Whether nothing of the documented structure is there, so that the body is not that of a platform's error.
    pub(super) fn is_empty(&self) -> bool {
        self.code.is_none() && self.message.is_none() && self.detail.is_none()
    }
}

fn limited(mut text: String) -> String {
    if text.len() > ErrorBody::MAX_TEXT {
        // The limit may fall inside a character, so the cut moves back to its beginning.
        let end = (0..=ErrorBody::MAX_TEXT).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.shrink_to_fit();
    }
    text
}

/// Returns the members of a JSON object that have these names, as JSON. `None` if the text is not a JSON object. If a
/// name occurs twice, the last value counts, and `null` is no value.
pub(super) fn members<'a, const N: usize>(
    json: &'a str,
    names: [&'static str; N],
) -> Option<[Option<&'a RawValue>; N]> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let members = deserializer.deserialize_map(Members(names)).ok()?;
    deserializer.end().ok()?;
    Some(members)
}

struct Members<const N: usize>([&'static str; N]);

impl<'de, const N: usize> Visitor<'de> for Members<N> {
    type Value = [Option<&'de RawValue>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; N];
        while let Some(Text(name)) = map.next_key()? {
            let place = self.0.iter().position(|known| *known == name).and_then(|at| found.get_mut(at));
            match place {
                Some(place) => {
                    let value: &RawValue = map.next_value()?;
                    *place = Some(value).filter(|value| value.get() != "null").or(*place);
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}

/// Reads a text, or a number as its digits are written. Anything else is not a text, and an empty text is none.
pub(super) fn text(json: &RawValue) -> Option<String> {
    match json.get().as_bytes().first()? {
        b'"' => {
            let Text(text) = serde_json::from_str(json.get()).ok()?;
            (!text.is_empty()).then(|| text.into_owned())
        }
        b'-' | b'0'..=b'9' => Some(json.get().to_owned()),
        _ => None,
    }
}

/// A text whose escapes may be halves of characters, as when a text was cut off inside one. They are replaced.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lossy;
        impl<'de> Visitor<'de> for Lossy {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Text(String::from_utf8_lossy(bytes)))
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(String::from_utf8_lossy(bytes).into_owned())))
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_bytes(Lossy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: impl AsRef<[u8]>) -> (Option<String>, Option<String>, Option<String>) {
        let ErrorBody { code, message, detail } = ErrorBody::read(body.as_ref());
        (code.map(|code| code.as_str().to_owned()), message, detail.map(|detail| detail.get().to_owned()))
    }

    #[test]
    fn each_part_is_read_by_itself() {
        for (body, code, message, detail) in [
            (r#"{"code":268697610,"message":"risk"}"#, Some("268697610"), Some("risk"), None),
            (
                r#"{"code":123456789012345678901234567890,"message":-1.50e3}"#,
                Some("123456789012345678901234567890"),
                Some("-1.50e3"),
                None,
            ),
            (r#"{"code":"A","message":["m"],"detail":[{}]}"#, Some("A"), None, Some("[{}]")),
            (r#"{"code":"A","message":{"m":1},"detail":"text"}"#, Some("A"), None, Some("\"text\"")),
            (r#"{"code":true,"message":"m","detail":7}"#, None, Some("m"), Some("7")),
            (r#"{"code":{"a":[]},"message":null,"detail":{"x":1e999}}"#, None, None, Some("{\"x\":1e999}")),
            (r#"{"code":null,"message":null,"detail":null}"#, None, None, None),
            (r#"{"code":"","message":"","detail":""}"#, None, None, Some("\"\"")),
            // A repeated name: the last value, unless it is none.
            (r#"{"code":"A","code":"B","message":"m","message":null}"#, Some("B"), Some("m"), None),
            // Escaped names, halves of a character, a byte order mark.
            (r#"{"c\u006fde":"A","message":"x\ud83d"}"#, Some("A"), Some("x\u{fffd}\u{fffd}\u{fffd}"), None),
            ("\u{feff} {\"code\":\"A\"}\n", Some("A"), None, None),
            // No JSON object.
            ("", None, None, None),
            ("[]", None, None, None),
            ("\"code\"", None, None, None),
            (r#"{"code":"A"} trailing"#, None, None, None),
            (r#"{"code":"A","message":"#, None, None, None),
            ("<html>502 Bad Gateway</html>", None, None, None),
        ] {
            let expected = [code, message, detail].map(|part: Option<&str>| part.map(str::to_owned));
            let (code, message, detail) = read(body);
            assert_eq!([code, message, detail], expected, "{body}");
        }
        // 必填 in GBK.
        assert_eq!(read(b"{\"code\":\"PARAM_ERROR\",\"message\":\"\xb1\xd8\xcc\xee\"}"), (None, None, None));
    }

    #[test]
    fn a_part_beyond_its_limit_hides_no_other() {
        let long = "x".repeat(16 * 1024 + 1);
        let body = format!(r#"{{"code":"{long}","message":"{long}","detail":"{long}"}}"#);
        assert_eq!(read(body), (None, Some("x".repeat(16 * 1024)), None));
    }
}
