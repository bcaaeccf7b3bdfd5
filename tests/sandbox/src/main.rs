//! `wechatpay-sandbox`: the sandbox as a program.

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};
use wechatpay_sandbox::program::{Arguments, execute, without_empty_variables};

#[tokio::main]
async fn main() -> ExitCode {
    let mut command = without_empty_variables(Arguments::command());
    let arguments = Arguments::from_arg_matches(&command.get_matches_mut())
        .unwrap_or_else(|error| error.format(&mut command).exit());
    execute("wechatpay-sandbox", arguments).await
}
