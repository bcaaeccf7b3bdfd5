//! A sandbox and its merchant, whose settings the program gets.

use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Instant, SystemTime};

use serde_json::{Value, json};
use tempfile::TempDir;
use wechatpay_core::bytes::Bytes;
use wechatpay_core::http::{Method, Request};
use wechatpay_core::types::Timestamp;
use wechatpay_sandbox::{Credentials, CredentialsFolder, Options, Sandbox, Server};

use crate::program::{Program, secrets_in};

/// The first stock of a sandbox.
pub(crate) const STOCK: &str = "10000001";

/// A sandbox with a running stock of ten coupons of 1 yuan, of which each user can have two.
pub(crate) struct Merchant {
    folder: TempDir,
    sandbox: Sandbox,
    pub(crate) credentials: Credentials,
    pub(crate) url: String,
    /// Gets the target of each request when it was handled.
    pub(crate) handled: Receiver<String>,
    /// When each send of a coupon was answered, and with what status; 0 if it was not.
    #[allow(dead_code, reason = "each program uses a part of it")]
    pub(crate) sends: Arc<Mutex<Vec<(Instant, u16)>>>,
    _server: Server,
}

#[expect(clippy::disallowed_methods, reason = "the clock of the tests")]
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

#[expect(clippy::disallowed_methods, reason = "the clock of the tests")]
fn instant() -> Instant {
    Instant::now()
}

impl Merchant {
    /// A sandbox with credentials that all such merchants share, because it takes time to make keys.
    pub(crate) fn new() -> Self {
        Self::with_coupons(10)
    }

    /// The same with a stock of so many coupons.
    pub(crate) fn with_coupons(coupons: u64) -> Self {
        static SHARED: LazyLock<TempDir> = LazyLock::new(|| {
            let folder = TempDir::new().unwrap();
            CredentialsFolder::new(folder.path()).load_or_create("http://127.0.0.1:1", now()).unwrap();
            folder
        });
        let folder = TempDir::new().unwrap();
        for file in fs::read_dir(SHARED.path()).unwrap() {
            let path = file.unwrap().path();
            fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
        Self::with(folder, coupons)
    }

    /// Another merchant.
    pub(crate) fn other() -> Self {
        Self::with(TempDir::new().unwrap(), 10)
    }

    fn with(folder: TempDir, coupons: u64) -> Self {
        let credentials =
            CredentialsFolder::new(folder.path()).load_or_create("http://127.0.0.1:1", now()).unwrap();
        let (sender, handled) = channel();
        let sends = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&sends);
        let respond = br#"[
            {"method": "PATCH", "path": "/v3/example", "body": {"changed": true}},
            {"method": "GET", "path": "/v3/text", "status": 204},
            {"method": "GET", "path": "/v3/list", "body": {"total_count": 5, "limit": 10, "offset": 0, "data": [1]}},
            {"method": "GET", "path": "/v3/all", "body": {"data": [1, 2]}},
            {"method": "GET", "path": "/v3/half", "body": {"total_count": 4, "limit": 2, "data": [1, 2]}}
        ]"#;
        let options =
            Options::new().seed(seed(coupons), now()).respond(respond).unwrap().on_answer(move |answered| {
                if *answered.method == Method::POST && answered.target.ends_with("/coupons") {
                    let status = answered.status.map_or(0, |status| status.as_u16());
                    log.lock().unwrap().push((instant(), status));
                }
                drop(sender.send(answered.target.to_owned()));
            });
        let sandbox = Sandbox::with_options(credentials.clone(), options).unwrap();
        let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), sandbox.clone(), now).unwrap();
        // Writes wechatpay.env with the URL.
        CredentialsFolder::new(folder.path()).load_or_create(&server.url(), now()).unwrap();
        Self { folder, sandbox, credentials, url: server.url(), handled, sends, _server: server }
    }

    pub(crate) fn env_file(&self) -> PathBuf {
        self.folder.path().join("wechatpay.env")
    }

    /// A program with the settings of this merchant in its environment.
    pub(crate) fn program(&self) -> Program {
        let program = Program::new().hide(secrets_in(self.folder.path()));
        let text = fs::read_to_string(self.env_file()).unwrap();
        text.lines().fold(program, |program, line| {
            let (name, value) = line.split_once('=').unwrap();
            program.set(name, value)
        })
    }

    /// `POST /_sandbox/…`.
    pub(crate) fn control(&self, path: &str, body: &Value) {
        let request = Request::post(format!("/_sandbox/{path}")).body(Bytes::from(body.to_string())).unwrap();
        let response = self.sandbox.handle(request, now());
        assert!(response.status().is_success(), "{response:?}");
    }

    /// Lets the next requests for an operation fail.
    pub(crate) fn fault(&self, operation: &str, fault: &str) {
        self.control("faults", &json!({ "operation": operation, "fault": fault, "times": 10 }));
    }

    /// Lets no further request fail.
    pub(crate) fn forget_faults(&self) {
        let request = Request::delete("/_sandbox/faults").body(Bytes::new()).unwrap();
        assert!(self.sandbox.handle(request, now()).status().is_success());
    }

    /// `GET /_sandbox/…`.
    pub(crate) fn state(&self, path: &str) -> Value {
        let request = Request::get(format!("/_sandbox/{path}")).body(Bytes::new()).unwrap();
        serde_json::from_slice(self.sandbox.handle(request, now()).body()).unwrap()
    }

    /// How many requests for an operation arrived.
    pub(crate) fn requests(&self, operation: &str) -> u64 {
        self.state("state")["requests"][operation].as_u64().unwrap_or(0)
    }

    pub(crate) fn coupons(&self) -> u64 {
        self.state("state")["coupons"].as_u64().unwrap()
    }
}

fn seed(coupons: u64) -> String {
    let time = |at| Timestamp::from_unix(at).unwrap().as_str().to_owned();
    json!({ "stocks": [{
        "status": "running",
        "terms": {
            "stock_name": "双旦满减券", "no_cash": true, "stock_type": "NORMAL", "out_request_no": "seed",
            "available_begin_time": time(now() - 60), "available_end_time": time(now() + 86_400),
            "stock_use_rule": {
                "max_coupons": coupons, "max_amount": coupons * 100, "max_coupons_per_user": 2,
                "natural_person_limit": false, "prevent_api_abuse": false
            },
            "coupon_use_rule": { "fixed_normal_coupon": { "coupon_amount": 100, "transaction_minimum": 200 } }
        }
    }] })
    .to_string()
}
