//! From the command line to arguments.

use std::ffi::OsString;

use clap::{ArgMatches, Args as _, Command, CommandFactory as _, FromArgMatches as _};

use crate::program::arguments::{Arguments, Global};
use crate::program::texts::{Language, spoken, translated_help};

/// The whole command line as clap knows it, with its help in a language.
pub(crate) fn command(language: Language) -> Command {
    translated_help(with_globals(Arguments::command()), language)
}

/// Parses the command line.
///
/// # Errors
/// What clap has to say: an error, the help or the version.
pub(crate) fn parse(line: impl IntoIterator<Item = OsString>) -> Result<(Global, Arguments), clap::Error> {
    let mut command = command(spoken());
    let matches = command.try_get_matches_from_mut(line)?;
    let arguments = Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    Ok((globals(&matches)?, arguments))
}

/// Adds the global options to a command and to those inside it. Clap's own global options would collide with `-q` of
/// `api` and with the options of the sandbox, which is a program of its own.
fn with_globals(command: Command) -> Command {
    let is_sandbox = command.get_name() == "sandbox";
    #[cfg(feature = "sandbox")]
    if is_sandbox {
        return wechatpay_sandbox::program::without_empty_variables(command);
    }
    if is_sandbox {
        return command;
    }
    let has_q = command.get_arguments().any(|arg| arg.get_short() == Some('q'));
    let command = Global::augment_args(command);
    let command = if has_q { command.mut_arg("quiet", |arg| arg.short(None)) } else { command };
    command.mut_subcommands(with_globals)
}

fn globals(matches: &ArgMatches) -> Result<Global, clap::Error> {
    match matches.subcommand() {
        Some(("sandbox", _)) => Global::from_arg_matches(matches),
        Some((_, inner)) => Ok(Global::from_arg_matches(matches)?.within(globals(inner)?)),
        None => Global::from_arg_matches(matches),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        for language in [Language::En, Language::Zh] {
            command(language).debug_assert();
        }
    }

    fn parsed(line: &str) -> Global {
        parse(line.split(' ').map(OsString::from)).unwrap_or_else(|error| panic!("{line}: {error}")).0
    }

    #[test]
    fn global_options_stand_anywhere() {
        for line in [
            "wechatpay --ledger l.db --no-input -q stock show 1",
            "wechatpay stock --ledger l.db --no-input -q show 1",
            "wechatpay stock show 1 --ledger l.db --no-input -q",
            "wechatpay -q stock --no-input show --ledger l.db 1",
        ] {
            let global = parsed(line);
            let found = (global.ledger.as_deref(), global.no_input, global.quiet);
            assert_eq!(found, (Some("l.db".as_ref()), true, true), "{line}");
        }
        let twice = parsed("wechatpay --ledger a stock show 1 --ledger b");
        assert_eq!(twice.ledger.as_deref(), Some("b".as_ref()));
    }

    #[test]
    fn q_of_api_is_the_query() {
        let line = "wechatpay -q api GET /v3/certificates -q a=b --quiet";
        assert!(parsed(line).quiet);
        assert!(!parsed("wechatpay api GET /v3/certificates -q a=b").quiet);
    }
}
