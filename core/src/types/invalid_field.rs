use std::borrow::Cow;

/// A request field whose value can never be valid. The text names the field, the problem and the limit.
///
/// It does not contain the field's text, which may identify a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct InvalidField {
    field: Cow<'static, str>,
    problem: FieldProblem,
}

/// What is wrong with a field. The `Display` text is a predicate that follows the field's name, such as `is empty`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldProblem {
    /// The value is empty, but must not be.
    #[error("is empty")]
    Empty,
    /// The value is `.` or `..` and would become a path segment. Servers and proxies remove such segments, so the
    /// signature would no longer match.
    #[error("is a dot segment (. or ..), which cannot be sent in a URL path")]
    DotSegment,
    /// The value has more characters than the platform accepts.
    #[error("has {len} characters; the limit is {max}")]
    TooLong {
        /// The number of characters in the value.
        len: usize,
        /// The maximum number of characters.
        max: usize,
    },
    /// The value contains a character that is not allowed.
    #[error("contains the character {character:?}; allowed are {allowed}")]
    Character {
        /// The first character that is not allowed.
        character: char,
        /// A description of the allowed characters.
        allowed: &'static str,
    },
    /// A number is outside its range.
    #[error("is {value}; it must be between {min} and {max}")]
    Range {
        /// The value of the number.
        value: i64,
        /// The smallest allowed value.
        min: i64,
        /// The largest allowed value.
        max: i64,
    },
    /// A number is too small, and no largest value is documented.
    #[error("is {value}; it must be at least {min}")]
    TooSmall {
        /// The value of the number.
        value: i64,
        /// The smallest allowed value.
        min: i64,
    },
    /// The value is not an RFC 3339 time with an offset.
    #[error("is not an RFC 3339 time with an offset, such as 2015-05-20T13:29:35+08:00")]
    Timestamp,
    /// The value violates another rule. The text is a predicate such as `must be NORMAL`.
    #[error("{0}")]
    Rule(Cow<'static, str>),
}

impl InvalidField {
    /// Creates an error for `field`. The name is the one on the wire, such as `stock_use_rule.max_coupons`.
    pub fn new(field: impl Into<Cow<'static, str>>, problem: FieldProblem) -> Self {
        Self { field: field.into(), problem }
    }

    /// Returns the field's name on the wire.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// Returns what is wrong with the field.
    pub fn problem(&self) -> &FieldProblem {
        &self.problem
    }
}
