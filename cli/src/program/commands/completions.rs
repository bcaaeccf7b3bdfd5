//! `completions`.

use std::io;

use crate::program::arguments::Completions;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::parse::command;
use crate::program::texts::{spoken, text};

/// Writes completions for a shell.
///
/// # Errors
/// A [`Failure`] if stdout cannot be written.
pub(crate) fn completions(arguments: &Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command(spoken()), "wechatpay", &mut script);
    io::Write::write_all(&mut io::stdout(), &script)
        .map_err(|error| Failure::failed(text!("the completions could not be written")).because(&error))?;
    Ok(Exit::Done)
}
