use serde::de::Error as _;

/// The same error without the value that it is about: serde_json quotes it, and it may identify a person.
///
/// The place stays, and what was expected there.
pub(crate) fn without_value(error: serde_json::Error) -> serde_json::Error {
    // Only of data is anything quoted. An error made of a text finds its place in it again.
    if error.is_data() { serde_json::Error::custom(anonymous(&error.to_string())) } else { error }
}

fn anonymous(message: &str) -> String {
    const QUOTING: [&str; 4] = ["invalid type: ", "invalid value: ", "unknown variant ", "unknown field "];
    let quoted = QUOTING.iter().find_map(|prefix| Some((prefix, message.strip_prefix(prefix)?)));
    let Some((prefix, rest)) = quoted else { return message.to_owned() };
    // The value may hold anything, but what was expected is the reader's own words.
    let (value, expected) = rest.rsplit_once(", expected ").unwrap_or((rest, "something else"));
    let kind = value.split(['"', '`']).next().unwrap_or_default().trim_end();
    format!("{prefix}{kind}…, expected {expected}")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, Debug)]
    #[allow(dead_code, reason = "only its errors matter")]
    struct Sample {
        flag: bool,
        kind: Option<Kind>,
    }

    #[derive(Deserialize, Debug)]
    enum Kind {
        A,
        B,
    }

    fn shown(json: &str) -> String {
        without_value(serde_json::from_str::<Sample>(json).unwrap_err()).to_string()
    }

    #[test]
    fn says_where_and_what_was_expected_and_not_what_is_there() {
        for (value, kind) in [
            (r#""oSECRET""#, "string"),
            (r#""oSECRET, expected \" ` x""#, "string"),
            ("4200751234", "integer"),
            ("[1]", "sequence"),
        ] {
            let error = shown(&format!(r#"{{"flag":{value}}}"#));
            assert!(
                error.starts_with(&format!("invalid type: {kind}…, expected a boolean at line 1")),
                "{error}"
            );
            assert!(!error.contains("SECRET") && !error.contains("4200"), "{error}");
        }
        let variant = shown(r#"{"flag":true,"kind":"oSECRET"}"#);
        assert!(variant.starts_with("unknown variant …, expected `A` or `B` at line 1"), "{variant}");
    }

    #[test]
    fn everything_else_stays() {
        for json in ["{}", r#"{"flag":true,"flag":true}"#, "{", "", "{\"flag\":tru"] {
            let error = serde_json::from_str::<Sample>(json).unwrap_err();
            let (text, place) = (error.to_string(), (error.line(), error.column()));
            let error = without_value(error);
            assert_eq!((error.to_string(), (error.line(), error.column())), (text, place));
        }
    }
}
