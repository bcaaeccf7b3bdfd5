//! `wechatpay-sandbox`: the sandbox as a program.

mod program;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use program::{Arguments, Command, ready, run};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = arguments();
    let result = match &arguments.command {
        Some(Command::Ready(arguments)) => ready(arguments).await,
        None => run(arguments.serve).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut error: Option<&dyn std::error::Error> = Some(error.as_ref());
            while let Some(cause) = error {
                eprintln!("wechatpay-sandbox: {cause}");
                error = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

/// The arguments. An empty variable counts as not set: a compose file passes variables on as empty ones.
fn arguments() -> Arguments {
    let mut command = without_empty_variables(Arguments::command());
    Arguments::from_arg_matches(&command.get_matches_mut())
        .unwrap_or_else(|error| error.format(&mut command).exit())
}

#[expect(clippy::disallowed_methods, reason = "the options are read from the same variables")]
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty =
        |arg: &clap::Arg| arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
    command
        .mut_args(|arg| if is_empty(&arg) { arg.env(None::<&'static str>) } else { arg })
        .mut_subcommands(without_empty_variables)
}
