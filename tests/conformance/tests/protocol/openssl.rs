//! OpenSSL, as an independent judge.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Output};

/// Files and commands in a folder of their own.
pub(crate) struct OpenSsl(tempfile::TempDir);

impl OpenSsl {
    /// Nothing on a machine with Rust only; what else there is to compare with is compared all the same.
    pub(crate) fn here() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            eprintln!("no openssl here: not compared");
            return None;
        }
        Some(Self(tempfile::tempdir().unwrap()))
    }

    /// Where a file of this name is or will be.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// Runs a command, of which words that begin with `@` are files.
    pub(crate) fn run(&self, command: &str) -> Output {
        let word = |word: &str| match word.strip_prefix('@') {
            Some(name) => self.path(name).into(),
            None => OsString::from(word),
        };
        Command::new("openssl").args(command.split(' ').map(word)).output().unwrap()
    }

    /// What a command that succeeds writes.
    pub(crate) fn output(&self, command: &str) -> Vec<u8> {
        let output = self.run(command);
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }
}
