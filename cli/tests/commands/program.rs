//! The program as a process, in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A folder in which the program runs. No variable of the machine reaches it.
pub(crate) struct Program {
    folder: TempDir,
    variables: Vec<(String, String)>,
    secrets: Vec<String>,
}

/// What the program wrote, and its exit code.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), variables: Vec::new(), secrets: Vec::new() }
    }

    /// Sets a variable of the environment.
    pub(crate) fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// Makes every run fail that shows one of these texts.
    pub(crate) fn hide(mut self, secrets: impl IntoIterator<Item = String>) -> Self {
        self.secrets.extend(secrets);
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// The command with these arguments, separated by spaces.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wechatpay"));
        command.args(line.split(' ').filter(|word| !word.is_empty()));
        command.current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, line: &str) -> Ran {
        self.end(self.command(line).output().unwrap())
    }

    /// The JSON document of a command that must succeed.
    pub(crate) fn json(&self, line: &str) -> Value {
        self.run(&format!("{line} --output json")).succeeded().json()
    }

    /// Checks that no secret was written.
    pub(crate) fn end(&self, output: Output) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let ran = Ran {
            code: output.status.code().unwrap(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        };
        for secret in self.secrets.iter().cloned().chain(secrets_below(self.folder.path())) {
            assert!(
                !ran.stdout.contains(&secret) && !ran.stderr.contains(&secret),
                "a secret is shown: {ran:?}"
            );
        }
        ran
    }
}

impl Ran {
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// Checks the exit code.
    pub(crate) fn failed(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The JSON document of an error.
    pub(crate) fn error(&self) -> Value {
        // A request number may stand before it.
        let start = self.stderr.find("{\n").unwrap_or_else(|| panic!("{self:?}"));
        let json: Value =
            serde_json::from_str(&self.stderr[start..]).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        json["error"].clone()
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The secrets of an embedded sandbox: lines of private keys, and the APIv3 key.
fn secrets_below(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let folders = entries.filter_map(|entry| Some(entry.ok()?.path().join("credentials")));
    folders.flat_map(|credentials| secrets_in(&credentials)).collect()
}

pub(crate) fn secrets_in(credentials: &Path) -> Vec<String> {
    let text = |name: &str| fs::read_to_string(credentials.join(name)).unwrap_or_default();
    let key = text("apiclient_key.pem");
    let lines = key.lines().filter(|line| !line.starts_with('-') && line.len() > 20).map(str::to_owned);
    let environment = text("wechatpay.env");
    let api_v3 =
        environment.lines().find_map(|line| line.strip_prefix("WECHATPAY_API_V3_KEY=")).map(str::to_owned);
    lines.chain(api_v3).collect()
}
