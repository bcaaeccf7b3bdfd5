//! `wechatpay-sandbox`: the sandbox as a program.

mod program;

use std::process::ExitCode;

use clap::Parser as _;

use program::{Arguments, Command, ready, run};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
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
