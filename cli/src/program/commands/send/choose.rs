//! From the arguments of `send` to its commands.

use crate::program::arguments::Send;
use crate::program::commands::send::export::export;
use crate::program::commands::send::hold::{pause, resume};
use crate::program::commands::send::plan::plan;
use crate::program::commands::send::resolve::resolve;
use crate::program::commands::send::run::run;
use crate::program::commands::send::status::status;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::session::Session;

/// Runs a command on a campaign.
///
/// # Errors
/// The [`Failure`] of the command.
pub(crate) async fn send(session: &Session, arguments: Send) -> Result<Exit, Failure> {
    match arguments {
        Send::Plan(arguments) => plan(session, &arguments).await,
        Send::Run(arguments) => run(session, &arguments).await,
        Send::Status(arguments) => status(session, &arguments).await,
        Send::Pause(arguments) => pause(session, &arguments),
        Send::Resume(arguments) => resume(session, &arguments),
        Send::Resolve(arguments) => resolve(session, &arguments).await,
        Send::Export(arguments) => export(session, &arguments),
    }
}
