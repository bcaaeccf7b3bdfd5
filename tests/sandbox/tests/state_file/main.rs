//! The state file: what survives a restart, a kill and a full disk, and which files are refused.
#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, clippy::string_slice, clippy::unwrap_in_result, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;

mod broken;
#[cfg(unix)]
mod full;
#[cfg(unix)]
mod killed;
#[cfg(unix)]
mod process;
mod restart;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use wechatpay_sandbox::{Options, Sandbox, SandboxError};

use common::{Client, NOW, credentials};

/// A folder with a state file.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A client of a sandbox with this state file.
    #[track_caller]
    fn open(&self, name: &str) -> Client {
        Client { sandbox: self.try_open(name).unwrap(), now: NOW }
    }

    fn try_open(&self, name: &str) -> Result<Sandbox, SandboxError> {
        Sandbox::with_options(credentials().clone(), Options::new().state_file(self.path(name)))
    }

    /// Why a state file is refused. Asserts that no file was changed.
    #[track_caller]
    fn refusal(&self, name: &str) -> String {
        let before = self.files();
        let error = self.try_open(name).unwrap_err();
        let mut after = self.files();
        after.retain(|(file, _)| !file.ends_with(".lock"));
        let mut before = before;
        before.retain(|(file, _)| !file.ends_with(".lock"));
        assert_eq!(after, before);
        let text = error.to_string();
        // The folder's name differs in each run.
        text.replace(&format!("{}{}", self.0.path().display(), std::path::MAIN_SEPARATOR), "")
    }

    /// All files by name, with their content.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let entries = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().path());
        let entries = entries.filter(|path| path.is_file());
        let mut files: Vec<_> = entries.map(|path| (file_name(&path), fs::read(&path).unwrap())).collect();
        files.sort();
        files
    }

    /// Copies the state file `from`, as a process leaves it that is killed now.
    fn copy(&self, from: &str, to: &str) {
        for (name, content) in self.files() {
            if let Some(rest) = name.strip_prefix(from).filter(|rest| *rest != ".lock") {
                fs::write(self.path(&format!("{to}{rest}")), content).unwrap();
            }
        }
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}
