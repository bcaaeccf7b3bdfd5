//! The sandbox beside a ledger.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};

use serde_json::json;
use wechatpay_sandbox::{CredentialsFolder, Options, Sandbox, Server};

use crate::merchant::{Merchant, STOCK, now};
use crate::program::Program;

#[test]
fn commands_one_after_another_see_the_same_sandbox() {
    let program = Program::new();
    let shown = program.run(&format!("stock show {STOCK}")).succeeded();
    assert!(shown.stderr.starts_with("SANDBOX: ") && shown.stderr.contains(STOCK), "{shown:?}");
    let send = format!("coupon send --openid oAlice --stock {STOCK} --confirm {STOCK}");
    let sent = program.json(&send);
    assert_eq!(sent["sandbox"], json!(true));
    let listed = program.json("coupon list --openid oAlice");
    assert_eq!((&listed["sandbox"], &listed["data"][0]["coupon_id"]), (&json!(true), &sent["coupon_id"]));
    let stock = program.json(&format!("stock show {STOCK}"));
    assert_eq!((&stock["status"], &stock["distributed_coupons"]), (&json!("running"), &json!(1)));
    assert!(program.path("wechatpay-ledger.db.sandbox").is_dir());
    assert!(!program.path("wechatpay-ledger.db").exists());
}

#[test]
fn each_ledger_has_its_own_sandbox() {
    let program = Program::new().set("WECHATPAY_LEDGER", "from-variable.db");
    let first = program.json("stock list --ledger a.db");
    let second = program.json("stock list --ledger b.db");
    let of = |list: &serde_json::Value| list["data"][0]["stock_creator_mchid"].clone();
    assert_ne!(of(&first), of(&second));
    program.run("stock list").succeeded();
    for (name, exists) in
        [("a.db", true), ("b.db", true), ("from-variable.db", true), ("wechatpay-ledger.db", false)]
    {
        assert_eq!(program.path(&format!("{name}.sandbox")).exists(), exists, "{name}");
    }
}

/// SQLite keeps databases of such names in memory.
#[test]
fn a_ledger_is_a_file_whatever_its_name() {
    let program = Program::new();
    program.write("list.csv", "openid\noAlice\n");
    for name in [":memory:", "file:x?mode=memory"] {
        program.run(&format!("send plan list.csv --campaign c --stock {STOCK} --ledger {name}")).succeeded();
        let status = program.json(&format!("send status c --ledger {name}"));
        assert_eq!(status["planned"], json!(1), "{name}");
    }
}

#[test]
fn every_line_of_a_list_says_sandbox() {
    let lines = Program::new().run("stock list --output ndjson").succeeded().lines();
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["sandbox"], &lines[0]["stock_id"]), (&json!(true), &json!(STOCK)));
}

#[test]
fn an_error_in_the_sandbox_says_sandbox() {
    let ran = Program::new().run("stock show 99 --output json").failed(1);
    let error: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!((&error["sandbox"], &error["error"]["code"]), (&json!(true), &json!("RESOURCE_NOT_EXISTS")));
}

#[test]
fn a_ledger_of_a_merchant_never_gets_a_sandbox() {
    let program = Program::new();
    program.write("wechatpay-ledger.db", "");
    let ran = program.run("stock list").failed(8);
    assert!(ran.stderr.contains("the ledger wechatpay-ledger.db was made by a merchant"), "{ran:?}");
    assert!(!program.path("wechatpay-ledger.db.sandbox").exists());
    program.write("users.csv", "openid\noAlice\n");
    let ran = program.run("stock list --ledger users.csv").failed(8);
    assert!(ran.stderr.contains("users.csv is not a ledger"), "{ran:?}");
}

#[test]
fn a_merchant_never_gets_a_sandbox() {
    let merchant = Merchant::new();
    let program = merchant.program();
    assert_eq!(program.json("stock list")["sandbox"], json!(false));
    assert!(!program.path("wechatpay-ledger.db.sandbox").exists());
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let program = Program::new();
    program.run("stock list").succeeded();
    let mode = fs::metadata(program.path("wechatpay-ledger.db.sandbox")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn credentials_that_were_half_made_are_made_again() {
    let program = Program::new();
    let folder = program.path("wechatpay-ledger.db.sandbox");
    fs::create_dir_all(folder.join("credentials.new")).unwrap();
    fs::write(folder.join("credentials.new/apiclient_key.pem"), "half").unwrap();
    program.run("stock list").succeeded();
    assert!(!folder.join("credentials.new").exists());
}

/// Another process that has the sandbox of a ledger.
struct Other {
    _lock: File,
    server: Option<Server>,
}

impl Other {
    fn of(program: &Program) -> Self {
        program.run("stock list").succeeded();
        let folder = program.path("wechatpay-ledger.db.sandbox");
        let lock = File::create(folder.join("lock")).unwrap();
        lock.lock().unwrap();
        let credentials =
            CredentialsFolder::new(folder.join("credentials")).load_or_create("http://127.0.0.1:1", now());
        let options = Options::new().state_file(folder.join("state"));
        let sandbox = Sandbox::with_options(credentials.unwrap(), options).unwrap();
        let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), sandbox, now).unwrap();
        fs::write(folder.join("url"), server.url()).unwrap();
        Self { _lock: lock, server: Some(server) }
    }
}

#[test]
fn a_second_process_uses_the_sandbox_of_the_first() {
    let program = Program::new();
    let other = Other::of(&program);
    let sent = program.json(&format!("coupon send --openid oBob --stock {STOCK} --confirm {STOCK}"));
    let listed = program.json("coupon list --openid oBob");
    assert_eq!(listed["data"][0]["coupon_id"], sent["coupon_id"]);
    assert_eq!(listed["sandbox"], json!(true));
    drop(other);
    // It was written by the process that had the lock, and is there for the next.
    assert_eq!(program.json("coupon list --openid oBob")["data"][0]["coupon_id"], sent["coupon_id"]);
}

#[test]
fn a_url_that_nobody_answers_is_named() {
    let program = Program::new();
    let mut other = Other::of(&program);
    drop(other.server.take());
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    fs::write(program.path("wechatpay-ledger.db.sandbox/url"), &url).unwrap();
    let ran = program.run("stock list").failed(1);
    assert!(ran.stderr.contains(&format!("does not answer at {url}")), "{ran:?}");
}
