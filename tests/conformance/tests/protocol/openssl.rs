//! Runs the `openssl` program, to compare results with an independent implementation.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Output};

/// Runs commands on files in a temporary folder.
pub(crate) struct OpenSsl(tempfile::TempDir);

impl OpenSsl {
    /// Returns `None` if OpenSSL is not installed. The comparison is then skipped.
    pub(crate) fn find() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            eprintln!("openssl is not installed: comparison skipped");
            return None;
        }
        Some(Self(tempfile::tempdir().unwrap()))
    }

    /// The path of a file in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// Runs a command. Words that begin with `@` are names of files in the folder.
    pub(crate) fn run(&self, command: &str) -> Output {
        let word = |word: &str| match word.strip_prefix('@') {
            Some(name) => self.path(name).into(),
            None => OsString::from(word),
        };
        Command::new("openssl").args(command.split(' ').map(word)).output().unwrap()
    }

    /// The output of a command, which must succeed.
    pub(crate) fn output(&self, command: &str) -> Vec<u8> {
        let output = self.run(command);
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }
}
