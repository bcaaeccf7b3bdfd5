//! The program from its command line to its exit code.

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ContextValue;
use tokio::runtime::Runtime;

use crate::program::arguments::{Arguments, Format, Global};
use crate::program::dispatch::dispatch;
use crate::program::environment::{from_environment, is_content};
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::Output;
use crate::program::parse::parse;
use crate::program::session::Session;
use crate::program::texts::{Language, language, speak, spoken, text, usage_error};

/// Runs the program.
pub(crate) fn run() -> ExitCode {
    let line: Vec<OsString> = env::args_os().collect();
    let option = value(&line, "--lang").map(|name| Language::named(&name));
    let language = language(option, from_environment);
    // What programs read is English.
    speak(if form(&line) == Format::Human { language } else { Language::En });
    // Before anything else is started: the help is there at once.
    match parse(line.clone()) {
        Ok((global, arguments)) => execute(&global, arguments),
        Err(error) => misused(&line, &error),
    }
}

fn execute(global: &Global, arguments: Arguments) -> ExitCode {
    let output = || Output::new(global.output.unwrap_or_default(), global.quiet, global.verbose);
    let session = match Session::new(global, output()) {
        Ok(session) => session,
        Err(failure) => return ended(&output(), &failure),
    };
    let runtime = Runtime::new()
        .map_err(|error| Failure::failed(text!("the program could not start its threads")).because(&error));
    let result = runtime.and_then(|runtime| runtime.block_on(dispatch(&session, arguments.command)));
    result.unwrap_or_else(|failure| ended(&session.output, &failure))
}

fn ended(output: &Output, failure: &Failure) -> ExitCode {
    output.failure(failure);
    failure.exit().into()
}

/// Shows help, or what is wrong with the command line.
fn misused(line: &[OsString], error: &clap::Error) -> ExitCode {
    let format = form(line);
    if error.use_stderr() && repeats_content(error) {
        let what = text!("an argument looks like the content of a file: give the path of the file");
        return ended(&Output::new(format, false, 0), &Failure::usage(what));
    }
    if error.use_stderr() && format != Format::Human {
        let text = error.render().to_string();
        let text = text.trim().strip_prefix("error: ").unwrap_or(text.trim());
        return ended(&Output::new(format, false, 0), &Failure::usage(text));
    }
    match usage_error(error, spoken()) {
        Some(text) => Output::new(format, false, 0).important(&text),
        // If the terminal is gone, nobody reads it.
        None => drop(error.print()),
    }
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
}

/// Whether the error repeats an argument, as clap does with those that it does not understand, that may be a key.
fn repeats_content(error: &clap::Error) -> bool {
    let is_content = |text: &String| is_content(text.as_ref());
    error.context().any(|(_, value)| match value {
        ContextValue::String(text) => is_content(text),
        ContextValue::Strings(texts) => texts.iter().any(is_content),
        _ => false,
    })
}

/// The form of the output, on a command line that may not be parsed.
fn form(line: &[OsString]) -> Format {
    match value(line, "--output").as_deref() {
        Some("json") => Format::Json,
        Some("ndjson") => Format::Ndjson,
        _ => Format::Human,
    }
}

/// The value of an option, on a command line that is not parsed yet.
fn value(line: &[OsString], option: &str) -> Option<String> {
    let words: Vec<&str> = line.iter().filter_map(|word| word.to_str()).collect();
    let separate = words.windows(2).filter_map(|pair| match pair {
        [name, value] if *name == option => Some(*value),
        _ => None,
    });
    let joined = words.iter().filter_map(|word| word.strip_prefix(option)?.strip_prefix('='));
    separate.chain(joined).last().map(str::to_owned)
}
