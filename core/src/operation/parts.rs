use std::borrow::Cow;
use std::fmt;
use std::iter;

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::Body;
use crate::error::BuildError;
use crate::types::{FieldProblem, InvalidField};

/// Percent-encodes everything except the unreserved characters of RFC 3986 §2.3.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The parts of a request that an operation determines: the path and query, already encoded, and the body.
///
/// The bytes that are signed must be the bytes that are sent, so every URL parser must leave an encoded path unchanged.
/// Therefore everything except the unreserved characters of RFC 3986 is percent-encoded, and a path parameter that is
/// empty, `.` or `..` is rejected.
///
/// `Debug` shows no values, because they may identify people.
#[derive(Clone)]
pub struct Parts {
    template: &'static str,
    target: String,
    body: Body,
}

impl Parts {
    /// Distributes the fields of an operation, by their serialised names, over the parts of the request:
    ///
    /// - A field that `path` names in braces, such as `{stock_id}`, becomes a path segment.
    /// - The other fields become the query of a method without a body (`GET`, `DELETE`, `HEAD`). For any other method
    ///   they become a JSON object in the body. The order is that of serialisation.
    /// - A field that is `null` is omitted. If there are no fields other than those in the path, there is no body.
    ///
    /// ```
    /// use http::Method;
    /// use wechatpay_core::Parts;
    ///
    /// #[derive(serde::Serialize)]
    /// struct Fields {
    ///     openid: &'static str,
    ///     limit: Option<u32>,
    ///     appid: &'static str,
    /// }
    ///
    /// let fields = Fields { openid: "a/b", limit: None, appid: "wx1" };
    /// let parts = Parts::of(&Method::GET, "/v3/users/{openid}/coupons", &fields)?;
    /// assert_eq!(parts.target(), "/v3/users/a%2Fb/coupons?appid=wx1");
    /// let parts = Parts::of(&Method::POST, "/v3/users/{openid}/coupons", &fields)?;
    /// assert_eq!(parts.target(), "/v3/users/a%2Fb/coupons");
    /// assert_eq!(&parts.body().bytes()[..], br#"{"appid":"wx1"}"#);
    /// # Ok::<(), wechatpay_core::error::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// [`BuildError::Field`] when a path parameter is empty or a dot segment. [`BuildError::PathTemplate`] when the
    /// fields do not match the path. [`BuildError::Json`] when they cannot be serialised.
    pub fn of(
        method: &Method,
        path: &'static str,
        fields: &(impl Serialize + ?Sized),
    ) -> Result<Self, BuildError> {
        let json = serde_json::to_string(fields).map_err(BuildError::json)?;
        let Members(mut fields) = serde_json::from_str(&json).map_err(BuildError::json)?;
        let mut target = fill(path, &mut fields)?;
        let in_query = [Method::GET, Method::DELETE, Method::HEAD].contains(method);
        let no_body = in_query || fields.is_empty();
        fields.retain(|(_, value)| value.get() != "null");
        if in_query {
            for (separator, (name, value)) in iter::once('?').chain(iter::repeat('&')).zip(&fields) {
                let value = text(value).ok_or(BuildError::PathTemplate { template: path })?;
                target.push(separator);
                target.extend(utf8_percent_encode(name, ENCODED));
                target.push('=');
                target.extend(utf8_percent_encode(&value, ENCODED));
            }
        }
        let body = if no_body { Body::Empty } else { Body::json(&Members(fields))? };
        Ok(Self { template: path, target, body })
    }

    /// Takes a target as it is: a path and perhaps a query, already percent-encoded. For programs that pass on requests which
    /// they do not know. `template` stands for it in logs.
    ///
    /// ```
    /// use wechatpay_core::{Body, Parts};
    ///
    /// let parts = Parts::of_target("/v3/…", "/v3/marketing/favor/stocks?offset=0&limit=10", Body::Empty)?;
    /// assert_eq!(parts.target(), "/v3/marketing/favor/stocks?offset=0&limit=10");
    /// assert!(Parts::of_target("/v3/…", "/v3/users/../stocks", Body::Empty).is_err());
    /// # Ok::<(), wechatpay_core::error::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// [`BuildError::Field`] with the name `target` when it does not begin with `/`, has a dot segment, or has a character
    /// that a URL must have encoded. Others might change such a target on its way, so that the signature would not match.
    pub fn of_target(
        template: &'static str,
        target: impl Into<String>,
        body: Body,
    ) -> Result<Self, BuildError> {
        let target = target.into();
        let path = target.split('?').next().unwrap_or_default();
        let problem = if !path.starts_with('/') || path.starts_with("//") {
            Some(FieldProblem::Rule("must begin with one /".into()))
        } else if path.split('/').any(is_dots) {
            Some(FieldProblem::DotSegment)
        } else if !is_encoded(&target) {
            Some(FieldProblem::Rule("has a character that must be percent-encoded".into()))
        } else {
            None
        };
        match problem {
            Some(problem) => Err(InvalidField::new("target", problem).into()),
            None => Ok(Self { template, target, body }),
        }
    }

    /// Replaces the body.
    #[must_use]
    pub fn with_body(self, body: Body) -> Self {
        Self { body, ..self }
    }

    /// Returns the operation's path with its parameters in braces. It contains no ids.
    pub fn template(&self) -> &'static str {
        self.template
    }

    /// Returns the percent-encoded path and query.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Returns the body.
    pub fn body(&self) -> &Body {
        &self.body
    }

    pub(crate) fn into_target_and_body(self) -> (String, Body) {
        (self.target, self.body)
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("template", &self.template)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

/// Replaces the parameters of a path with fields, and removes those fields from the list.
fn fill(path: &'static str, fields: &mut Vec<(Cow<'_, str>, &RawValue)>) -> Result<String, BuildError> {
    let mismatch = || BuildError::PathTemplate { template: path };
    let mut filled = String::with_capacity(path.len().saturating_add(64));
    let mut rest = path;
    while let Some((literal, parameter)) = rest.split_once('{') {
        let (name, after) = parameter.split_once('}').ok_or_else(mismatch)?;
        let position = fields.iter().position(|(field, _)| field == name).ok_or_else(mismatch)?;
        let (_, value) = fields.remove(position);
        let value = if value.get() == "null" { Cow::default() } else { text(value).ok_or_else(mismatch)? };
        let problem = match &*value {
            "" => Some(FieldProblem::Empty),
            "." | ".." => Some(FieldProblem::DotSegment),
            _ => None,
        };
        if let Some(problem) = problem {
            return Err(InvalidField::new(name, problem).into());
        }
        filled.push_str(literal);
        filled.extend(utf8_percent_encode(&value, ENCODED));
        rest = after;
    }
    filled.push_str(rest);
    if !path.starts_with('/') || filled.contains(['{', '}', '?', '#']) {
        return Err(mismatch());
    }
    Ok(filled)
}

/// Whether a path segment is `.` or `..`, also if its dots are encoded.
fn is_dots(segment: &str) -> bool {
    let plain = segment.replace("%2e", ".").replace("%2E", ".");
    matches!(plain.as_str(), "." | "..")
}

/// Whether every character may stand in a path or a query (RFC 3986 §3.3 and §3.4), and every `%` begins an octet.
fn is_encoded(target: &str) -> bool {
    let mut rest = target.bytes();
    while let Some(byte) = rest.next() {
        let valid = match byte {
            b'%' => {
                rest.next().is_some_and(|digit| digit.is_ascii_hexdigit())
                    && rest.next().is_some_and(|digit| digit.is_ascii_hexdigit())
            }
            byte => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte),
        };
        if !valid {
            return false;
        }
    }
    true
}

/// Returns a JSON value as text: a string without its quotes, or a number or boolean as written. Returns `None` for a
/// list or an object.
fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    match value.get().as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(value.get()).ok().map(Cow::Owned),
        b'{' | b'[' => None,
        _ => Some(Cow::Borrowed(value.get())),
    }
}

/// The fields of a serialised operation, in order. A unit struct has none.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an operation with named fields or without fields")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Members(Vec::new()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::with_capacity(16);
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Members(fields))
            }
        }
        deserializer.deserialize_any(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &'static str, fields: &[(&str, &str)]) -> Result<String, BuildError> {
        let fields: std::collections::BTreeMap<_, _> = fields.iter().copied().collect();
        Parts::of(&Method::GET, path, &fields).map(|parts| parts.target)
    }

    #[test]
    fn a_target_that_others_might_change_is_rejected() {
        for target in ["/", "/v3/a", "/v3/a%2Fb?c=d%20e&f", "/v3/a:b@c/(d)?e=/?", "/v3/...", "/v3/.a"] {
            let parts = Parts::of_target("/t", target, Body::Empty).unwrap();
            assert_eq!((parts.template(), parts.target()), ("/t", target));
        }
        for (target, problem) in [
            ("", "target must begin with one /"),
            ("v3/a", "target must begin with one /"),
            ("https://host/v3", "target must begin with one /"),
            ("//host/v3", "target must begin with one /"),
            ("?a=b", "target must begin with one /"),
            ("/v3/../a", "target is a dot segment (. or ..), which cannot be sent in a URL path"),
            ("/v3/.", "target is a dot segment (. or ..), which cannot be sent in a URL path"),
            ("/v3/%2E%2e/a", "target is a dot segment (. or ..), which cannot be sent in a URL path"),
            ("/v3/a b", "target has a character that must be percent-encoded"),
            ("/v3/a#b", "target has a character that must be percent-encoded"),
            ("/v3/代金券", "target has a character that must be percent-encoded"),
            ("/v3/a%2", "target has a character that must be percent-encoded"),
            ("/v3/a%zz", "target has a character that must be percent-encoded"),
            ("/v3?a=\n", "target has a character that must be percent-encoded"),
            ("/v3/{id}", "target has a character that must be percent-encoded"),
        ] {
            let error = Parts::of_target("/t", target, Body::Empty).unwrap_err();
            assert_eq!(error.to_string(), problem, "{target}");
        }
    }

    #[test]
    fn a_path_parameter_is_encoded_as_one_segment() {
        // Expected values from python3 -c 'import urllib.parse,sys; print(urllib.parse.quote(sys.argv[1], safe=""))'
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
            ("a{b}\"\\\n", "a%7Bb%7D%22%5C%0A"),
        ] {
            assert_eq!(get("/v3/{a}/b", &[("a", value)]).unwrap(), format!("/v3/{encoded}/b"));
        }
    }

    #[test]
    fn parts_show_the_template_and_no_values() {
        let parts = Parts::of(&Method::POST, "/v3/{id}", &MANY).unwrap();
        assert_eq!(parts.template(), "/v3/{id}");
        let len = parts.body().bytes().len();
        assert_eq!(
            format!("{parts:?}"),
            format!("Parts {{ template: \"/v3/{{id}}\", body: Json({len} bytes), .. }}")
        );
        let (target, body) = parts.into_target_and_body();
        assert_eq!((target.as_str(), body.bytes().len()), ("/v3/7", len));
    }

    #[test]
    fn the_method_decides_where_the_fields_go() {
        for (method, in_query) in [
            (Method::GET, true),
            (Method::DELETE, true),
            (Method::HEAD, true),
            (Method::POST, false),
            (Method::PUT, false),
            (Method::PATCH, false),
        ] {
            let parts = Parts::of(&method, "/v3", &std::collections::BTreeMap::from([("a", 1)])).unwrap();
            let (target, body) = if in_query { ("/v3?a=1", "") } else { ("/v3", "{\"a\":1}") };
            assert_eq!((parts.target(), &parts.body().bytes()[..]), (target, body.as_bytes()), "{method}");
        }
    }

    #[test]
    fn empty_and_dot_segments_are_rejected() {
        for value in ["", ".", ".."] {
            let error = get("/v3/{id}", &[("id", value)]).unwrap_err();
            assert!(error.to_string().starts_with("id is "), "{error}");
        }
    }

    #[test]
    fn fields_must_match_the_path_template() {
        for (path, fields) in [
            ("/v3/{a}", &[][..]),
            ("/v3/{a}", &[("b", "1")]),
            ("/v3/{a}/{a}", &[("a", "1")]),
            ("/v3/{a", &[("a", "1")]),
            ("/v3/a}", &[("a", "1")]),
            ("v3", &[]),
            ("/v3?x=1", &[]),
        ] {
            assert!(matches!(get(path, fields), Err(BuildError::PathTemplate { .. })), "{path}");
        }
    }

    #[derive(serde::Serialize)]
    struct Many {
        offset: u32,
        start: &'static str,
        status: Option<&'static str>,
        id: u64,
        on: bool,
        #[serde(rename = "名")]
        name: &'static str,
    }

    const MANY: Many =
        Many { offset: 0, start: "13:29+08:00", status: None, id: 7, on: true, name: "a&b=\"c\"" };

    #[test]
    fn a_query_keeps_the_field_order_and_omits_absent_fields() {
        let parts = Parts::of(&Method::GET, "/v3/{id}", &MANY).unwrap();
        let query = "offset=0&start=13%3A29%2B08%3A00&on=true&%E5%90%8D=a%26b%3D%22c%22";
        assert_eq!(parts.target(), format!("/v3/7?{query}"));
        assert!(parts.body().bytes().is_empty());
        // There is no single way to write a list in a query.
        assert!(matches!(
            Parts::of(&Method::GET, "/v3", &std::collections::BTreeMap::from([("a", [1])])),
            Err(BuildError::PathTemplate { .. })
        ));
    }

    #[test]
    fn a_body_is_json_without_the_path_parameters() {
        let parts = Parts::of(&Method::POST, "/v3/{id}", &MANY).unwrap();
        assert_eq!(parts.target(), "/v3/7");
        assert_eq!(
            std::str::from_utf8(parts.body().bytes()).unwrap(),
            r#"{"offset":0,"start":"13:29+08:00","on":true,"名":"a&b=\"c\""}"#
        );
        #[derive(serde::Serialize)]
        struct Unit;
        assert!(Parts::of(&Method::POST, "/v3", &Unit).unwrap().body().bytes().is_empty());
        #[derive(serde::Serialize)]
        struct Absent {
            a: Option<u8>,
        }
        let parts = Parts::of(&Method::POST, "/v3", &Absent { a: None }).unwrap();
        assert_eq!(&parts.body().bytes()[..], b"{}");
        let Err(BuildError::Json(error)) = Parts::of(&Method::POST, "/v3", &7) else { panic!() };
        assert!(
            error.to_string().starts_with("expected an operation with named fields or without"),
            "{error}"
        );
    }
}
