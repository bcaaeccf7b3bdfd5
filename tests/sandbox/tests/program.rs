//! The program: its output, files and exit status.
#![cfg(test)]
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

const FILES: &str = "apiclient_key.pem apiclient_cert.pem pub_key.pem platform_cert.pem wechatpay.env \
                     sandbox_platform.json";

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_wechatpay-sandbox"))
}

/// The running program. It is killed when dropped.
struct Program {
    child: Child,
    stdout: BufReader<ChildStdout>,
    url: String,
}

impl Program {
    fn start(credentials: &Path) -> Self {
        Self::run(command().arg("--credentials").arg(credentials))
    }

    fn run(command: &mut Command) -> Self {
        let command = command.args(["--listen", "127.0.0.1:0", "--time", "1795363200"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let url = line.strip_prefix("listening on ").and_then(|url| url.strip_suffix('\n'));
        let url = url.unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { child, stdout, url }
    }

    fn port(&self) -> u16 {
        self.url.strip_prefix("http://127.0.0.1:").unwrap().parse().unwrap()
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port())).unwrap()
    }

    /// Sends a signal. Returns the exit status and the rest of stdout.
    fn stop(mut self, signal: &str) -> (ExitStatus, String) {
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

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asserts that the program exits with `status` and an empty stdout. Returns stderr.
#[track_caller]
fn assert_exit_status(command: &mut Command, status: i32) -> String {
    let output = command.output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(status), &b""[..]), "{output:?}");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!stderr.is_empty());
    stderr
}

/// Returns the `WECHATPAY_*` variables of a shell that sourced `wechatpay.env`.
fn environment(folder: &Path) -> BTreeMap<String, String> {
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

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_program_writes_the_credentials_of_a_merchant() {
    let root = tempfile::tempdir().unwrap();
    for name in ["two words", "it's \"$HOME\" `x` \\ 券", "not/there/yet"] {
        let folder = root.path().join(name);
        let program = Program::start(&folder);
        assert_ne!(program.port(), 0);
        for file in FILES.split(' ') {
            assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), FILES.split(' ').count());
        let environment = environment(&folder);
        let names: Vec<&str> = environment.keys().map(String::as_str).collect();
        let expected = "API_V3_KEY APPID BASE_URL CERT_FILE MCHID PLATFORM_CERT_FILE PRIVATE_KEY_FILE PUBLIC_KEY_FILE \
                        PUBLIC_KEY_ID SERIAL_NO";
        let expected: Vec<String> = expected.split(' ').map(|name| format!("WECHATPAY_{name}")).collect();
        assert_eq!(names, expected);
        assert_eq!(environment["WECHATPAY_BASE_URL"], program.url);
        assert_eq!(environment["WECHATPAY_API_V3_KEY"].len(), 32);
        assert_eq!(environment["WECHATPAY_SERIAL_NO"].len(), 40);
        assert!(environment["WECHATPAY_PUBLIC_KEY_ID"].starts_with("PUB_KEY_ID_"));
        for (name, label) in [
            ("PRIVATE_KEY", "-----BEGIN PRIVATE KEY-----"),
            ("CERT", "-----BEGIN CERTIFICATE-----"),
            ("PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----"),
            ("PLATFORM_CERT", "-----BEGIN CERTIFICATE-----"),
        ] {
            let path = Path::new(&environment[&format!("WECHATPAY_{name}_FILE")]);
            assert!(path.is_absolute(), "{path:?}");
            assert!(fs::read_to_string(path).unwrap().starts_with(label), "{path:?}");
        }
        assert!(program.stop("TERM").0.success());
    }
}

#[test]
fn paths_in_the_env_file_are_absolute_for_a_relative_folder() {
    let root = tempfile::tempdir().unwrap();
    let program = Program::run(command().current_dir(root.path()).args(["--credentials", "here and now"]));
    let environment = environment(&root.path().join("here and now"));
    for name in ["PRIVATE_KEY", "CERT", "PUBLIC_KEY", "PLATFORM_CERT"] {
        let path = Path::new(&environment[&format!("WECHATPAY_{name}_FILE")]);
        assert!(path.is_absolute() && path.is_file(), "{path:?}");
    }
    drop(program);
}

#[test]
fn the_program_serves_at_the_printed_url() {
    let root = tempfile::tempdir().unwrap();
    let program = Program::start(root.path());
    let mut stream = program.connect();
    stream.write_all(b"GET /_sandbox/state HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    let (_, body) = response.split_once("\r\n\r\n").unwrap();
    let mut state: serde_json::Value = serde_json::from_str(body).unwrap();
    let keys = state.as_object_mut().unwrap().remove("platform_keys").unwrap();
    assert_eq!(keys["public_key_id"], environment(root.path())["WECHATPAY_PUBLIC_KEY_ID"]);
    let clock = state.as_object_mut().unwrap().remove("clock").unwrap();
    assert_eq!((&clock["advanced_seconds"], &clock["platform_time"]), (&0.into(), &clock["real_time"]));
    let empty = serde_json::json!({
        "stocks": 0, "coupons": 0, "platform_favors": 0, "images": 0, "notifications": 0, "faults": 0, "journal": 0,
        "requests": {}, "notify_url": null, "notifications_signed_by": "public_key",
    });
    assert_eq!(state, empty);
}

#[test]
fn sigterm_and_sigint_stop_the_program_with_status_0() {
    let root = tempfile::tempdir().unwrap();
    for signal in ["TERM", "INT"] {
        let program = Program::start(root.path());
        let idle = program.connect();
        let (status, rest) = program.stop(signal);
        assert_eq!(status.code(), Some(0), "{signal}");
        assert_eq!(rest, "");
        drop(idle);
    }
}

#[test]
fn a_second_start_reuses_the_credentials() {
    let root = tempfile::tempdir().unwrap();
    let files = || FILES.split(' ').filter(|file| *file != "wechatpay.env");
    let read = || files().map(|file| fs::read_to_string(root.path().join(file)).unwrap()).collect::<Vec<_>>();
    let first = Program::start(root.path());
    let (before, old) = (read(), environment(root.path()));
    let url = first.url.clone();
    // The first program still listens, so the second one gets another port.
    let env = root.path().join("wechatpay.env");
    fs::set_permissions(&env, fs::Permissions::from_mode(0o644)).unwrap();
    let second = Program::start(root.path());
    assert_ne!(second.url, url);
    let (after, mut new) = (read(), environment(root.path()));
    assert!(before == after, "credentials were changed");
    assert_eq!(new.insert("WECHATPAY_BASE_URL".to_owned(), url), Some(second.url.clone()));
    assert_eq!(new, old);
    assert_eq!(mode(&env), 0o600);
}

#[test]
fn an_existing_merchant_key_is_not_overwritten() {
    let root = tempfile::tempdir().unwrap();
    let key = root.path().join("apiclient_key.pem");
    fs::write(&key, "a real merchant's").unwrap();
    let problem =
        assert_exit_status(command().args(["--listen", "127.0.0.1:0", "--credentials"]).arg(root.path()), 1);
    assert!(problem.contains("apiclient_key.pem"));
    assert_eq!(fs::read_to_string(&key).unwrap(), "a real merchant's");
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
}

#[test]
fn damaged_credentials_are_an_error() {
    let root = tempfile::tempdir().unwrap();
    drop(Program::start(root.path()));
    for (file, content) in [("sandbox_platform.json", "{"), ("apiclient_cert.pem", "x"), ("pub_key.pem", "")]
    {
        let path = root.path().join(file);
        let good = fs::read(&path).unwrap();
        if content.is_empty() {
            fs::remove_file(&path).unwrap();
        } else {
            fs::write(&path, content).unwrap();
        }
        assert_exit_status(command().args(["--listen", "127.0.0.1:0", "--credentials"]).arg(root.path()), 1);
        fs::write(&path, good).unwrap();
    }
    drop(Program::start(root.path()));
}

#[test]
fn a_port_in_use_is_an_error_and_changes_no_file() {
    let root = tempfile::tempdir().unwrap();
    let first = Program::start(root.path());
    let before = fs::read(root.path().join("wechatpay.env")).unwrap();
    let address = format!("127.0.0.1:{}", first.port());
    assert_exit_status(command().args(["--listen", &address, "--credentials"]).arg(root.path()), 1);
    assert_eq!(fs::read(root.path().join("wechatpay.env")).unwrap(), before);
}

#[test]
fn invalid_arguments_are_reported_with_status_2() {
    let root = tempfile::tempdir().unwrap();
    for (arguments, problem) in [
        (&["--port", "1"][..], "unexpected argument '--port' found"),
        (&["extra"], "unexpected argument 'extra' found"),
        (&["--listen"], "a value is required for '--listen <ADDRESS>'"),
        (
            &["--listen", "localhost"],
            "invalid value 'localhost' for '--listen <ADDRESS>': invalid socket address",
        ),
        (
            &["--listen", "127.0.0.1:65536"],
            "invalid value '127.0.0.1:65536' for '--listen <ADDRESS>': invalid socket address",
        ),
        (&["--credentials"], "a value is required for '--credentials <FOLDER>'"),
        (&["--time", "noon"], "invalid value 'noon' for '--time <UNIX_SECONDS>': invalid digit"),
        (&["--time", "-1"], "invalid value '-1' for '--time <UNIX_SECONDS>': invalid digit"),
    ] {
        let stderr = assert_exit_status(command().current_dir(root.path()).args(arguments), 2);
        assert!(stderr.contains(problem) && stderr.contains("try '--help'"), "{stderr}");
    }
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn help_and_version_are_printed() {
    for (argument, text) in [
        ("--help", "Usage: wechatpay-sandbox"),
        ("-h", "--credentials <FOLDER>"),
        ("--version", env!("CARGO_PKG_VERSION")),
    ] {
        let output = command().arg(argument).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        assert!(String::from_utf8(output.stdout).unwrap().contains(text), "{argument}");
    }
}
