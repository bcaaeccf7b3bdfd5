use std::fmt;

use super::OneLine;

/// Where and why JSON does not have the documented structure. The error omits the JSON's values, which may identify a
/// person.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}", OneLine(problem), if *line == 0 { String::new() } else { format!(" at line {line} column {column}") })]
pub struct JsonError {
    problem: String,
    line: usize,
    column: usize,
}

impl JsonError {
    pub(crate) fn new(error: &serde_json::Error) -> Self {
        Self { problem: problem(error), line: error.line(), column: error.column() }
    }

    /// The text as a whole is not what was expected.
    pub(crate) fn of_whole(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), line: 0, column: 0 }
    }

    /// Returns the line, counted from 1, or 0 when it is not known.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Returns the column, counted from 1, or 0 when it is not known.
    pub fn column(&self) -> usize {
        self.column
    }
}

/// Returns the parser's message without the values it quotes.
fn problem(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let message = error.to_string();
    match error.classify() {
        Category::Eof => return "the JSON text is incomplete".to_owned(),
        Category::Io | Category::Syntax => return "the text is not valid JSON".to_owned(),
        Category::Data => {}
    }
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    // These messages contain only field names that this crate defines.
    if message.starts_with("missing field `") || message.starts_with("duplicate field `") {
        return message.to_owned();
    }
    // The expectation comes last in the message. The value quoted before it may contain any text, even these words.
    match message.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => "a value does not have the documented type".to_owned(),
    }
}

impl fmt::Debug for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonError({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cashcoupons::{Coupon, SendCouponResponse};

    #[test]
    fn a_problem_of_the_whole_text_has_no_position() {
        let error = JsonError::of_whole("the list\nis empty");
        assert_eq!((error.to_string().as_str(), error.line(), error.column()), ("the list\\nis empty", 0, 0));
    }

    #[test]
    fn the_error_describes_the_problem_without_the_value() {
        let message =
            |json: &str| JsonError::new(&serde_json::from_str::<Coupon>(json).unwrap_err()).to_string();
        assert_eq!(message("{}"), "missing field `stock_id` at line 1 column 2");
        assert_eq!(message(""), "the JSON text is incomplete at line 1 column 0");
        assert_eq!(message("oSECRET"), "the text is not valid JSON at line 1 column 1");
        for json in [
            r#"{"stock_creator_mchid":"1","stock_id":"2","coupon_id":"3","status":"USED","no_cash":"oSECRET"}"#,
            r#"{"stock_creator_mchid":"1","stock_id":"2","coupon_id":"3","status":"USED","no_cash":"oSECRET, expected x"}"#,
        ] {
            assert!(message(json).starts_with("expected a boolean at line 1 column "), "{}", message(json));
        }
        let number = r#"{"stock_creator_mchid":"1","stock_id":"2","coupon_id":"3","status":"USED","available_balance":"oSECRET"}"#;
        assert!(
            message(number).starts_with("expected an integer, or a string that contains one at line"),
            "{}",
            message(number)
        );
        let error = serde_json::from_str::<SendCouponResponse>("7").unwrap_err();
        assert!(JsonError::new(&error).to_string().starts_with("expected struct SendCouponResponse"));
    }
}
