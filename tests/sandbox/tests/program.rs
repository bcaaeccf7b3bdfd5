//! The sandbox as a program, and its server against raw bytes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test"
)]
#![cfg(unix)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use wechatpay_sandbox::{Credentials, Sandbox, Server};

struct Program {
    child: Child,
    url: String,
}

impl Program {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wechatpay-sandbox"))
            .args(["--listen", "127.0.0.1:0", "--credentials"])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("listening on ").unwrap().to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        Self { child, url }
    }

    fn stop(mut self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success(), "{signal}");
    }
}

#[test]
fn it_serves_writes_credentials_and_stops() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("it's a folder");
    let program = Program::start(&folder);
    let names =
        ["apiclient_key.pem", "apiclient_cert.pem", "pub_key.pem", "platform_cert.pem", "wechatpay.env"];
    for name in names {
        let mode = fs::metadata(folder.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let script = "set -a; . \"$1\"; env | grep ^WECHATPAY_";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(folder.join("wechatpay.env")).current_dir("/");
    let output = shell.output().unwrap();
    let environment = String::from_utf8(output.stdout).unwrap();
    let value = |name: &str| {
        let line = environment.lines().find_map(|line| line.strip_prefix(&format!("WECHATPAY_{name}=")));
        line.unwrap_or_else(|| panic!("{name} is not in {environment}")).to_owned()
    };
    assert_eq!(environment.lines().count(), 9);
    assert_eq!(value("BASE_URL"), program.url);
    assert_eq!(value("API_V3_KEY").len(), 32);
    for name in ["MCHID", "SERIAL_NO", "PUBLIC_KEY_ID", "APPID"] {
        assert!(!value(name).is_empty());
    }
    for name in ["PRIVATE_KEY_FILE", "PUBLIC_KEY_FILE", "PLATFORM_CERT_FILE"] {
        assert!(Path::new(&value(name)).is_absolute() && Path::new(&value(name)).is_file());
    }
    let key = fs::read(folder.join("apiclient_key.pem")).unwrap();
    program.stop("-TERM");

    let again = Program::start(&folder);
    assert_eq!(fs::read(folder.join("apiclient_key.pem")).unwrap(), key);
    again.stop("-INT");
}

#[test]
fn a_key_that_is_not_its_own_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("apiclient_key.pem");
    fs::write(&key, "precious").unwrap();
    assert!(Credentials::load_or_create(folder.path(), "http://127.0.0.1:1", 1_795_363_200).is_err());
    assert_eq!(fs::read(&key).unwrap(), b"precious");
}

#[test]
fn wrong_arguments_are_explained() {
    for arguments in [&["--listen", "nowhere"][..], &["--listen"], &["--what"], &["--time", "now"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_wechatpay-sandbox")).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8(output.stderr).unwrap().contains(arguments[0]));
    }
}

fn exchange(server: &Server, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.local_addr()).unwrap();
    // The server may have seen enough before all is sent.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn it_reads_http_as_clients_write_it_and_survives_the_rest() {
    let now = 1_795_363_200;
    let sandbox = Sandbox::new(Credentials::generate(now).unwrap()).unwrap();
    let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), sandbox, move || now).unwrap();
    let head = "POST /v3/marketing/favor/coupon-stocks HTTP/1.1\r\nhost: x\r\naccept: */*\r\nuser-agent: t\r\nconnection: close\r\n";

    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n1\r\n{{\r\n1\r\n}}\r\n0\r\n\r\n");
    assert!(exchange(&server, chunked.as_bytes()).starts_with("HTTP/1.1 401"));
    let expect = format!("{head}expect: 100-continue\r\ncontent-length: 2\r\n\r\n{{}}");
    let answer = exchange(&server, expect.as_bytes());
    assert!(answer.contains("HTTP/1.1 401") && answer.contains("SIGN_ERROR"), "{answer}");

    for garbage in
        [&b"\x16\x03\x01\x02\x00\x01\x00"[..], b"\r\n\r\n\r\n", b"GET / HTTP/9\r\n\r\n", &[0xff; 70_000]]
    {
        let mut stream = TcpStream::connect(server.local_addr()).unwrap();
        let _ = stream.write_all(garbage);
    }
    let large = format!("{head}content-length: {}\r\n\r\n", 5 * 1024 * 1024);
    let body = [large.into_bytes(), vec![b' '; 5 * 1024 * 1024]].concat();
    let answer = exchange(&server, &body);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");

    // Two on one connection, after all that.
    let state = "GET /_sandbox/state HTTP/1.1\r\nhost: x\r\n";
    let two = format!("{state}\r\n{state}connection: close\r\n\r\n");
    let answer = exchange(&server, two.as_bytes());
    assert_eq!(answer.matches("HTTP/1.1 200").count(), 2, "{answer}");
    assert_eq!(answer.matches(r#"{"coupons":[],"stocks":[]}"#).count(), 2);
}
