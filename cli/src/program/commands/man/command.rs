//! `man`.

use std::io;
use std::path::Path;

use serde_json::json;

use crate::program::arguments::Man;
use crate::program::commands::man::pages::{Page, pages};
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::members;
use crate::program::session::Session;
use crate::program::texts::text;

/// Writes the main page to stdout, or all pages to a folder.
///
/// # Errors
/// A [`Failure`] if a page cannot be written.
pub(crate) fn man(session: &Session, arguments: &Man) -> Result<Exit, Failure> {
    let unwritten =
        |error: io::Error| Failure::failed(text!("the manual pages could not be written")).because(&error);
    let pages = pages(session.language).map_err(unwritten)?;
    let Some(folder) = &arguments.dir else {
        let main = pages.first().map(|page| page.content.trim_end()).unwrap_or_default();
        session.output.plain(main)?;
        return Ok(Exit::Done);
    };
    write(folder, &pages).map_err(unwritten)?;
    let files: Vec<&str> = pages.iter().map(|page| page.file.as_str()).collect();
    let json = json!({ "folder": folder, "files": files });
    session.output.document(members(json), || {
        text!("{count} manual pages were written to {folder}", count = files.len(), folder = folder.display())
    })?;
    Ok(Exit::Done)
}

fn write(folder: &Path, pages: &[Page]) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    pages.iter().try_for_each(|page| std::fs::write(folder.join(&page.file), &page.content))
}
