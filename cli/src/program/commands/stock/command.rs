//! From `stock …` to its command.

use crate::program::arguments::Stock;
use crate::program::commands::stock::budget::budget;
use crate::program::commands::stock::change::{pause, restart, start, stop};
use crate::program::commands::stock::create::create;
use crate::program::commands::stock::file::skeleton;
use crate::program::commands::stock::lists::{items, list, merchants};
use crate::program::commands::stock::show::show;
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::session::Session;

/// Runs a command on stocks.
///
/// # Errors
/// The [`Failure`] of the command.
pub(crate) async fn stock(session: &Session, arguments: Stock) -> Result<Exit, Failure> {
    if matches!(&arguments, Stock::Create(create) if create.skeleton) {
        return skeleton(session);
    }
    let connection = Connection::open(session).await?;
    match arguments {
        Stock::Create(arguments) => create(session, &connection, &arguments).await,
        Stock::Show(arguments) => show(session, &connection, &arguments).await,
        Stock::List(arguments) => list(session, &connection, arguments).await,
        Stock::Start(arguments) => start(session, &connection, &arguments).await,
        Stock::Pause(arguments) => pause(session, &connection, &arguments).await,
        Stock::Restart(arguments) => restart(session, &connection, &arguments).await,
        Stock::Stop(arguments) => stop(session, &connection, &arguments).await,
        Stock::Merchants(arguments) => merchants(session, &connection, &arguments).await,
        Stock::Items(arguments) => items(session, &connection, &arguments).await,
        Stock::Budget(arguments) => budget(session, &connection, &arguments).await,
    }
}
