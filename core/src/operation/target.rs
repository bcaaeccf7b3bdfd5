//! Paths and queries, encoded once: what is signed is what is sent.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use crate::error::BuildError;
use crate::field::{FieldProblem, InvalidField};

/// A path built from a template, in which every parameter is percent-encoded as one segment.
///
/// What is signed must be what is sent, so an encoded path must come through every URL parser unchanged: all but
/// the unreserved characters of RFC 3986 are encoded, and a parameter that is empty, `.` or `..` is refused.
///
/// `Debug` shows the template; parameters may identify people.
pub struct Path {
    template: &'static str,
    rest: &'static str,
    encoded: String,
    error: Option<BuildError>,
}

impl Path {
    /// Starts from a template such as `/v3/marketing/favor/stocks/{stock_id}/start`.
    pub fn new(template: &'static str) -> Self {
        let encoded = String::with_capacity(template.len().saturating_add(32));
        Self { template, rest: template, encoded, error: None }
    }

    /// Fills in the template's next parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        let value = value.as_ref();
        let next = self.rest.split_once('{').and_then(|(literal, rest)| {
            let (parameter, rest) = rest.split_once('}')?;
            (parameter == name).then_some((literal, rest))
        });
        let problem = match value {
            "" => Some(FieldProblem::Empty),
            "." | ".." => Some(FieldProblem::DotSegment),
            _ => None,
        };
        match (next, problem) {
            (Some((literal, rest)), None) => {
                self.encoded.push_str(literal);
                percent_encode(value, &mut self.encoded);
                self.rest = rest;
            }
            (Some(_), Some(problem)) => self.fail(InvalidField::new(name, problem).into()),
            (None, _) => self.fail(BuildError::PathTemplate { template: self.template }),
        }
        self
    }

    /// The template: the same for every request of an operation, and free of ids.
    pub fn template(&self) -> &'static str {
        self.template
    }

    fn fail(&mut self, error: BuildError) {
        self.error.get_or_insert(error);
    }

    /// The encoded path.
    pub(crate) fn finish(mut self) -> Result<String, BuildError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if self.rest.contains(['{', '}', '?', '#']) || !self.template.starts_with('/') {
            return Err(BuildError::PathTemplate { template: self.template });
        }
        self.encoded.push_str(self.rest);
        Ok(self.encoded)
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Path").field(&self.template).finish()
    }
}

/// Query parameters, in the order they are added.
///
/// `Debug` shows only how long it is; values may identify people.
#[derive(Clone, Default)]
pub struct Query(String);

impl Query {
    /// Adds a parameter; a value of `None` adds nothing.
    pub fn push(&mut self, name: &str, value: &(impl QueryValue + ?Sized)) {
        if let Some(value) = value.query_value() {
            if !self.0.is_empty() {
                self.0.push('&');
            }
            percent_encode(name, &mut self.0);
            self.0.push('=');
            percent_encode(&value, &mut self.0);
        }
    }

    /// The encoded query without the question mark.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query({} bytes)", self.0.len())
    }
}

/// What can be the value of a query parameter.
pub trait QueryValue {
    /// The value before encoding; `None` leaves the parameter out.
    fn query_value(&self) -> Option<Cow<'_, str>>;
}

impl QueryValue for str {
    fn query_value(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

impl<T: QueryValue> QueryValue for Option<T> {
    fn query_value(&self) -> Option<Cow<'_, str>> {
        self.as_ref().and_then(T::query_value)
    }
}

impl QueryValue for String {
    fn query_value(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

macro_rules! query_value {
    ($($number:ty),+) => {
        $(impl QueryValue for $number {
            fn query_value(&self) -> Option<Cow<'_, str>> {
                Some(Cow::Owned(self.to_string()))
            }
        })+
    };
}

query_value!(i64, u32, u64, bool);

/// Percent-encodes all but the unreserved characters of RFC 3986 §2.3, with upper-case digits.
fn percent_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_single_segments() {
        // Expected values: python3 -c 'import urllib.parse,sys; print(urllib.parse.quote(sys.argv[1], safe=""))'
        for (value, encoded) in [
            ("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"),
            ("a/b", "a%2Fb"),
            ("50%", "50%25"),
            ("1+1", "1%2B1"),
            ("a b", "a%20b"),
            ("x|y", "x%7Cy"),
            ("代金券", "%E4%BB%A3%E9%87%91%E5%88%B8"),
            ("...", "..."),
            ("../x", "..%2Fx"),
            ("a?b#c", "a%3Fb%23c"),
        ] {
            let path = Path::new("/v3/{a}/b").with("a", value).finish().unwrap();
            assert_eq!(path, format!("/v3/{encoded}/b"));
        }
    }

    #[test]
    fn segments_that_vanish_are_refused() {
        for value in ["", ".", ".."] {
            let error = Path::new("/v3/{id}").with("id", value).finish().unwrap_err();
            assert!(error.to_string().starts_with("id is "), "{error}");
        }
    }

    #[test]
    fn a_template_must_be_filled_exactly() {
        for path in [
            Path::new("/v3/{a}"),
            Path::new("/v3/{a}").with("b", "1"),
            Path::new("/v3/{a}").with("a", "1").with("a", "1"),
            Path::new("/v3/{a").with("a", "1"),
            Path::new("v3"),
            Path::new("/v3?x=1"),
        ] {
            assert!(matches!(path.finish(), Err(BuildError::PathTemplate { .. })));
        }
    }

    #[test]
    fn queries_keep_order_and_leave_out_none() {
        let mut query = Query::default();
        query.push("offset", &0_u32);
        query.push("create_start_time", "2015-05-20T13:29:35.120+08:00");
        query.push("status", &None::<String>);
        query.push("名", "a&b=c");
        assert_eq!(
            query.as_str(),
            "offset=0&create_start_time=2015-05-20T13%3A29%3A35.120%2B08%3A00&%E5%90%8D=a%26b%3Dc"
        );
    }
}
