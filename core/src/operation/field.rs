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

/// Checks that an amount is 0 or more.
pub fn not_negative(field: &'static str, amount: Fen) -> Result<(), InvalidField> {
    number(field, amount.get(), 0..=i64::MAX)
}

/// Checks that a text is an RFC 3339 time with an offset and has at most `max` characters. Returns its Unix time in
/// seconds.
pub fn timestamp(field: &'static str, value: &Timestamp, max: usize) -> Result<i64, InvalidField> {
    text(field, value.as_str(), max)?;
    value.unix_seconds().ok_or_else(|| InvalidField::new(field, FieldProblem::Timestamp))
}

/// Checks a callback URL of at most `max` characters: https, or plain http on loopback, and without a query or
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
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => Ok(()),
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
    fn a_timestamp_needs_an_offset() {
        assert_eq!(timestamp("t", &"2015-05-20T13:29:35+08:00".into(), 32), Ok(1_432_099_775));
        assert!(timestamp("t", &"2015-05-20T13:29:35".into(), 32).is_err());
        assert!(timestamp("t", &"".into(), 32).is_err());
    }
}
