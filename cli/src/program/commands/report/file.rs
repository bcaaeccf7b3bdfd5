//! Writes a file whole, or not at all.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Replaces a file. A reader sees the former file or the new one, also after a crash.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let beside = beside(path)?;
    let written = write(&beside, content).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // The error says what went wrong; the half file is not wanted.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// A name in the same folder. Two programs never write the same one.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.new", std::process::id()));
    Ok(path.with_file_name(hidden))
}
