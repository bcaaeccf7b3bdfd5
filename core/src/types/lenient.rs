//! Deserialisers that accept the variants the platform sends.
//!
//! The platform's documented samples give integers as strings, and `null` for booleans and lists. Such a response must
//! not become an error. Nothing is guessed: any other type is still an error.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// Parses JSON and requires all of it to be UTF-8: on its own, the parser does not validate strings that it skips.
pub(crate) fn from_json<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> serde_json::Result<T> {
    serde_json::from_str(std::str::from_utf8(bytes).map_err(serde_json::Error::custom)?)
}

/// Reads an integer, or a string that contains one.
pub(crate) fn int<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    deserializer.deserialize_any(IntVisitor)
}

/// Like [`int`], and reads `null` as `None`. Fields also need `serde(default)`, so that a missing field is `None` too.
pub(crate) fn optional_int<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    struct OptionalInt;
    impl<'de> Visitor<'de> for OptionalInt {
        type Value = Option<i64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            IntVisitor.expecting(f)
        }

        fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
            int(deserializer).map(Some)
        }
    }
    deserializer.deserialize_option(OptionalInt)
}

/// Reads `null` as the type's default. Fields also need `serde(default)`, so that a missing field is the default too.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads a list. A single string counts as a list of one, and `null` as an empty list.
pub(crate) fn one_or_many<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + for<'a> From<&'a str>,
{
    struct OneOrMany<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de> + for<'a> From<&'a str>> Visitor<'de> for OneOrMany<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list, or a single string")
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(vec![T::from(text)])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut values = Vec::new();
            while let Some(value) = list.next_element()? {
                values.push(value);
            }
            Ok(values)
        }
    }
    deserializer.deserialize_any(OneOrMany(PhantomData))
}

struct IntVisitor;

impl Visitor<'_> for IntVisitor {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer, or a string that contains one")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<i64, E> {
        Ok(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<i64, E> {
        i64::try_from(value).map_err(|_| E::custom("the integer is too large"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<i64, E> {
        text.parse().map_err(|_| E::invalid_value(serde::de::Unexpected::Str("…"), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, PartialEq, Debug)]
    struct Sample {
        #[serde(deserialize_with = "int")]
        count: i64,
        #[serde(default, deserialize_with = "optional_int")]
        limit: Option<i64>,
        #[serde(default, deserialize_with = "or_default")]
        data: Vec<String>,
        #[serde(default, deserialize_with = "one_or_many")]
        kinds: Vec<String>,
    }

    #[test]
    fn accepted_variants_have_the_same_value() {
        let strict: Sample =
            serde_json::from_str(r#"{"count":200,"limit":10,"data":[],"kinds":["APPPAY"]}"#).unwrap();
        for loose in [
            r#"{"count":"200","limit":"10","data":null,"kinds":"APPPAY"}"#,
            r#"{"count":"200","limit":10,"kinds":["APPPAY"],"new_field":{"a":[1]}}"#,
        ] {
            assert_eq!(serde_json::from_str::<Sample>(loose).unwrap(), strict, "{loose}");
        }
        let negative: Sample = serde_json::from_str(r#"{"count":-7,"limit":"-8"}"#).unwrap();
        assert_eq!((negative.count, negative.limit), (-7, Some(-8)));
        let null: Sample = serde_json::from_str(r#"{"count":0,"limit":null,"kinds":null}"#).unwrap();
        assert_eq!(null, Sample { count: 0, limit: None, data: vec![], kinds: vec![] });
    }

    #[test]
    fn a_value_that_is_not_an_integer_is_an_error() {
        for wrong in ["null", "\"\"", "\" 1\"", "1.0", "true", "[]", "18446744073709551615"] {
            let json = format!(r#"{{"count":{wrong}}}"#);
            assert!(serde_json::from_str::<Sample>(&json).is_err(), "{json}");
        }
    }

    #[test]
    fn an_error_says_what_was_expected() {
        let integer = "expected an integer, or a string that contains one";
        for (json, expected) in [
            (r#"{"count":true}"#, integer),
            (r#"{"count":1,"limit":[]}"#, integer),
            (r#"{"count":1,"kinds":7}"#, "expected a list, or a single string"),
        ] {
            let error = serde_json::from_str::<Sample>(json).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
