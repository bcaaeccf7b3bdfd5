//! Where a file is downloaded to.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process;

use crate::program::failure::Failure;
use crate::program::texts::text;

/// A file that is being downloaded. It has its name only when it is whole; until then, dropping it removes it.
pub(super) struct Spool {
    path: PathBuf,
    /// The name that it gets. `None`: it is not kept.
    to: Option<PathBuf>,
}

impl Spool {
    /// Creates the file, beside the one that it becomes.
    ///
    /// # Errors
    /// A [`Failure`] if it cannot be created, or if the other one exists.
    pub(super) fn create(to: Option<&Path>) -> Result<(Self, File), Failure> {
        let beside = match to {
            Some(to) if to.exists() => {
                return Err(Failure::usage(text!(
                    "{path} exists already, and is not overwritten",
                    path = to.display()
                )));
            }
            Some(to) => to.to_owned(),
            None => env::temp_dir().join("wechatpay-flow"),
        };
        let (path, file) = new_file(&beside).map_err(|error| {
            Failure::usage(text!("no file can be created beside {path}", path = beside.display()))
                .because(&error)
        })?;
        Ok((Self { path, to: to.map(Path::to_owned) }, file))
    }

    /// Gives the file its name, when it is on the disk.
    ///
    /// # Errors
    /// A [`Failure`] if it cannot have the name.
    pub(super) fn place(mut self, file: &File) -> Result<(), Failure> {
        let Some(to) = self.to.take() else { return Ok(()) };
        let placed = file.sync_all().and_then(|()| match to.exists() {
            true => Err(io::ErrorKind::AlreadyExists.into()),
            false => fs::rename(&self.path, &to),
        });
        placed.map_err(|error| {
            Failure::failed(text!("the file {path} cannot be written", path = to.display())).because(&error)
        })
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // It is gone already if it was placed.
        drop(fs::remove_file(&self.path));
    }
}

/// Creates a file with a name that no other one has. Only its owner can read it.
fn new_file(beside: &Path) -> io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut n: u32 = 0;
    loop {
        let mut name = beside.as_os_str().to_owned();
        name.push(format!(".part-{}-{n}", process::id()));
        let path = PathBuf::from(name);
        match options.open(&path) {
            // One that was left behind.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => n = n.saturating_add(1),
            opened => return opened.map(|file| (path, file)),
        }
    }
}
