//! The file that says where the server listens.

use std::fs;
use std::path::{Path, PathBuf};

use crate::program::failure::Failure;
use crate::program::texts::text;

/// A file with the URL. It is removed when this is dropped.
pub(super) struct ReadyFile(PathBuf);

impl ReadyFile {
    /// Writes the file in one step.
    ///
    /// # Errors
    /// A [`Failure`] if it cannot be written.
    pub(super) fn write(path: &Path, url: &str) -> Result<Self, Failure> {
        let mut new = path.as_os_str().to_owned();
        new.push(format!(".new-{}", std::process::id()));
        let written = fs::write(&new, format!("{url}\n")).and_then(|()| fs::rename(&new, path));
        written.map_err(|error| {
            // What was begun is of no use.
            drop(fs::remove_file(&new));
            Failure::failed(text!("the file {path} of --ready-file cannot be written", path = path.display()))
                .because(&error)
        })?;
        Ok(Self(path.to_owned()))
    }
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        // Whoever reads it later finds nobody at the URL.
        drop(fs::remove_file(&self.0));
    }
}
