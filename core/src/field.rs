//! Checks of single fields, for what can never be right whatever the platform's rules of the day.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;

use http::Uri;

use crate::base_url::is_loopback;
use crate::types::{Fen, OutRequestNo, Timestamp};

/// A field of a request that can never be right: which one, what is wrong with it, and the limit.
///
/// The value itself is not shown; it may identify a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidField {
    field: Cow<'static, str>,
    problem: FieldProblem,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldProblem {
    /// Nothing is there, and something must be.
    Empty,
    /// `.` or `..` as part of a path: the next server would remove it, and the signature would not match.
    DotSegment,
    /// More characters than the platform takes.
    TooLong {
        /// How many characters there are.
        len: usize,
        /// How many are allowed.
        max: usize,
    },
    /// A character that is not allowed.
    Character {
        /// The first such character.
        character: char,
        /// Which are allowed, in words.
        allowed: &'static str,
    },
    /// A number outside its range.
    Range {
        /// The number.
        value: i64,
        /// The smallest allowed.
        min: i64,
        /// The largest allowed.
        max: i64,
    },
    /// Not an RFC 3339 time with an offset.
    Timestamp,
    /// A rule that relates fields, in words.
    Rule(Cow<'static, str>),
}

impl InvalidField {
    /// Says that `field`, named as on the wire (`stock_use_rule.max_coupons`), has this problem.
    pub fn new(field: impl Into<Cow<'static, str>>, problem: FieldProblem) -> Self {
        Self { field: field.into(), problem }
    }

    /// The field's name on the wire.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What is wrong with it.
    pub fn problem(&self) -> &FieldProblem {
        &self.problem
    }
}

impl fmt::Display for InvalidField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = &self.field;
        match &self.problem {
            FieldProblem::Empty => write!(f, "{field} is empty"),
            FieldProblem::DotSegment => write!(f, "{field} is a dot segment, which no URL path can carry"),
            FieldProblem::TooLong { len, max } => {
                write!(f, "{field} has {len} characters, at most {max} are allowed")
            }
            FieldProblem::Character { character, allowed } => {
                write!(f, "{field} contains {character:?}; allowed are {allowed}")
            }
            FieldProblem::Range { value, min, max } => {
                write!(f, "{field} is {value}, it must be from {min} to {max}")
            }
            FieldProblem::Timestamp => {
                write!(f, "{field} is not an RFC 3339 time with an offset, such as 2015-05-20T13:29:35+08:00")
            }
            FieldProblem::Rule(rule) => write!(f, "{field} {rule}"),
        }
    }
}

impl std::error::Error for InvalidField {}

/// A text of 1 to `max` characters of the Basic Multilingual Plane, the only ones the platform takes.
pub fn text(field: &'static str, value: impl AsRef<str>, max: usize) -> Result<(), InvalidField> {
    if value.as_ref().is_empty() {
        return Err(InvalidField::new(field, FieldProblem::Empty));
    }
    at_most(field, value.as_ref(), max)
}

/// Like [`text`], but may be empty.
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

/// An optional text, checked like [`text`] when it is there.
pub fn optional_text(
    field: &'static str,
    value: Option<impl AsRef<str>>,
    max: usize,
) -> Result<(), InvalidField> {
    value.map_or(Ok(()), |value| text(field, value, max))
}

/// A number within `range`.
pub fn number(field: &'static str, value: i64, range: RangeInclusive<i64>) -> Result<(), InvalidField> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(InvalidField::new(field, FieldProblem::Range { value, min: *range.start(), max: *range.end() }))
}

/// An amount of 0 or more.
pub fn not_negative(field: &'static str, amount: Fen) -> Result<(), InvalidField> {
    number(field, amount.get(), 0..=i64::MAX)
}

/// A merchant's request number: 1 to 128 characters out of letters, digits and `| _ * -`.
pub fn out_request_no(value: &OutRequestNo) -> Result<(), InvalidField> {
    const FIELD: &str = "out_request_no";
    text(FIELD, value, 128)?;
    match value.as_str().chars().find(|c| !c.is_ascii_alphanumeric() && !"|_*-".contains(*c)) {
        Some(character) => {
            let allowed = "letters, digits and | _ * -";
            Err(InvalidField::new(FIELD, FieldProblem::Character { character, allowed }))
        }
        None => Ok(()),
    }
}

/// An RFC 3339 time of at most `max` characters; gives back its Unix seconds.
pub fn timestamp(field: &'static str, value: &Timestamp, max: usize) -> Result<i64, InvalidField> {
    text(field, value.as_str(), max)?;
    value.unix_seconds().ok_or_else(|| InvalidField::new(field, FieldProblem::Timestamp))
}

/// An address for callbacks: https, or plain http on loopback; no query; at most 256 characters.
pub fn notify_url(url: &str) -> Result<(), InvalidField> {
    const FIELD: &str = "notify_url";
    let invalid = |rule: &'static str| Err(InvalidField::new(FIELD, FieldProblem::Rule(rule.into())));
    text(FIELD, url, 256)?;
    // The parser drops fragments.
    if url.contains(['?', '#']) {
        return invalid("must not have a query or fragment");
    }
    let Ok(uri) = url.parse::<Uri>() else {
        return invalid("is not a URL");
    };
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => Ok(()),
        (Some("http"), Some(host)) if is_loopback(host) => Ok(()),
        _ => invalid("must begin with https:// and a host; plain http is for loopback only"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_field_problem_and_limit() {
        let message = |result: Result<(), InvalidField>| result.unwrap_err().to_string();
        assert_eq!(message(text("openid", "", 128)), "openid is empty");
        assert_eq!(
            message(text("stock_id", "1".repeat(21), 20)),
            "stock_id has 21 characters, at most 20 are allowed"
        );
        assert_eq!(message(number("limit", 11, 1..=10)), "limit is 11, it must be from 1 to 10");
        assert_eq!(
            message(out_request_no(&"a b".into())),
            "out_request_no contains ' '; allowed are letters, digits and | _ * -"
        );
        assert!(message(text("comment", "🎁", 60)).contains("no emoji"));
    }

    #[test]
    fn limits_are_inclusive() {
        assert_eq!(text("stock_id", "批".repeat(20), 20), Ok(()));
        assert_eq!(number("limit", 10, 1..=10), Ok(()));
        assert_eq!(out_request_no(&"aZ09|_*-".repeat(16).into()), Ok(()));
        assert!(out_request_no(&"a".repeat(129).into()).is_err());
        assert!(out_request_no(&"订单".into()).is_err());
    }

    #[test]
    fn a_timestamp_needs_an_offset() {
        assert_eq!(timestamp("t", &"2015-05-20T13:29:35+08:00".into(), 32), Ok(1_432_099_775));
        assert!(timestamp("t", &"2015-05-20T13:29:35".into(), 32).is_err());
        assert!(timestamp("t", &"".into(), 32).is_err());
    }
}
