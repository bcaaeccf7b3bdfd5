//! Integers that no type of a number holds. The ID of a payment has 28 digits.

use serde::de::IgnoredAny;

/// Puts these integers of a JSON text into quotes, so that they can be read as ids. `None` if there are none, or if it is
/// no JSON.
pub(super) fn quoted(json: &str) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(json).ok()?;
    let mut quoted = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find(|char: char| char == '"' || char == '-' || char.is_ascii_digit()) {
        let (before, value) = rest.split_at_checked(at)?;
        let len = if value.starts_with('"') { text_len(value)? } else { number_len(value) };
        let (value, after) = value.split_at_checked(len)?;
        let quote = if is_long_integer(value) { "\"" } else { "" };
        quoted.extend([before, quote, value, quote]);
        rest = after;
    }
    quoted.push_str(rest);
    (quoted.len() > json.len()).then_some(quoted)
}

/// The length of the text that comes first, with its quotes.
fn text_len(json: &str) -> Option<usize> {
    let mut escaped = false;
    let closing = json.bytes().skip(1).position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    closing?.checked_add(2)
}

/// The length of the number that comes first.
fn number_len(json: &str) -> usize {
    json.find(|char: char| !(char.is_ascii_digit() || "+-.eE".contains(char))).unwrap_or(json.len())
}

fn is_long_integer(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    digits.bytes().all(|byte| byte.is_ascii_digit())
        && value.parse::<i64>().is_err()
        && value.parse::<u64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_integers_that_no_number_holds_are_quoted() {
        for (json, expected) in [
            ("18446744073709551616", "\"18446744073709551616\""),
            ("-9223372036854775809", "\"-9223372036854775809\""),
            (
                r#"{"a\"1": [4200752501201407033233368018,1.5], "b\\":-7}"#,
                r#"{"a\"1": ["4200752501201407033233368018",1.5], "b\\":-7}"#,
            ),
            (
                r#"["代4200752501201407033233368018",{"x":4200752501201407033233368018}]"#,
                r#"["代4200752501201407033233368018",{"x":"4200752501201407033233368018"}]"#,
            ),
        ] {
            assert_eq!(quoted(json).as_deref(), Some(expected));
        }
        for json in [
            "18446744073709551615",
            "-9223372036854775808",
            "4200752501201407033233368018.0",
            "4200752501201407033233368018e0",
            r#""4200752501201407033233368018""#,
            r#"["\"",4200752501,"\\"]"#,
            "true",
            "",
            // No JSON.
            "04200752501201407033233368018",
            "{4200752501201407033233368018:1}",
            "[4200752501201407033233368018",
        ] {
            assert_eq!(quoted(json), None, "{json}");
        }
    }
}
