//! The credentials files, the lock of their folder, and the arguments.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::running::{Program, assert_exit_status, command, environment, http};

const FILES: &str = "apiclient_key.pem apiclient_cert.pem pub_key.pem platform_cert.pem wechatpay.env \
                     sandbox_platform.json";

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
    let (status, body) = http(&program, "GET", "/_sandbox/state", "");
    assert_eq!(status, 200, "{body}");
    let state: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(state["platform_keys"]["public_key_id"], environment(root.path())["WECHATPAY_PUBLIC_KEY_ID"]);
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
    assert!(first.stop("TERM").0.success());
    let env = root.path().join("wechatpay.env");
    fs::set_permissions(&env, fs::Permissions::from_mode(0o644)).unwrap();
    let second = Program::start(root.path());
    let (after, mut new) = (read(), environment(root.path()));
    assert!(before == after, "credentials were changed");
    assert_eq!(new.insert("WECHATPAY_BASE_URL".to_owned(), url), Some(second.url.clone()));
    assert_eq!(new, old);
    assert_eq!(mode(&env), 0o600);
}

#[test]
fn a_folder_in_use_is_an_error_and_changes_no_file() {
    let root = tempfile::tempdir().unwrap();
    let first = Program::start(root.path());
    let before = fs::read(root.path().join("wechatpay.env")).unwrap();
    let problem =
        assert_exit_status(command().args(["--listen", "127.0.0.1:0", "--credentials"]).arg(root.path()), 1);
    assert!(
        problem.contains(&root.path().display().to_string()) && problem.contains("--credentials"),
        "{problem}"
    );
    assert_eq!(fs::read(root.path().join("wechatpay.env")).unwrap(), before);
    // The lock ends with the process, however it ends.
    first.stop("KILL");
    Program::start(root.path());
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
    let problem =
        assert_exit_status(command().args(["--listen", &address, "--credentials"]).arg(root.path()), 1);
    assert!(problem.contains(&address) && problem.contains("--listen"), "{problem}");
    assert_eq!(fs::read(root.path().join("wechatpay.env")).unwrap(), before);
}

#[test]
fn invalid_arguments_are_reported_with_status_2() {
    let root = tempfile::tempdir().unwrap();
    for (arguments, problem) in [
        (&["--port", "1"][..], "unexpected argument '--port' found"),
        (&["extra"], "unrecognized subcommand 'extra'"),
        (&["--listen"], "a value is required for '--listen <ADDRESS>'"),
        (
            &["--listen", "localhost"],
            "invalid value 'localhost' for '--listen <ADDRESS>': must be HOST:PORT or :PORT",
        ),
        (
            &["--listen", "127.0.0.1:65536"],
            "invalid value '127.0.0.1:65536' for '--listen <ADDRESS>': must be HOST:PORT or :PORT",
        ),
        (&["--credentials"], "a value is required for '--credentials <FOLDER>'"),
        (&["--time", "noon"], "invalid value 'noon' for '--time <UNIX_SECONDS>': invalid digit"),
        (&["--time", "-1"], "invalid value '-1' for '--time <UNIX_SECONDS>'"),
        (&["--time", "253402300800"], "invalid value '253402300800' for '--time <UNIX_SECONDS>'"),
        (&["--allow-host", "http://x"], "must be the name of a host"),
        (&["--allow-host", "*.evil"], "must be the name of a host"),
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
