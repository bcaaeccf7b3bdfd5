//! Checks of single fields. They reject only values that can never be valid, and ignore rules that the platform may
//! change.

use std::ops::RangeInclusive;

use http::Uri;

use super::base_url::is_loopback;
use crate::types::{Fen, FieldProblem, InvalidField, Timestamp};

/// Checks that a text has 1 to `max` characters, all from the Basic Multilingual Plane. The platform accepts no others.
pub fn text(field: &'static str, value: impl AsRef<str>, max: usize) -> Result<(), InvalidField> {
    if value.as_ref().is_empty() {
        return Err(InvalidField::new(field, FieldProblem::Empty));
    }
    at_most(field, value.as_ref(), max)
}

/// Like [`text`], but accepts an empty text.
pub fn at_most(field: &'static str, value: &str, max: usize) -> Result<(), InvalidField> {
    let len = value.chars().count();
    if len > max {
        return Err(InvalidField::new(field, FieldProblem::TooLong { len, max }));
    }
    match value.chars().find(|c| *c > '\u{ffff}') {
        Some(character) => {
            let allowed = "characters of the Basic Multilingual Plane (no emoji)";
            Err(InvalidField::new(field, FieldProblem::Character { character, allowed }))
        }
        None => Ok(()),
    }
}

/// Checks an optional text like [`text`], if there is one.
pub fn optional_text(
    field: &'static str,
    value: Option<impl AsRef<str>>,
    max: usize,
) -> Result<(), InvalidField> {
    value.map_or(Ok(()), |value| text(field, value, max))
}

/// Checks that a number is within `range`.
pub fn number(field: &'static str, value: i64, range: RangeInclusive<i64>) -> Result<(), InvalidField> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(InvalidField::new(field, FieldProblem::Range { value, min: *range.start(), max: *range.end() }))
}

/// Checks that a number is `min` or more.
pub fn at_least(field: &'static str, value: i64, min: i64) -> Result<(), InvalidField> {
    if value >= min {
        return Ok(());
    }
    Err(InvalidField::new(field, FieldProblem::TooSmall { value, min }))
}

/// Checks that an amount is 0 or more.
pub fn not_negative(field: &'static str, amount: Fen) -> Result<(), InvalidField> {
    at_least(field, amount.get(), 0)
}

/// Checks that a text is an RFC 3339 time with an offset and has at most `max` characters. Returns its Unix time in
/// seconds.
pub fn timestamp(field: &'static str, value: &Timestamp, max: usize) -> Result<i64, InvalidField> {
    text(field, value.as_str(), max)?;
    value.unix_seconds().ok_or_else(|| InvalidField::new(field, FieldProblem::Timestamp))
}

/// Checks a callback URL of at most `max` characters: https, or plain http on loopback, and without a user name, query or
/// fragment.
pub fn callback_url(field: &'static str, url: &str, max: usize) -> Result<(), InvalidField> {
    let invalid = |rule: &'static str| Err(InvalidField::new(field, FieldProblem::Rule(rule.into())));
    text(field, url, max)?;
    // Checked on the text, because the parser drops fragments.
    if url.contains(['?', '#']) {
        return invalid("must not have a query or fragment");
    }
    let Ok(uri) = url.parse::<Uri>() else {
        return invalid("is not a valid URL");
    };
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if authority.contains('@') {
        return invalid("must not have a user name or password");
    }
    // The parser accepts any digits as a port.
    let port = authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map(|(_, port)| port);
    if port.is_some_and(|port| !matches!(port.parse::<u16>(), Ok(1..))) {
        return invalid("has an invalid port; a port must be between 1 and 65535");
    }
    match (uri.scheme_str(), uri.host()) {
        // The parser accepts a port without a host.
        (Some("https"), Some(host)) if !host.is_empty() => Ok(()),
        (Some("http"), Some(host)) if is_loopback(host) => Ok(()),
        _ => {
            invalid("must begin with https:// and a host; plain http is accepted for loopback addresses only")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_names_field_problem_and_limit() {
        let message = |result: Result<(), InvalidField>| result.unwrap_err().to_string();
        assert_eq!(message(text("openid", "", 128)), "openid is empty");
        assert_eq!(
            message(text("stock_id", "1".repeat(21), 20)),
            "stock_id has 21 characters; the limit is 20"
        );
        assert_eq!(message(number("limit", 11, 1..=10)), "limit is 11; it must be between 1 and 10");
        assert!(message(text("comment", "🎁", 60)).contains("no emoji"));
    }

    #[test]
    fn limits_are_inclusive() {
        assert_eq!(text("stock_id", "批".repeat(20), 20), Ok(()));
        assert_eq!(number("limit", 10, 1..=10), Ok(()));
        assert_eq!(text("comment", "\u{ffff}", 1), Ok(()));
        assert!(text("comment", "\u{10000}", 1).is_err());
        assert_eq!(not_negative("amount", Fen::new(0)), Ok(()));
        assert!(not_negative("amount", Fen::new(-1)).is_err());
        assert_eq!(optional_text("comment", None::<&str>, 0), Ok(()));
        assert!(optional_text("comment", Some(""), 1).is_err());
    }

    #[test]
    fn a_callback_url_can_be_called() {
        let check = |url: &str| callback_url("notify_url", url, 256).map_err(|error| error.to_string());
        for valid in [
            "https://pay.example.com",
            "https://pay.example.com/a/b",
            "https://pay.example.com:8443/a",
            "https://[2001:db8::1]/a",
            "http://127.0.0.1:8080/a",
            "http://[::1]:65535",
        ] {
            assert_eq!(check(valid), Ok(()), "{valid}");
        }
        for (wrong, problem) in [
            ("", "is empty"),
            ("https://user:pw@pay.example.com/a", "must not have a user name or password"),
            ("https://user@pay.example.com/a", "must not have a user name or password"),
            ("https://pay.example.com:99999/a", "has an invalid port; a port must be between 1 and 65535"),
            ("https://pay.example.com:0/a", "has an invalid port; a port must be between 1 and 65535"),
            ("https://[2001:db8::1]:65536/a", "has an invalid port; a port must be between 1 and 65535"),
            ("https://pay.example.com/a?b", "must not have a query or fragment"),
            ("https://pay.example.com/a#b", "must not have a query or fragment"),
            ("https://pay example.com/a", "is not a valid URL"),
            ("https:///a", "is not a valid URL"),
        ] {
            assert_eq!(check(wrong), Err(format!("notify_url {problem}")), "{wrong}");
        }
        for wrong in
            ["http://pay.example.com/a", "ftp://pay.example.com", "pay.example.com", "/a", "https://:443/a"]
        {
            let error = check(wrong).unwrap_err();
            assert!(error.starts_with("notify_url must begin with https:// and a host"), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_timestamp_needs_an_offset() {
        assert_eq!(timestamp("t", &"2015-05-20T13:29:35+08:00".into(), 32), Ok(1_432_099_775));
        assert!(timestamp("t", &"2015-05-20T13:29:35".into(), 32).is_err());
        assert!(timestamp("t", &"".into(), 32).is_err());
    }
}
