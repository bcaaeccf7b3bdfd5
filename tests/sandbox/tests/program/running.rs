//! The program as a process.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

pub(crate) fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_wechatpay-sandbox"))
}

/// The running program. It is killed when dropped.
pub(crate) struct Program {
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub(crate) url: String,
}

impl Program {
    pub(crate) fn start(credentials: &Path) -> Self {
        Self::run(command().arg("--credentials").arg(credentials))
    }

    pub(crate) fn run(command: &mut Command) -> Self {
        let command = command.args(["--listen", "127.0.0.1:0", "--time", "1795363200"]);
        Self::spawn(command.stderr(Stdio::null()))
    }

    /// Starts the program with the arguments that `command` has.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let url = line.strip_prefix("listening on ").and_then(|url| url.strip_suffix('\n'));
        let url = url.unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { child, stdout, url }
    }

    /// The next line of stdout.
    pub(crate) fn read_line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    /// The host and port of the URL.
    pub(crate) fn host(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    pub(crate) fn port(&self) -> u16 {
        self.host().rsplit_once(':').unwrap().1.parse().unwrap()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        TcpStream::connect(self.host()).unwrap()
    }

    /// Sends a signal. Returns the exit status and the rest of stdout.
    pub(crate) fn stop(mut self, signal: &str) -> (ExitStatus, String) {
        let process = self.child.id().to_string();
        let mut kill = Command::new("sh");
        assert!(
            kill.args(["-c", r#"kill -s "$1" "$2""#, "sh", signal, &process]).status().unwrap().success()
        );
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap(), rest)
    }
}

impl Program {
    /// Stops the program, whose stderr is a pipe, and returns all that it printed there.
    pub(crate) fn stop_and_read_stderr(mut self) -> String {
        let mut stderr = self.child.stderr.take().unwrap();
        assert!(self.stop("TERM").0.success());
        let mut text = String::new();
        stderr.read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asserts that the program exits with `status` and an empty stdout. Returns stderr.
#[track_caller]
pub(crate) fn assert_exit_status(command: &mut Command, status: i32) -> String {
    let output = command.output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(status), &b""[..]), "{output:?}");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!stderr.is_empty());
    stderr
}

/// Returns the `WECHATPAY_*` variables of a shell that sourced `wechatpay.env`.
pub(crate) fn environment(folder: &Path) -> BTreeMap<String, String> {
    let mut shell = Command::new("sh");
    shell.args(["-c", "set -a; . \"$1\"; env", "sh"]).arg(folder.join("wechatpay.env"));
    let inherited = std::env::vars_os().map(|(name, _)| name);
    for name in inherited.filter(|name| name.to_string_lossy().starts_with("WECHATPAY_")) {
        shell.env_remove(name);
    }
    let shell = shell.output().unwrap();
    assert!(shell.status.success() && shell.stderr.is_empty(), "{shell:?}");
    let text = String::from_utf8(shell.stdout).unwrap();
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let ours = pairs.filter(|(name, _)| name.starts_with("WECHATPAY_"));
    ours.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Sends a request without a body, or with a JSON body. Returns the status and the body of the response.
pub(crate) fn http(program: &Program, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = program.connect();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", program.host());
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let status = response.split(' ').nth(1).unwrap().parse().unwrap();
    (status, response.split_once("\r\n\r\n").unwrap().1.to_owned())
}
