//! Reads values in the forms in which the platform sends them, or plausibly may.
//!
//! The platform's samples and those of other clients have integers as texts, ids as numbers, and an absent value as
//! `null`, as an empty text or as an empty object. None of this may make a response an error. Nothing is guessed: a
//! fraction is no integer, and a list is no object.

use std::fmt;
use std::iter;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, MapDeserializer};
use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};

use super::long_integers;
use super::objects_only::ObjectsOnly;
use super::peeked::peek;

/// Parses JSON. Requires all of it to be UTF-8: on its own, the parser does not validate strings that it skips.
///
/// Where an id is a number that no type of a number holds, such as the ID of a payment, its digits are the id.
pub(crate) fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let text = std::str::from_utf8(bytes).map_err(serde_json::Error::custom)?;
    parse(text).or_else(|error| {
        let quoted = long_integers::quoted(text);
        quoted.and_then(|text| parse(&text).ok()).ok_or(error)
    })
}

fn parse<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = T::deserialize(ObjectsOnly(&mut deserializer))?;
    deserializer.end()?;
    Ok(value)
}

/// A value of a response.
pub(crate) trait Readable: Sized {
    /// Whether JSON writes it as an object.
    const IS_OBJECT: bool = false;

    /// Reads the value.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// Whether this says no more than an absent value, as an empty text does.
    fn is_absent(&self) -> bool {
        false
    }
}

impl Readable for i64 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        int(deserializer)
    }
}

impl Readable for bool {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Bool)
    }
}

impl Readable for String {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer)
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

/// Reads an integer, or a text that contains one.
pub(crate) fn int<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    match deserializer.is_human_readable() {
        true => deserializer.deserialize_any(Int),
        false => deserializer.deserialize_i64(Int),
    }
}

/// Reads a text, or an integer as its digits.
pub(crate) fn text<'de, D: Deserializer<'de>, T: for<'a> From<&'a str>>(
    deserializer: D,
) -> Result<T, D::Error> {
    match deserializer.is_human_readable() {
        true => deserializer.deserialize_any(Text(PhantomData)),
        false => deserializer.deserialize_str(Text(PhantomData)),
    }
}

/// Reads a value that must be there: an empty text is an error.
pub(crate) fn required<'de, D: Deserializer<'de>, T: Readable>(deserializer: D) -> Result<T, D::Error> {
    let value = T::read(deserializer)?;
    match value.is_absent() {
        true => Err(D::Error::invalid_value(Unexpected::Str(""), &"a text that is not empty")),
        false => Ok(value),
    }
}

/// Reads a value that may be absent: `null`, and an empty text, list or object. Fields also need `serde(default)`.
pub(crate) fn optional<'de, D: Deserializer<'de>, T: Readable>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(Optional(PhantomData))
}

/// Like [`optional`], for a text that is empty if it is absent.
pub(crate) fn text_or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    optional(deserializer).map(Option::unwrap_or_default)
}

/// Reads a list. Absent entries are left out, and a single text or number counts as a list of one. Fields also need
/// `serde(default)`.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Readable>(deserializer: D) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_any(List(PhantomData))
}

struct Int;

impl Visitor<'_> for Int {
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
        text.parse().map_err(|_| E::invalid_value(Unexpected::Str("…"), &self))
    }
}

struct Bool;

impl Visitor<'_> for Bool {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a boolean")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<bool, E> {
        Ok(value)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
        match text.to_ascii_lowercase().as_str() {
            // The misspelling is that of a documented sample.
            "true" | "ture" => Ok(true),
            "false" => Ok(false),
            _ => Err(E::invalid_value(Unexpected::Str("…"), &self)),
        }
    }
}

struct Text<T>(PhantomData<T>);

impl<T: for<'a> From<&'a str>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, or an integer")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(text.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
        Ok(T::from(&value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
        Ok(T::from(&value.to_string()))
    }
}

struct Optional<T>(PhantomData<T>);

impl<'de, T: Readable> Visitor<'de> for Optional<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if T::IS_OBJECT { "an object" } else { "a single value" })
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Option<T>, E> {
        T::read(value.into_deserializer()).map(Some)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Option<T>, E> {
        T::read(value.into_deserializer()).map(Some)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Option<T>, E> {
        T::read(value.into_deserializer()).map(Some)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Option<T>, E> {
        T::read(value.into_deserializer()).map(Some)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<T>, E> {
        match text {
            "" => Ok(None),
            text => T::read(text.into_deserializer()).map(Some),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<T>, A::Error> {
        match list.next_element::<IgnoredAny>()? {
            None => Ok(None),
            Some(_) => Err(A::Error::invalid_type(Unexpected::Seq, &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Option<T>, A::Error> {
        match peek(object)? {
            Some(object) if T::IS_OBJECT => T::read(MapAccessDeserializer::new(object)).map(Some),
            Some(_) => Err(A::Error::invalid_type(Unexpected::Map, &self)),
            // It says something only if nothing is required of such an object.
            None if T::IS_OBJECT => Ok(T::read(empty_object::<A::Error>()).ok()),
            None => Ok(None),
        }
    }
}

fn empty_object<'de, E: Error>() -> MapDeserializer<'de, iter::Empty<(&'static str, ())>, E> {
    MapDeserializer::new(iter::empty())
}

/// An entry of a list.
struct Entry<T>(Option<T>);

impl<'de, T: Readable> Deserialize<'de> for Entry<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        optional(deserializer).map(Self)
    }
}

struct List<T>(PhantomData<T>);

impl<'de, T: Readable> Visitor<'de> for List<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or a single string")
    }

    fn visit_unit<E: Error>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Vec<T>, E> {
        T::read(value.into_deserializer()).map(|entry| vec![entry])
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Vec<T>, E> {
        T::read(value.into_deserializer()).map(|entry| vec![entry])
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        Optional(PhantomData).visit_str(text).map(|entry| entry.into_iter().collect())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut entries = Vec::new();
        while let Some(Entry(entry)) = list.next_element()? {
            entries.extend(entry);
        }
        Ok(entries)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Vec<T>, A::Error> {
        match object.next_key::<IgnoredAny>()? {
            None => Ok(Vec::new()),
            Some(_) => Err(A::Error::invalid_type(Unexpected::Map, &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, PartialEq, Debug)]
    struct Inner {
        #[serde(default, deserialize_with = "optional")]
        on: Option<bool>,
    }

    impl Readable for Inner {
        const IS_OBJECT: bool = true;

        fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Self::deserialize(deserializer)
        }
    }

    #[derive(serde::Deserialize, PartialEq, Debug)]
    struct Sample {
        #[serde(deserialize_with = "required")]
        id: String,
        #[serde(default, deserialize_with = "optional")]
        limit: Option<i64>,
        #[serde(default, deserialize_with = "optional")]
        inner: Option<Inner>,
        #[serde(default, deserialize_with = "text_or_empty")]
        name: String,
        #[serde(default, deserialize_with = "list")]
        kinds: Vec<String>,
    }

    fn read(json: &str) -> serde_json::Result<Sample> {
        serde_json::from_str(json)
    }

    #[test]
    fn accepted_variants_have_the_same_value() {
        let strict =
            read(r#"{"id":"7","limit":10,"inner":{"on":true},"name":"3","kinds":["APPPAY"]}"#).unwrap();
        assert_eq!(
            strict,
            Sample {
                id: "7".to_owned(),
                limit: Some(10),
                inner: Some(Inner { on: Some(true) }),
                name: "3".to_owned(),
                kinds: vec!["APPPAY".to_owned()],
            }
        );
        for loose in [
            r#"{"id":7,"limit":"10","inner":{"on":"true"},"name":3,"kinds":"APPPAY"}"#,
            r#"{"id":"7","limit":10,"inner":{"on":"ture"},"name":"3","kinds":["APPPAY"]}"#,
            r#"{"id":"7","limit":10,"inner":{"on":"TRUE","x":[]},"name":"3","kinds":[null,"APPPAY",""],"new":{"a":[1]}}"#,
        ] {
            assert_eq!(read(loose).unwrap(), strict, "{loose}");
        }
        assert_eq!(read(r#"{"id":18446744073709551615,"limit":"-8"}"#).unwrap().id, u64::MAX.to_string());
        assert_eq!(read(r#"{"id":-7,"limit":"-8"}"#).unwrap().limit, Some(-8));
        assert_eq!(read(r#"{"id":"7","kinds":8}"#).unwrap().kinds, ["8"]);
        assert_eq!(read(r#"{"id":"7","kinds":-8}"#).unwrap().kinds, ["-8"]);
    }

    #[test]
    fn an_absent_value_may_be_written_in_any_way() {
        let absent = read(r#"{"id":"7"}"#).unwrap();
        for empty in ["null", "\"\"", "[]", "{}"] {
            let json = format!(r#"{{"id":"7","limit":{empty},"name":{empty},"kinds":{empty}}}"#);
            assert_eq!(read(&json).unwrap(), absent, "{json}");
            let inner = read(&format!(r#"{{"id":"7","inner":{empty}}}"#)).unwrap().inner;
            assert_eq!(inner.and_then(|inner| inner.on), None, "{empty}");
            assert!(read(&format!(r#"{{"id":{empty}}}"#)).is_err(), "{empty}");
        }
    }

    #[test]
    fn nothing_is_guessed() {
        for (field, wrong) in [
            ("id", "true 1.5 1e3 18446744073709551616 [\"7\"] {\"a\":1}"),
            ("limit", "true 1.5 1.0 \"1.0\" \"\\u00201\" \"ten\" [1] {\"a\":1} 18446744073709551615"),
            ("inner", "true 1 \"on\" [true] {\"on\":1} {\"on\":\"yes\"}"),
            ("name", "true 1.5 [\"3\"] {\"a\":1}"),
            ("kinds", "true 1.5 [[\"3\"]] [true] {\"a\":1}"),
        ] {
            for wrong in wrong.split(' ') {
                let id = if field == "id" { "" } else { r#""id":"7","# };
                let json = format!(r#"{{{id}"{field}":{wrong}}}"#);
                assert!(read(&json).is_err(), "{json}");
            }
        }
    }

    #[test]
    fn an_error_says_what_was_expected() {
        for (json, expected) in [
            (r#"{"id":""}"#, "expected a text that is not empty"),
            (r#"{"id":null}"#, "expected a string, or an integer"),
            (r#"{"id":"7","limit":true}"#, "expected an integer, or a string that contains one"),
            (r#"{"id":"7","limit":[1]}"#, "expected a single value"),
            (r#"{"id":"7","inner":[1]}"#, "expected an object"),
            (r#"{"id":"7","inner":{"on":1}}"#, "expected a boolean"),
            (r#"{"id":"7","kinds":true}"#, "expected a list, or a single string"),
        ] {
            let error = read(json).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
