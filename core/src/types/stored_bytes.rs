//! Bytes in stored JSON: text as a string, anything else as `{"base64": "…"}`. For `#[serde(with = "stored_bytes")]`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserializer, Serializer};

const BASE64: &str = "base64";

pub(crate) fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serializer.serialize_str(text),
        Err(_) => {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(BASE64, &STANDARD.encode(bytes))?;
            map.end()
        }
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    deserializer.deserialize_any(Stored)
}

struct Stored;

impl<'de> Visitor<'de> for Stored {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"a text, or bytes as {"base64": "…"}"#)
    }

    fn visit_str<E>(self, text: &str) -> Result<Bytes, E> {
        Ok(Bytes::copy_from_slice(text.as_bytes()))
    }

    fn visit_string<E>(self, text: String) -> Result<Bytes, E> {
        Ok(text.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Bytes, A::Error> {
        let Some((name, encoded)) = map.next_entry::<String, String>()? else {
            return Err(A::Error::missing_field(BASE64));
        };
        if name != BASE64 {
            return Err(A::Error::unknown_field(&name, &[BASE64]));
        }
        if map.next_key::<String>()?.is_some() {
            return Err(A::Error::custom("bytes have one field, base64"));
        }
        // The text is not part of the error: it may be personal data.
        STANDARD.decode(encoded).map(Bytes::from).map_err(|_| A::Error::custom("base64 is not valid"))
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, Serialize, Deserialize)]
    struct Body(#[serde(with = "super")] Bytes);

    #[test]
    fn text_is_stored_as_text_and_other_bytes_as_base64() {
        // `printf '\xff\x00' | base64`
        for (bytes, json) in [
            (&b""[..], r#""""#),
            (r#"{"a": "代金券"}"#.as_bytes(), r#""{\"a\": \"代金券\"}""#),
            (b"\xff\0", r#"{"base64":"/wA="}"#),
        ] {
            let bytes = Bytes::copy_from_slice(bytes);
            assert_eq!(serde_json::to_string(&Body(bytes.clone())).unwrap(), json);
            assert_eq!(serde_json::from_str::<Body>(json).unwrap().0, bytes);
        }
    }

    #[test]
    fn other_json_is_an_error_that_does_not_show_it() {
        for (json, error) in [
            ("1", "invalid type: integer `1`, expected a text"),
            ("{}", "missing field `base64`"),
            (r#"{"other":"x"}"#, "unknown field `other`"),
            (r#"{"base64":"secret!"}"#, "base64 is not valid"),
            (r#"{"base64":"AA==","more":"x"}"#, "bytes have one field"),
        ] {
            let shown = serde_json::from_str::<Body>(json).unwrap_err().to_string();
            assert!(shown.contains(error) && !shown.contains("secret"), "{shown}");
        }
    }
}
