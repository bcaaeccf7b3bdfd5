//! The program as a process, and a merchant that calls it over sockets.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::crypto::{SigningKey, load_signing_key};
use wechatpay_sandbox::Credentials;

use super::common::NOW;

/// The program. It is killed when this is dropped.
pub(crate) struct Program {
    child: Mutex<Child>,
    host: String,
}

impl Program {
    /// Starts it with `command`, whose program it is, or which executes it.
    #[track_caller]
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let host = line.trim_end().strip_prefix("listening on http://");
        let host = host.unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { child: Mutex::new(child), host }
    }

    /// The arguments for a sandbox in `folder`.
    pub(crate) fn arguments(folder: &Path) -> Vec<String> {
        let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let time = NOW.to_string();
        [
            "--listen",
            "127.0.0.1:0",
            "--quiet",
            "--time",
            &time,
            "--credentials",
            &file("c"),
            "--state",
            &file("s"),
        ]
        .map(str::to_owned)
        .to_vec()
    }

    pub(crate) fn path() -> &'static str {
        env!("CARGO_BIN_EXE_wechatpay-sandbox")
    }

    /// Kills it, as `kill -9` does.
    pub(crate) fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap();
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// A merchant with the credentials in a folder.
#[derive(Clone)]
pub(crate) struct Merchant {
    credentials: Credentials,
    key: Arc<dyn SigningKey>,
}

impl Merchant {
    pub(crate) fn new(folder: &Path) -> Self {
        let credentials = Credentials::load_or_create(&folder.join("c"), "http://127.0.0.1", NOW).unwrap();
        let key = load_signing_key(&PROVIDER, credentials.private_key_pem()).unwrap();
        Self { credentials, key }
    }

    pub(crate) fn mchid(&self) -> &str {
        self.credentials.mchid()
    }

    pub(crate) fn appid(&self) -> &str {
        self.credentials.appid()
    }

    /// The header of a signed request.
    fn authorization(&self, method: &str, target: &str, body: &str) -> String {
        let message = format!("{method}\n{target}\n{NOW}\nn\n{body}\n");
        let signature = STANDARD.encode(self.key.sign(message.as_bytes()).unwrap());
        let (mchid, serial) = (self.mchid(), self.credentials.serial_no());
        format!(
            "Authorization: WECHATPAY2-SHA256-RSA2048 mchid=\"{mchid}\",nonce_str=\"n\",timestamp=\"{NOW}\",\
             serial_no=\"{serial}\",signature=\"{signature}\"\r\n"
        )
    }
}

/// A connection. Every method returns `None` when the program is gone.
pub(crate) struct Caller<'a> {
    merchant: &'a Merchant,
    host: &'a str,
    stream: BufReader<TcpStream>,
}

impl<'a> Caller<'a> {
    pub(crate) fn open(merchant: &'a Merchant, program: &'a Program) -> Option<Self> {
        let host = program.host();
        Some(Self { merchant, host, stream: BufReader::new(TcpStream::connect(host).ok()?) })
    }

    pub(crate) fn merchant(&self) -> &'a Merchant {
        self.merchant
    }

    /// Calls an operation.
    pub(crate) fn call(&mut self, method: &str, target: &str, body: &str) -> Option<(u16, Value)> {
        let authorization = self.merchant.authorization(method, target, body);
        self.exchange(method, target, &authorization, body)
    }

    /// Sends a control request. `path` is below `/_sandbox`.
    pub(crate) fn control(&mut self, method: &str, path: &str, body: &str) -> Option<(u16, Value)> {
        self.exchange(method, &format!("/_sandbox{path}"), "", body)
    }

    fn exchange(&mut self, method: &str, target: &str, headers: &str, body: &str) -> Option<(u16, Value)> {
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\nAccept: */*\r\nUser-Agent: test\r\n{headers}\
             Content-Length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).ok()?;
        let mut line = || {
            let mut line = String::new();
            let read = self.stream.read_line(&mut line).ok()?;
            (read > 0).then_some(line)
        };
        let status = line()?.split(' ').nth(1)?.parse().unwrap();
        let mut length = 0;
        loop {
            let header = line()?;
            if header == "\r\n" {
                break;
            }
            if let Some(value) = header.strip_prefix("Content-Length: ") {
                length = value.trim_end().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).ok()?;
        Some((status, serde_json::from_slice(&body).unwrap()))
    }
}
