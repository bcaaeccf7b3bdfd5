//! What is wrong with a command line, in Chinese. In English, clap says it itself.

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::program::texts::language::Language;
use crate::program::texts::text::text;

/// The Chinese text of an error of clap. `None` of help, and of kinds that have none.
pub(crate) fn usage_error(error: &Error, language: Language) -> Option<String> {
    if language == Language::En {
        return None;
    }
    let says = says(error, language)?;
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => usage.to_string(),
        _ => String::new(),
    };
    let usage = usage.trim().strip_prefix("Usage:").unwrap_or_default().trim();
    let mut text = text!(in language; "error: {message}", message = says);
    if !usage.is_empty() {
        text.push_str(&format!("\n\n{}", text!(in language; "Usage: {usage}", usage = usage)));
    }
    text.push_str(&format!("\n\n{}", text!(in language; "For more information, try '--help'.")));
    Some(text)
}

fn says(error: &Error, language: Language) -> Option<String> {
    let argument = named(error, ContextKind::InvalidArg);
    let value = named(error, ContextKind::InvalidValue);
    Some(match error.kind() {
        ErrorKind::UnknownArgument => text!(in language; "unknown argument {argument}", argument = argument?),
        ErrorKind::InvalidSubcommand => {
            let command = named(error, ContextKind::InvalidSubcommand)?;
            text!(in language; "unknown command {command}", command = command)
        }
        ErrorKind::MissingRequiredArgument => {
            text!(in language; "missing arguments: {arguments}", arguments = argument?)
        }
        ErrorKind::ArgumentConflict => {
            let other = named(error, ContextKind::PriorArg)?;
            text!(
                in language;
                "{argument} cannot be used together with {other}",
                argument = argument?, other = other
            )
        }
        ErrorKind::InvalidValue => match (value, named(error, ContextKind::ValidValue)) {
            (Some(value), Some(valid)) if !value.is_empty() => text!(
                in language;
                "the value {value} of {argument} is none of: {valid}",
                value = value, argument = argument?, valid = valid
            ),
            _ => text!(in language; "{argument} needs a value", argument = argument?),
        },
        ErrorKind::ValueValidation => {
            let source = std::error::Error::source(error).map(ToString::to_string);
            text!(
                in language;
                "the value {value} of {argument} is wrong: {problem}",
                value = value?, argument = argument?, problem = source.unwrap_or_default()
            )
        }
        _ => return None,
    })
}

/// What an error names.
fn named(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(name) => Some(name.clone()),
        ContextValue::Strings(names) => Some(names.join(", ")),
        _ => None,
    }
}
