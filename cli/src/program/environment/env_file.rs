//! Reads a file of variables, as a shell would read it.

use std::collections::BTreeMap;

use wechatpay_hyper::core::zeroize::Zeroizing;

use crate::program::texts::{marked, said, text};

/// The variables of a file.
pub(super) type Pairs = BTreeMap<String, Zeroizing<String>>;

/// Reads lines `NAME=value` and `export NAME=value`. Values may be quoted as for a shell. Nothing is expanded: `$` and
/// backquotes outside single quotes are errors, because a shell would replace them.
///
/// # Errors
/// A sentence with the number of the line. It contains no value.
pub(super) fn parse(text: &str) -> Result<Pairs, String> {
    let mut pairs = Pairs::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().zip(1_u64..);
    while let Some((line, number)) = lines.next() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let assignment = line.strip_prefix("export ").map_or(line, str::trim_start);
        let (name, value) = assignment
            .split_once('=')
            .ok_or_else(|| text!("line {number} is not NAME=value", number = number))?;
        if !is_name(name) {
            return Err(text!(
                "line {number}: the text before = is not the name of a variable",
                number = number
            ));
        }
        let mut word = Word::default();
        let mut rest = Zeroizing::new(value.to_owned());
        // A quoted value may go on in the next line.
        while !word.read(&rest).map_err(|problem| {
            text!("line {number} ({name}): {problem}", number = number, name = name, problem = said(problem))
        })? {
            let (next, _) = lines.next().ok_or_else(|| {
                text!(
                    "line {number} ({name}): {problem}",
                    number = number,
                    name = name,
                    problem = text!("a quote is not closed")
                )
            })?;
            word.value.push('\n');
            rest = Zeroizing::new(next.to_owned());
        }
        pairs.insert(name.to_owned(), word.value);
    }
    Ok(pairs)
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !name.is_empty() && name.bytes().all(plain) && !name.starts_with(|first: char| first.is_ascii_digit())
}

/// A value that is being read.
#[derive(Default)]
struct Word {
    value: Zeroizing<String>,
    quote: Option<char>,
}

impl Word {
    /// Reads a line. Returns whether the value is complete.
    fn read(&mut self, line: &str) -> Result<bool, &'static str> {
        const EXPANDED: &str =
            marked!("a shell would replace $ and ` here, and this program does not: quote them with '");
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            match (self.quote, character) {
                (Some(quote), character) if character == quote => self.quote = None,
                (Some('\''), character) => self.value.push(character),
                (_, '$' | '`') => return Err(EXPANDED),
                (Some(_), '\\') => match characters.next() {
                    Some(escaped @ ('"' | '\\' | '$' | '`')) => self.value.push(escaped),
                    Some(other) => self.value.extend(['\\', other]),
                    None => return Err(marked!("a \\ stands at the end of the line")),
                },
                (Some(_), character) => self.value.push(character),
                (None, '\'' | '"') => self.quote = Some(character),
                (None, '\\') => {
                    self.value.push(characters.next().ok_or(marked!("a \\ stands at the end of the line"))?)
                }
                (None, character) if character.is_whitespace() => {
                    let rest: String = characters.collect();
                    let rest = rest.trim_start();
                    return if rest.is_empty() || rest.starts_with('#') {
                        Ok(true)
                    } else {
                        Err(marked!("a value with spaces must be quoted"))
                    };
                }
                (None, character) => self.value.push(character),
            }
        }
        Ok(self.quote.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values are those that `sh -c '. ./file; printf %s "$A"'` gives.
    #[test]
    fn values_are_those_of_a_shell() {
        for (line, value) in [
            ("A=plain", "plain"),
            ("export A=plain", "plain"),
            ("  A=indented", "indented"),
            ("A=", ""),
            ("A=a=b", "a=b"),
            ("A=a#b", "a#b"),
            ("A=a # a comment", "a"),
            ("A=a\t# a comment", "a"),
            ("A='two words'", "two words"),
            ("A=\"two words\"", "two words"),
            ("A='$HOME and `date`'", "$HOME and `date`"),
            ("A=\"a \\\"quote\\\" and \\n\"", "a \"quote\" and \\n"),
            ("A='it'\\''s'", "it's"),
            ("A=a\\ b", "a b"),
            ("A=\"\\$HOME\"", "$HOME"),
            ("A='first\nsecond'", "first\nsecond"),
            ("# a comment\n\nA=last\n", "last"),
            ("A=first\nA=second", "second"),
            ("\u{feff}A=after-a-mark", "after-a-mark"),
        ] {
            assert_eq!(parse(line).unwrap()["A"].as_str(), value, "{line}");
        }
        assert_eq!(parse("\u{feff}A=b\r\nC=d\r\n").unwrap()["C"].as_str(), "d");
    }

    #[test]
    fn a_mistake_names_its_line_and_no_value() {
        for (text, problem) in [
            ("A=1\nSECRET", "line 2 is not NAME=value"),
            ("A B=SECRET", "line 1: the text before = is not the name of a variable"),
            ("1A=SECRET", "line 1: the text before = is not the name of a variable"),
            ("A=SECRET two", "line 1 (A): a value with spaces must be quoted"),
            ("A='SECRET\n", "line 1 (A): a quote is not closed"),
            ("A=$SECRET", "line 1 (A): a shell would replace $ and ` here"),
            ("A=\"`SECRET`\"", "line 1 (A): a shell would replace $ and ` here"),
            ("A=SECRET\\", "line 1 (A): a \\ stands at the end of the line"),
        ] {
            let found = parse(text).unwrap_err();
            assert!(found.starts_with(problem), "{text}: {found}");
            assert!(!found.contains("SECRET"), "{found}");
        }
    }
}
