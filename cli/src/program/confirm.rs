//! Asks before money moves, or something is lost.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::thread;

use tokio::runtime::Handle;
use tokio::signal::ctrl_c;
use tokio::sync::oneshot;
use tokio::task::block_in_place;

use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::session::Session;
use crate::program::texts::text;

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
    is_named(stock_id, confirmed)?;
    confirm_word(session, what, stock_id, confirmed, &text!("nothing was sent"))
}

/// The same with another word than a stock. `undone` says what was not done if it is not confirmed. What is confirmed must
/// be the word.
///
/// # Errors
/// A [`Failure`] if it is not confirmed.
pub(crate) fn confirm_word(
    session: &Session,
    what: &str,
    word: &str,
    confirmed: Option<&str>,
    undone: &str,
) -> Result<(), Failure> {
    match confirmed {
        Some(confirmed) if confirmed == word => {
            session.output.note(what);
            Ok(())
        }
        None if !session.no_input && io::stdin().is_terminal() => ask(what, word, undone),
        _ => {
            let again = text!("repeat the command with --confirm {word}", word = word);
            let unconfirmed = text!("{what} It is not confirmed; {undone}", what = what, undone = undone);
            Err(Failure::usage(unconfirmed).advice(again))
        }
    }
}

/// Checks that `--confirm`, if it is given, names the stock.
///
/// # Errors
/// A [`Failure`] if it names another one. Nothing was sent then.
pub(crate) fn is_named(stock_id: &str, confirmed: Option<&str>) -> Result<(), Failure> {
    match confirmed.filter(|confirmed| *confirmed != stock_id) {
        None => Ok(()),
        Some(confirmed) => Err(Failure::usage(text!(
            "--confirm {confirmed} is another stock than {stock}; nothing was sent",
            confirmed = confirmed,
            stock = stock_id
        ))),
    }
}

fn ask(what: &str, word: &str, undone: &str) -> Result<(), Failure> {
    let unasked = |error: &(dyn std::error::Error + 'static)| {
        Failure::failed(text!("the question could not be asked; {undone}", undone = undone)).because(error)
    };
    let mut stderr = io::stderr();
    write!(stderr, "{what}\n{}", text!("Type {word} to go on: ", word = word))
        .and_then(|()| stderr.flush())
        .map_err(|error| unasked(&error))?;
    // A thread of its own: an interrupt ends the question, and nobody waits for the thread.
    let (sender, answer) = oneshot::channel();
    thread::spawn(move || {
        let mut line = String::new();
        // If nobody waits, the program is about to end.
        let _ = sender.send(io::stdin().lock().read_line(&mut line).map(|_| line));
    });
    let answer = block_in_place(|| {
        Handle::current().block_on(async {
            tokio::select! {
                answer = answer => answer.map_err(|error| unasked(&error)),
                _ = ctrl_c() => Err(Failure::new(Exit::Interrupted, text!("interrupted; {undone}", undone = undone))),
            }
        })
    })?;
    let line = answer.map_err(|error| unasked(&error))?;
    if line.trim() == word {
        return Ok(());
    }
    Err(Failure::failed(text!("it was not confirmed; {undone}", undone = undone)))
}
