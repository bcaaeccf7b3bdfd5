use std::fmt;

use serde_json::value::RawValue;

use super::SignInformation;
use super::body::{members, text};

/// Details about an invalid parameter or a wrong signature. The platform sends them only with some errors, and not always
/// completely. Each field is read by itself: one of another type is missing, and hides no other.
///
/// A list of details is read as its first entry, and a text as [`issue`](Self::issue). Nothing is lost:
/// [`ApiError::raw_detail`](super::ApiError::raw_detail) returns the JSON as received.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct ErrorDetail {
    /// A JSON pointer into the body, or the name of a parameter.
    pub field: Option<String>,
    /// The value that was sent. `Debug` does not show it, because it may identify a person.
    pub value: Option<serde_json::Value>,
    /// What is wrong with the value. Where the platform nests it (`detail.detail.issue`, as in a `SIGN_ERROR`), it is
    /// that one.
    pub issue: Option<String>,
    /// The part of the request that contains the parameter: `body`, `url`, `query`, `uri_template`, `authorization`, …
    pub location: Option<String>,
    /// What the platform verified the signature of. Only with a `SIGN_ERROR`.
    pub sign_information: Option<SignInformation>,
}

impl ErrorDetail {
    /// How many levels of lists, texts that contain JSON, and nested details are read.
    const LEVELS: u8 = 3;

    pub(super) fn read(json: &RawValue) -> Option<Self> {
        Self::of(json.get(), Self::LEVELS)
    }

    fn of(json: &str, levels: u8) -> Option<Self> {
        let levels = levels.checked_sub(1)?;
        match json.as_bytes().first()? {
            b'{' => Self::of_object(json, levels),
            b'[' => {
                let entries: Vec<&RawValue> = serde_json::from_str(json).ok()?;
                entries.into_iter().find_map(|entry| Self::of(entry.get(), levels))
            }
            b'"' => {
                let text = text(serde_json::from_str(json).ok()?)?;
                let content = text.trim();
                // JSON within a text is not shown as it is: it may contain the rejected value.
                if content.starts_with(['{', '[', '"']) {
                    return Self::of(content, levels);
                }
                (!content.is_empty()).then(|| Self { issue: Some(text), ..Self::default() })
            }
            _ => None,
        }
    }

    fn of_object(json: &str, levels: u8) -> Option<Self> {
        let names = ["field", "value", "issue", "location", "sign_information", "detail"];
        let [field, value, issue, location, sign_information, nested] = members(json, names)?;
        let nested = || Self::of(nested?.get(), levels)?.issue;
        Some(Self {
            field: field.and_then(text),
            value: value.and_then(|value| serde_json::from_str(value.get()).ok()),
            issue: issue.and_then(text).or_else(nested),
            location: location.and_then(text),
            sign_information: sign_information.and_then(SignInformation::read),
        })
    }
}

impl fmt::Debug for ErrorDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorDetail")
            .field("field", &self.field)
            .field("issue", &self.issue)
            .field("location", &self.location)
            .field("sign_information", &self.sign_information)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<ErrorDetail> {
        ErrorDetail::read(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn each_field_of_a_detail_is_read_by_itself() {
        let odd = r#"{"field":7,"value":{"a":[1]},"issue":{"x":1},"location":[],"sign_information":"none","new":1}"#;
        let detail = read(odd).unwrap();
        assert_eq!((detail.field.as_deref(), detail.issue, detail.location), (Some("7"), None, None));
        assert_eq!((detail.value, detail.sign_information), (Some(serde_json::json!({"a": [1]})), None));
        // A number that no type can hold.
        let detail = read(r#"{"issue":12345678901234567890123,"value":1e999,"field":"/a"}"#).unwrap();
        assert_eq!(detail.issue.as_deref(), Some("12345678901234567890123"));
        assert_eq!((detail.value, detail.field.as_deref()), (None, Some("/a")));
    }

    #[test]
    fn a_list_or_a_text_is_a_detail_too() {
        let list = read(r#"[null,7,{"field":"/a","issue":"i"},{"field":"/b"}]"#).unwrap();
        assert_eq!((list.field.as_deref(), list.issue.as_deref()), (Some("/a"), Some("i")));
        assert_eq!(read(r#""必填""#).unwrap().issue.as_deref(), Some("必填"));
        assert_eq!(read(r#"["必填","x"]"#).unwrap().issue.as_deref(), Some("必填"));
        // JSON that was encoded twice.
        let twice = read(r#""{\"field\":\"/openid\",\"value\":\"oSECRET\",\"issue\":\"i\"}""#).unwrap();
        assert_eq!((twice.field.as_deref(), twice.issue.as_deref()), (Some("/openid"), Some("i")));
        for nothing in
            ["7", "true", "\"\"", "[]", "[[[[{\"field\":\"/a\"}]]]]", r#""{\"value\":\"oSECRET\"""#]
        {
            assert!(read(nothing).is_none(), "{nothing}");
        }
        assert!(read("{}").is_some());
    }

    #[test]
    fn sign_information_is_read_and_its_message_is_not_shown() {
        let detail = read(
            r#"{"detail":{"issue":"sign not match"},"field":"signature","location":"authorization",
                "sign_information":{"method":"POST","url":"/v3/marketing/favor/users/oSECRET/coupons?appid=wxSECRET",
                "truncated_sign_message":"POST\n/v3/x\n1\nn\n{\"openid\":\"oSECRET\"}","sign_message_length":"107"}}"#,
        )
        .unwrap();
        assert_eq!(detail.issue.as_deref(), Some("sign not match"));
        let seen = detail.sign_information.clone().unwrap();
        assert_eq!((seen.method.as_deref(), seen.sign_message_length), (Some("POST"), Some(107)));
        assert!(
            seen.url.unwrap().contains("oSECRET") && seen.truncated_sign_message.unwrap().contains("oSECRET")
        );
        let debug = format!("{detail:?}");
        assert!(
            debug.contains("POST /v3/marketing/favor/users/…/coupons?…") && !debug.contains("SECRET"),
            "{debug}"
        );
        // Each member by itself.
        let odd = r#"{"sign_information":{"method":1,"url":["x"],"truncated_sign_message":null,"sign_message_length":-1}}"#;
        let odd = read(odd).unwrap().sign_information.unwrap();
        assert_eq!(odd, SignInformation { method: Some("1".to_owned()), ..SignInformation::default() });
        let empty = read(r#"{"field":"","issue":"","location":"body","detail":{"issue":"b"}}"#).unwrap();
        assert_eq!((empty.field, empty.issue.as_deref()), (None, Some("b")));
        // The issue of the detail itself counts before that of the nested one.
        assert_eq!(read(r#"{"issue":"a","detail":{"issue":"b"}}"#).unwrap().issue.as_deref(), Some("a"));
        assert_eq!(read(r#"{"detail":"b"}"#).unwrap().issue.as_deref(), Some("b"));
    }
}
