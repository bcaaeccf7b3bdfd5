use std::fmt::{self, Write as _};

/// Formats external text for one line of a log: with limited length, and with line ends, terminal colour codes and
/// changes of the text direction escaped.
pub(crate) struct OneLine<'a>(pub(crate) &'a str);

impl OneLine<'_> {
    /// The maximum number of characters shown.
    const MAX: usize = 500;
}

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chars = self.0.chars();
        for char in chars.by_ref().take(Self::MAX) {
            match char {
                // Line and paragraph separators, direction marks and direction overrides.
                '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                    write!(f, "{}", char.escape_unicode())?;
                }
                char if char.is_control() => write!(f, "{}", char.escape_default())?,
                char => f.write_char(char)?,
            }
        }
        match chars.next() {
            Some(_) => f.write_char('…'),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::StatusCode;

    use crate::error::{ApiError, Context, VerifyErrorKind};

    fn error(body: &str) -> ApiError {
        let context = Context::new(StatusCode::BAD_GATEWAY, None);
        let body = Bytes::copy_from_slice(body.as_bytes());
        ApiError::new(context, Err(VerifyErrorKind::Unsigned), None, &body, None)
    }

    #[test]
    fn control_characters_in_error_texts_are_escaped() {
        let error = error(
            r#"{"code":"A\nB","message":"\u001b[31m限额\r\n已付\u202e\u2028\u0000\u0085\u061c","detail":{"field":"/a\nb","issue":"c\td"}}"#,
        );
        assert_eq!(
            error.to_string(),
            r"A\nB: \u{1b}[31m限额\r\n已付\u{202e}\u{2028}\u{0}\u{85}\u{61c} [/a\nb: c\td] (HTTP 502, unverified because the message has no signature)"
        );
        assert!(!format!("{error:?}").contains(['\n', '\u{1b}', '\u{202e}']));
        // The accessors return the text as received.
        assert!(error.message().unwrap().starts_with("\u{1b}[31m限额\r\n"));
    }

    #[test]
    fn long_error_texts_are_truncated() {
        let long = "限".repeat(300 * 1024);
        let error = error(&format!(
            r#"{{"code":"{long}","message":"{long}","detail":{{"field":"{long}","issue":"{long}"}}}}"#
        ));
        assert!(error.to_string().len() < 8 * 1024, "{}", error.to_string().len());
        assert!(format!("{error:?}").len() < 64 * 1024, "{}", format!("{error:?}").len());
        // The error does not keep a large response alive either.
        assert_eq!((error.code(), error.raw_detail()), (None, None));
        assert_eq!(error.message(), Some("限".repeat(16 * 1024 / 3).as_str()));
    }
}
