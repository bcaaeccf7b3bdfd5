//! Asks before money moves.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use crate::program::failure::Failure;
use crate::program::session::Session;

/// Goes on only if the user has repeated `stock_id`, with `--confirm` or on the terminal. `what` is a sentence that says
/// what will be done and what it costs.
///
/// # Errors
/// A [`Failure`] if it is not confirmed. Nothing was sent then.
pub(crate) fn confirm(
    session: &Session,
    what: &str,
    stock_id: &str,
    confirmed: Option<&str>,
) -> Result<(), Failure> {
    match confirmed {
        Some(confirmed) if confirmed == stock_id => {
            session.output.note(what);
            Ok(())
        }
        Some(confirmed) => Err(Failure::usage(format!(
            "--confirm {confirmed} is another stock than {stock_id}; nothing was sent"
        ))),
        None if session.no_input || !io::stdin().is_terminal() => {
            let again = format!("repeat the command with --confirm {stock_id}");
            Err(Failure::usage(format!("{what} It is not confirmed; nothing was sent")).advice(again))
        }
        None => ask(what, stock_id),
    }
}

fn ask(what: &str, stock_id: &str) -> Result<(), Failure> {
    let unasked = |error: io::Error| Failure::failed("the question could not be asked").because(&error);
    let mut stderr = io::stderr();
    write!(stderr, "{what}\nType {stock_id} to go on: ").and_then(|()| stderr.flush()).map_err(unasked)?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(unasked)?;
    if line.trim() == stock_id {
        return Ok(());
    }
    Err(Failure::failed("it was not confirmed; nothing was sent"))
}
