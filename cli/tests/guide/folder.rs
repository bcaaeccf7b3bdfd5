//! A folder in which the commands of a document are run.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_wechatpay");

/// A folder in which the commands of a document are run, with the program on the path. No other variable reaches them.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// Runs commands in a shell that ends with the first error. Returns what they wrote, to stdout and to stderr, and the
    /// exit code.
    pub(crate) fn run(&self, commands: &str) -> (String, i32) {
        #[expect(clippy::disallowed_methods, reason = "the shell's own commands are on it")]
        let system = env::var("PATH").unwrap();
        let folder = Path::new(PROGRAM).parent().unwrap().display();
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", &format!("exec 2>&1\n{commands}")]);
        shell.current_dir(self.0.path()).env_clear().env("PATH", format!("{folder}:{system}"));
        let ran = shell.stdin(Stdio::null()).output().unwrap();
        (String::from_utf8(ran.stdout).unwrap(), ran.status.code().unwrap())
    }
}
