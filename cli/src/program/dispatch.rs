//! From arguments to the command.

use std::process::ExitCode;

use crate::program::arguments::{Command, Image, Send};
use crate::program::commands::{
    api, callback, certs, completions, coupon, doctor, explain, flow, ledger, listen, man, reconcile, report,
    send, stock, trigger, upload,
};
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::session::Session;
use crate::program::texts::text;

/// Runs a command.
///
/// # Errors
/// The [`Failure`] of the command.
pub(crate) async fn dispatch(session: &Session, command: Command) -> Result<ExitCode, Failure> {
    let exit = match command {
        Command::Doctor => until_interrupt(doctor(session)).await,
        Command::Stock(arguments) => until_interrupt(stock(session, arguments)).await,
        Command::Coupon(arguments) => until_interrupt(coupon(session, arguments)).await,
        // A run ends by itself at the first interrupt.
        Command::Send(arguments @ Send::Run(_)) => Box::pin(send(session, arguments)).await,
        Command::Send(arguments) => until_interrupt(send(session, arguments)).await,
        Command::Report(arguments) => report(session, &arguments),
        Command::Flow(arguments) => until_interrupt(flow(session, &arguments)).await,
        Command::Reconcile(arguments) => until_interrupt(reconcile(session, &arguments)).await,
        Command::Ledger(arguments) => ledger(session, &arguments),
        Command::Callback(arguments) => until_interrupt(callback(session, arguments)).await,
        // It ends in order at the first interrupt.
        Command::Listen(arguments) => Box::pin(listen(session, &arguments)).await,
        Command::Trigger(arguments) => until_interrupt(trigger(session, arguments)).await,
        Command::Image(Image::Upload(arguments)) => until_interrupt(upload(session, &arguments)).await,
        Command::Certs(arguments) => until_interrupt(certs(session, &arguments)).await,
        Command::Api(arguments) => until_interrupt(api(session, &arguments)).await,
        Command::Explain(arguments) => explain(&session.output, &arguments),
        Command::Completions(arguments) => completions(&arguments),
        Command::Man(arguments) => man(session, &arguments),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(arguments) => {
            return Ok(wechatpay_sandbox::program::execute("wechatpay sandbox", *arguments).await);
        }
    };
    exit.map(ExitCode::from)
}

/// Ends a command at an interrupt. What it has sent by then may have been processed.
async fn until_interrupt(command: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    tokio::select! {
        result = Box::pin(command) => result,
        _ = tokio::signal::ctrl_c() => Err(Failure::new(Exit::Interrupted, text!("interrupted"))
            .outcome(text!("unknown: a request that was under way may have taken effect"))),
    }
}
