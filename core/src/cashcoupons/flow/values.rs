//! Splits a row into its values.

use std::borrow::Cow;

/// The values of a row, without quotes and without the backtick that keeps spreadsheets from reading them as numbers.
pub(super) struct Values<'a> {
    pub(super) values: Vec<Cow<'a, [u8]>>,
    /// The first value with wrong quotes, if there are quotes that are not closed or are followed by text. It and the
    /// values after it are uncertain.
    pub(super) badly_quoted: Option<usize>,
}

/// Splits a row at its commas. In quotes, commas and line ends are text, and a doubled quote is one quote.
///
/// The backtick is documented without quotes, and the quotes without backtick. With `backtick_before_quotes`, both
/// together are quotes too.
pub(super) fn split(row: &[u8], backtick_before_quotes: bool) -> Values<'_> {
    let (mut values, mut badly_quoted, mut rest) = (Vec::new(), None, row);
    // The first value without quotes around it that contains one.
    let mut stray = None;
    loop {
        let behind_backtick = rest.strip_prefix(b"`\"").filter(|_| backtick_before_quotes).and_then(quoted);
        let opened = rest.strip_prefix(b"\"");
        let behind_quote = opened.and_then(quoted);
        if opened.is_some() && behind_quote.is_none() {
            badly_quoted.get_or_insert(stray.unwrap_or(values.len()));
        }
        let (value, after) = behind_backtick.unwrap_or_else(|| {
            let (value, after) = behind_quote.unwrap_or_else(|| {
                let end = rest.iter().position(|byte| *byte == b',').unwrap_or(rest.len());
                let (value, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
                if value.contains(&b'"') {
                    stray.get_or_insert(values.len());
                }
                (Cow::Borrowed(value), after)
            });
            (without_backtick(value), after)
        });
        values.push(value);
        match after.split_first() {
            Some((_comma, after)) => rest = after,
            None => return Values { values, badly_quoted },
        }
    }
}

/// Reads a value behind its opening quote. Returns it and what follows its closing quote: nothing, or a comma.
fn quoted(text: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    let (mut value, mut rest) = (Cow::Borrowed(&[][..]), text);
    loop {
        let (part, after) = rest.split_at_checked(rest.iter().position(|byte| *byte == b'"')?)?;
        let after = after.strip_prefix(b"\"")?;
        match after.split_first() {
            None | Some((b',', _)) if value.is_empty() => return Some((Cow::Borrowed(part), after)),
            None | Some((b',', _)) => {
                value.to_mut().extend_from_slice(part);
                return Some((value, after));
            }
            Some((b'"', after)) => {
                value.to_mut().extend_from_slice(part);
                value.to_mut().push(b'"');
                rest = after;
            }
            Some(_) => return None,
        }
    }
}

fn without_backtick(value: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    match value {
        Cow::Borrowed(value) => Cow::Borrowed(value.strip_prefix(b"`").unwrap_or(value)),
        Cow::Owned(value) if value.starts_with(b"`") => {
            Cow::Owned(value.get(1..).unwrap_or_default().to_vec())
        }
        owned @ Cow::Owned(_) => owned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(row: &str, backtick_before_quotes: bool) -> (Vec<String>, Option<usize>) {
        let split = split(row.as_bytes(), backtick_before_quotes);
        let text = |value: &Cow<'_, [u8]>| String::from_utf8(value.to_vec()).unwrap();
        (split.values.iter().map(text).collect(), split.badly_quoted)
    }

    #[test]
    fn rows_are_split_as_csv_with_backticks() {
        for (row, expected) in [
            ("", &[""][..]),
            (",", &["", ""]),
            ("`1,`2", &["1", "2"]),
            ("1,\"a,b\",\"\"", &["1", "a,b", ""]),
            ("\"a\"\"b\"\"\",\"\"\"\"", &["a\"b\"", "\""]),
            ("\"`1\",\"`\"\"2\"", &["1", "\"2"]),
            ("a\"b,c\"", &["a\"b", "c\""]),
            ("\"a\r\nb\",c", &["a\r\nb", "c"]),
        ] {
            assert_eq!(
                values(row, false),
                (expected.iter().map(|it| (*it).to_owned()).collect(), None),
                "{row}"
            );
        }
    }

    #[test]
    fn quotes_behind_a_backtick_are_quotes_if_they_are_closed() {
        let row = "`\"{\"\"a\"\":1,\"\"b\"\":2}\",`\"x";
        assert_eq!(values(row, true).0, ["{\"a\":1,\"b\":2}", "\"x"]);
        assert_eq!(values(row, false).0, ["\"{\"\"a\"\":1", "\"\"b\"\":2}\"", "\"x"]);
    }

    #[test]
    fn the_first_badly_quoted_value_is_reported() {
        for (row, at) in [
            ("\"a", 0),
            ("1,{\"a\":\"b\",\"c\":1}", 1),
            ("1,\"a\"b,c", 1),
            ("1,2,\"{\"a\":1}\"", 2),
            ("\"a\"\"", 0),
        ] {
            assert_eq!(values(row, true).1, Some(at), "{row}");
        }
        // Nothing is lost.
        assert_eq!(values("1,\"a\"b,\"c\"", true).0, ["1", "\"a\"b", "c"]);
    }
}
