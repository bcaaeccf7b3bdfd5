//! `--listen-tls`: the CA and its files, the certificate, and `ready`.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use tempfile::TempDir;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::running::{Program, assert_exit_status, command, environment, http};

const LISTEN: [&str; 4] = ["--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0"];

/// A sandbox with TLS, and its second address.
struct Secure {
    program: Program,
    address: String,
    folder: TempDir,
}

impl Secure {
    fn start(options: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), options)
    }

    fn start_in(folder: TempDir, options: &[&str]) -> Self {
        let mut command = command();
        command.arg("--credentials").arg(folder.path()).args(LISTEN).args(options);
        let mut program = Program::spawn(command.stderr(Stdio::piped()));
        let line = program.read_line();
        let address = line.strip_prefix("listening on https://").unwrap().trim_end().to_owned();
        Self { program, address, folder }
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    fn ca_file(&self) -> String {
        self.folder.path().join("ca.pem").display().to_string()
    }

    /// Stops it and returns its folder and what it printed on stderr.
    fn stop(self) -> (TempDir, String) {
        (self.folder, self.program.stop_and_read_stderr())
    }

    /// Makes a request under this name as a client that trusts `ca`. Returns the answer, or the problem with TLS.
    fn get(&self, ca: &str, name: &str, path: &str) -> Result<String, String> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = ClientConnection::new(Arc::new(config), name.to_owned().try_into().unwrap()).unwrap();
        let mut stream = StreamOwned::new(client, TcpStream::connect(&self.address).unwrap());
        let request = format!("GET {path} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).map_err(|error| error.to_string())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        Ok(answer)
    }
}

fn ready(options: &[&str]) -> Output {
    let mut command = command();
    command.arg("ready").args(options).env_remove("WECHATPAY_BASE_URL").env_remove("WECHATPAY_CA_FILE");
    command.output().unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn clients_that_trust_the_ca_reach_it_under_all_its_names() {
    let secure = Secure::start(&["--allow-host", "Pay.Example.com", "--advertise", "https://sandbox:8743"]);
    let environment = environment(secure.folder.path());
    let ca = fs::read_to_string(&environment["WECHATPAY_CA_FILE"]).unwrap();
    assert_eq!(environment["WECHATPAY_BASE_URL"], "https://sandbox:8743");
    assert!(Path::new(&environment["WECHATPAY_CA_FILE"]).is_absolute());
    for name in [
        "localhost",
        "127.0.0.1",
        "::1",
        "host.docker.internal",
        "api.mch.weixin.qq.com",
        "api2.mch.weixin.qq.com",
        "pay.example.com",
        "sandbox",
    ] {
        let answer = secure.get(&ca, name, "/v3/unknown").unwrap();
        assert!(answer.starts_with("HTTP/1.1 404 "), "{name} {answer}");
    }
    for name in ["example.com", "mch.weixin.qq.com", "10.0.0.1"] {
        let problem = secure.get(&ca, name, "/").unwrap_err();
        assert!(problem.contains("not valid for name"), "{name} {problem}");
    }
    for file in ["ca.pem", "sandbox_ca_key.pem"] {
        assert_eq!(mode(&secure.folder.path().join(file)), 0o600, "{file}");
    }
    // Both ports have it, so that a program can load it before it uses TLS.
    assert_eq!(http(&secure.program, "GET", "/_sandbox/ca.pem", ""), (200, ca.clone()));
    let answer = secure.get(&ca, "localhost", "/_sandbox/ca.pem").unwrap();
    assert!(answer.contains("\r\nContent-Type: application/x-pem-file\r\n") && answer.ends_with(&ca));
    // Others are refused.
    let other = Secure::start(&[]);
    assert!(
        secure.get(&other.file("ca.pem"), "localhost", "/").unwrap_err().contains("invalid peer certificate")
    );
}

#[test]
fn without_tls_there_is_no_ca() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path());
    let (status, body) = http(&program, "GET", "/_sandbox/ca.pem", "");
    assert!(status == 404 && body.contains("--listen-tls"), "{body}");
}

#[test]
fn the_ca_stays_over_restarts_until_it_does_not_permit_a_name() {
    let first = Secure::start(&["--advertise", "https://sandbox"]);
    let (ca, key) = (first.file("ca.pem"), first.file("sandbox_ca_key.pem"));
    let (folder, stderr) = first.stop();
    assert!(!stderr.contains("new CA"), "{stderr}");
    // Fewer names do not matter, and local ones are always permitted.
    let second = Secure::start_in(folder, &["--advertise", "https://a.localhost"]);
    assert_eq!((second.file("ca.pem"), second.file("sandbox_ca_key.pem")), (ca.clone(), key.clone()));
    assert!(second.get(&ca, "a.localhost", "/").is_ok());
    let (folder, stderr) = second.stop();
    assert!(!stderr.contains("new CA"), "{stderr}");
    let third = Secure::start_in(folder, &["--advertise", "https://other"]);
    let new = third.file("ca.pem");
    assert!(new != ca && third.file("sandbox_ca_key.pem") != key);
    assert!(third.get(&new, "other", "/").is_ok() && third.get(&ca, "other", "/").is_err());
    let (folder, stderr) = third.stop();
    assert!(stderr.contains("warning:") && stderr.contains("ca.pem is a new CA"), "{stderr}");
    // It permits the former names too.
    let fourth = Secure::start_in(folder, &["--advertise", "https://sandbox"]);
    assert!(fourth.get(&new, "sandbox", "/").is_ok() && fourth.file("ca.pem") == new);
    let (folder, stderr) = fourth.stop();
    assert!(!stderr.contains("new CA"), "{stderr}");
    // Without TLS, the files stay and the variable is gone.
    let plain = Program::start(folder.path());
    assert_eq!(environment(folder.path()).get("WECHATPAY_CA_FILE"), None);
    assert_eq!(fs::read_to_string(folder.path().join("ca.pem")).unwrap(), new);
    drop(plain);
}

#[test]
fn a_ca_that_is_not_the_sandboxes_or_damaged_is_left_alone() {
    let secure = Secure::start(&[]);
    let key = secure.file("sandbox_ca_key.pem");
    let (folder, _) = secure.stop();
    let refused = |problem: &str| {
        let stderr = assert_exit_status(command().arg("--credentials").arg(folder.path()).args(LISTEN), 1);
        assert!(stderr.contains(problem), "{stderr}");
    };
    let path = |name: &str| folder.path().join(name);
    fs::remove_file(path("sandbox_ca_key.pem")).unwrap();
    refused("not created by the sandbox");
    fs::write(path("sandbox_ca_key.pem"), "x").unwrap();
    refused("delete sandbox_ca_key.pem and ca.pem");
    fs::write(path("sandbox_ca_key.pem"), key).unwrap();
    fs::write(path("ca.pem"), "damaged").unwrap();
    refused("ca.pem");
    assert_eq!(fs::read_to_string(path("ca.pem")).unwrap(), "damaged");
    // A start that ended after the first of the two files.
    fs::remove_file(path("ca.pem")).unwrap();
    let (_, stderr) = Secure::start_in(folder, &[]).stop();
    assert!(!stderr.contains("new CA"), "{stderr}");
}

#[test]
fn a_port_in_use_and_a_public_address_are_told_as_for_plain_http() {
    let secure = Secure::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let mut second = command();
    second.arg("--credentials").arg(folder.path());
    second.args(["--listen", "127.0.0.1:0", "--listen-tls", &secure.address]);
    let stderr = assert_exit_status(&mut second, 1);
    assert!(stderr.contains(&secure.address) && stderr.contains("port with --listen-tls"), "{stderr}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(!secure.stop().1.contains("warning: everybody"));
    let mut public = command();
    public.arg("--credentials").arg(folder.path()).args(["--listen", "127.0.0.1:0", "--listen-tls", ":0"]);
    let public = Program::spawn(public.stderr(Stdio::piped()));
    assert!(public.stop_and_read_stderr().contains("warning: everybody"));
}

#[test]
fn ready_verifies_the_server() {
    let (secure, other) = (Secure::start(&[]), Secure::start(&[]));
    let (url, ca) = (secure.url(), secure.ca_file());
    let output = ready(&["--url", &url, "--ca-file", &ca]);
    assert!(output.status.success(), "{output:?}");
    let mut with_variables = command();
    with_variables.arg("ready").env("WECHATPAY_BASE_URL", &url).env("WECHATPAY_CA_FILE", &ca);
    assert!(with_variables.output().unwrap().status.success());
    let plain = secure.program.url.clone();
    let (wrong_scheme, tls_at_plain) = (url.replace("https", "http"), plain.replace("http", "https"));
    let environment = secure.folder.path().join("wechatpay.env").display().to_string();
    for (arguments, problem) in [
        (vec!["--url", &url], "--ca-file"),
        (vec!["--url", &url, "--ca-file", &other.ca_file()], "invalid peer certificate"),
        (vec!["--url", &url, "--ca-file", "no/such/file"], "no/such/file"),
        (vec!["--url", &url, "--ca-file", &environment], "expected a certificate in PEM, but found text"),
        (vec!["--url", &wrong_scheme], "https://"),
        (vec!["--url", &tls_at_plain, "--ca-file", &ca], "--listen-tls"),
    ] {
        let output = ready(&arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?} {output:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(problem) && stderr.contains(arguments[1]), "{stderr}");
    }
}

fn has_openssl() -> bool {
    let found = Command::new("openssl").arg("version").output().is_ok();
    if !found {
        eprintln!("openssl is not installed: comparison skipped");
    }
    found
}

#[test]
fn openssl_accepts_the_certificate() {
    if !has_openssl() {
        return;
    }
    let secure = Secure::start(&[]);
    let verify = |name: &str, version: &str| {
        let mut openssl = Command::new("openssl");
        openssl.args(["s_client", "-connect", &secure.address, "-CAfile", &secure.ca_file()]);
        openssl.args(["-verify_return_error", "-x509_strict", "-verify_hostname", name]);
        let output = openssl.args(["-alpn", "h2,http/1.1", version]).stdin(Stdio::null()).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    for version in ["-tls1_2", "-tls1_3"] {
        for name in ["localhost", "api.mch.weixin.qq.com"] {
            let (accepted, text) = verify(name, version);
            assert!(accepted && text.contains("ALPN protocol: http/1.1"), "{text}");
        }
        assert!(!verify("example.com", version).0);
    }
}

#[test]
fn openssl_refuses_what_the_ca_may_not_sign() {
    if !has_openssl() {
        return;
    }
    let secure = Secure::start(&[]);
    let path = |name: &str| secure.folder.path().join(name);
    fs::write(path("key.pem"), rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let openssl = |arguments: &str| {
        let mut command = Command::new("openssl");
        command.current_dir(secure.folder.path()).args(arguments.split(' ')).output().unwrap()
    };
    for (host, permitted) in [("localhost", true), ("example.com", false)] {
        fs::write(path("names"), format!("subjectAltName=DNS:{host}")).unwrap();
        for arguments in [
            "req -new -key key.pem -subj /CN=x -out request.pem",
            "x509 -req -in request.pem -CA ca.pem -CAkey sandbox_ca_key.pem -set_serial 1 -extfile names -out leaf.pem",
        ] {
            let output = openssl(arguments);
            assert!(output.status.success(), "{output:?}");
        }
        let output = openssl("verify -CAfile ca.pem leaf.pem");
        assert_eq!(output.status.success(), permitted, "{output:?}");
        let problem = String::from_utf8(output.stderr).unwrap();
        assert_eq!(problem.contains("permitted subtree violation"), !permitted, "{problem}");
    }
}
