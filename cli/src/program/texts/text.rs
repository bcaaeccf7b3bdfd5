//! A text in the language of the reader.

use std::fmt::{Display, Write as _};

use crate::program::texts::catalogue::chinese;
use crate::program::texts::language::{Language, spoken};

/// A text with named values, as a `String`: `text!("{count} rows", count = rows)`. It is in the language of the process,
/// or in that of `text!(in language; …)`. The compiler checks the English text, and a test the Chinese one.
macro_rules! text {
    (in $language:expr; $english:literal $(, $name:ident = $value:expr)* $(,)?) => {
        match $crate::program::texts::translated($language, $english) {
            None => format!($english $(, $name = $value)*),
            Some(chinese) => {
                $crate::program::texts::fill(chinese, &[$((stringify!($name), &$value)),*])
            }
        }
    };
    ($english:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::program::texts::text!(in $crate::program::texts::spoken(); $english $(, $name = $value)*)
    };
}

/// A text in a table. It is shown with [`said`] or [`said_in`].
macro_rules! marked {
    ($english:literal) => {
        $english
    };
}

pub(crate) use {marked, text};

/// The translation of a text. `None` if it is shown as it is.
pub(crate) fn translated(language: Language, english: &str) -> Option<&'static str> {
    match language {
        Language::En => None,
        Language::Zh => chinese(english),
    }
}

/// A text of a table, in the language of the process.
pub(crate) fn said(english: &str) -> &str {
    said_in(spoken(), english)
}

/// A text of a table.
pub(crate) fn said_in(language: Language, english: &str) -> &str {
    translated(language, english).unwrap_or(english)
}

/// Puts values where their names are in braces.
pub(crate) fn fill(text: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else { break };
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            // A `String` takes everything.
            let _ = write!(filled, "{value}");
        }
        rest = after;
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_where_their_names_are_and_not_read_again() {
        let values: [(&str, &dyn Display); 2] = [("a", &"{b}"), ("b", &7)];
        assert_eq!(fill("{b} 张，{a}", &values), "7 张，{b}");
    }
}
