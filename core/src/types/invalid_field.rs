use std::borrow::Cow;

/// A field of a request that can never be right: which one, what is wrong with it, and the limit.
///
/// The value itself is not shown; it may identify a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct InvalidField {
    field: Cow<'static, str>,
    problem: FieldProblem,
}

/// What is wrong with a field. `Display` continues a sentence that begins with the field's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldProblem {
    /// Nothing is there, and something must be.
    #[error("is empty")]
    Empty,
    /// `.` or `..` as part of a path: the next server would remove it, and the signature would not match.
    #[error("is a dot segment, which no URL path can carry")]
    DotSegment,
    /// More characters than the platform takes.
    #[error("has {len} characters, at most {max} are allowed")]
    TooLong {
        /// How many characters there are.
        len: usize,
        /// How many are allowed.
        max: usize,
    },
    /// A character that is not allowed.
    #[error("contains {character:?}; allowed are {allowed}")]
    Character {
        /// The first such character.
        character: char,
        /// Which are allowed, in words.
        allowed: &'static str,
    },
    /// A number outside its range.
    #[error("is {value}, it must be from {min} to {max}")]
    Range {
        /// The number.
        value: i64,
        /// The smallest allowed.
        min: i64,
        /// The largest allowed.
        max: i64,
    },
    /// Not an RFC 3339 time with an offset.
    #[error("is not an RFC 3339 time with an offset, such as 2015-05-20T13:29:35+08:00")]
    Timestamp,
    /// A rule that relates fields, in words.
    #[error("{0}")]
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
