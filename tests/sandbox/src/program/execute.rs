//! From arguments to an exit code.

use std::error::Error;
use std::process::ExitCode;

use crate::program::arguments::{Arguments, Command};
use crate::program::ready::ready;
use crate::program::run::run;

/// Does what the arguments say. `name` is the name of the program, for its errors.
pub async fn execute(name: &str, arguments: Arguments) -> ExitCode {
    let result = match &arguments.command {
        Some(Command::Ready(arguments)) => ready(arguments).await,
        None => run(arguments.serve).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut error: Option<&dyn Error> = Some(error.as_ref());
            while let Some(cause) = error {
                eprintln!("{name}: {cause}");
                error = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}
