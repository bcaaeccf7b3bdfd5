//! The help in the language of the reader.

use clap::builder::PossibleValue;
use clap::{Arg, Command};

use crate::program::texts::language::Language;
use crate::program::texts::text::{said_in, text, translated};

/// As clap's own, but for the heading of the usage.
const TEMPLATE: &str = "{before-help}{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

/// Translates the texts of a command and of those inside it. What clap writes by itself stands in the catalogue, too.
pub(crate) fn translated_help(mut command: Command, language: Language) -> Command {
    if language == Language::En {
        return command;
    }
    // Before that, the options and commands of clap itself are not there.
    command.build();
    translate(command, language)
}

fn translate(command: Command, language: Language) -> Command {
    let about = command.get_about().map(|text| said_in(language, &text.to_string()).to_owned());
    let command = command
        .about(about.unwrap_or_default())
        .help_template(TEMPLATE)
        .subcommand_help_heading(translated(language, "Commands").unwrap_or("Commands"))
        .mut_args(|arg| argument(arg, language));
    command.mut_subcommands(|inner| translate(inner, language))
}

fn argument(arg: Arg, language: Language) -> Arg {
    let heading = arg.get_help_heading().unwrap_or(if arg.is_positional() { "Arguments" } else { "Options" });
    let heading = translated(language, heading);
    let mut help =
        arg.get_help().map(|help| said_in(language, &help.to_string()).to_owned()).unwrap_or_default();
    let takes = arg.get_action().takes_values();
    let values =
        if takes && !arg.is_hide_possible_values_set() { arg.get_possible_values() } else { Vec::new() };
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if takes && !defaults.is_empty() && !arg.is_hide_default_value_set() {
        help.push_str(&text!(in language; " [default: {value}]", value = defaults.join(" ")));
    }
    for value in values.iter().filter(|value| !value.is_hide_set()) {
        help.push_str(&possible(value, language));
    }
    // What only the long help says, which clap adds.
    let long = arg.get_long_help().map(|help| said_in(language, &help.to_string()).to_owned());
    let arg = match long {
        Some(long) => arg.long_help(long),
        None => arg,
    };
    let arg = match heading {
        Some(heading) => arg.help(help).help_heading(heading),
        None => arg.help(help),
    };
    if takes { arg.hide_default_value(true).hide_possible_values(true) } else { arg }
}

/// A value that an option can have, on a line of its own.
fn possible(value: &PossibleValue, language: Language) -> String {
    let name = value.get_name();
    match value.get_help() {
        Some(help) => format!("\n- {name}：{}", said_in(language, &help.to_string())),
        None => format!("\n- {name}"),
    }
}
