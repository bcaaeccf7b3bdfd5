//! The options for containers and CI.

use std::fs;
use std::io::Read as _;
use std::net::TcpStream;
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::running::{Program, assert_exit_status, command, environment, http};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Starts the program with its credentials in `folder` and these options. What it prints on stderr is discarded.
fn start(folder: &TempDir, options: &[&str]) -> Program {
    Program::spawn(command().arg("--credentials").arg(folder.path()).args(options).stderr(Stdio::null()))
}

fn ready(options: &[&str]) -> Output {
    command().arg("ready").args(options).env_remove("WECHATPAY_BASE_URL").output().unwrap()
}

fn json_of(program: &Program, method: &str, path: &str, body: &str) -> Value {
    let (status, body) = http(program, method, path, body);
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[test]
fn the_address_may_have_any_form() {
    for (form, host, families) in [
        (&["--listen", "127.0.0.1:0"][..], "127.0.0.1", &["127.0.0.1"][..]),
        (&["--listen=127.0.0.1:0"], "127.0.0.1", &["127.0.0.1"]),
        (&["--listen", "localhost:0"], "127.0.0.1", &["127.0.0.1", "[::1]"]),
        (&["--listen", ":0"], "127.0.0.1", &["127.0.0.1", "[::1]"]),
        (&["--listen", "0.0.0.0:0"], "127.0.0.1", &["127.0.0.1"]),
        (&["--listen", "[::1]:0"], "[::1]", &["[::1]"]),
        (&["--listen", "[::]:0"], "[::1]", &["[::1]", "127.0.0.1"]),
    ] {
        let folder = folder();
        let program = start(&folder, form);
        assert_eq!(program.host().rsplit_once(':').unwrap().0, host, "{form:?}");
        for family in families {
            let address = format!("{family}:{}", program.port());
            assert!(TcpStream::connect(&address).is_ok(), "{form:?} {address}");
        }
        assert_eq!(environment(folder.path())["WECHATPAY_BASE_URL"], program.url, "{form:?}");
    }
}

#[test]
fn a_public_address_has_a_warning_and_loopback_has_none() {
    for (address, warned) in
        [(":0", true), ("0.0.0.0:0", true), ("127.0.0.1:0", false), ("localhost:0", false)]
    {
        let folder = folder();
        let mut command = command();
        command.arg("--credentials").arg(folder.path()).args(["--listen", address]).stderr(Stdio::piped());
        let program = Program::spawn(&mut command);
        assert_eq!(program.stop_and_read_stderr().contains("warning: everybody"), warned, "{address}");
    }
}

#[test]
fn options_can_be_given_as_variables() {
    let folder = folder();
    let mut command = command();
    command
        .env("WECHATPAY_SANDBOX_CREDENTIALS", folder.path())
        .env("WECHATPAY_SANDBOX_LISTEN", "127.0.0.1:0");
    command
        .env("WECHATPAY_SANDBOX_ADVERTISE", "http://sandbox:8700/")
        .env("WECHATPAY_SANDBOX_PUBLIC_KEY_ONLY", "true");
    let program = Program::spawn(command.stderr(Stdio::null()));
    let environment = environment(folder.path());
    assert_eq!(environment["WECHATPAY_BASE_URL"], "http://sandbox:8700");
    // Plain HTTP beyond loopback, so the clients of this project must be told.
    assert_eq!(environment["WECHATPAY_INSECURE_HTTP"], "1");
    assert_eq!(environment.get("WECHATPAY_PLATFORM_CERT_FILE"), None);
    assert_eq!(json_of(&program, "GET", "/_sandbox/state", "")["platform_keys"]["public_key_only"], true);
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let folder = folder();
    let mut command = command();
    for name in [
        "ADVERTISE",
        "ALLOW_HOST",
        "DELIVER_TO",
        "PUBLIC_KEY_ONLY",
        "FAULT",
        "LIMITS",
        "RESPOND",
        "PLAIN_ANSWERS",
        "JOURNAL",
        "URL_FILE",
        "TIME",
        "VERBOSE",
        "QUIET",
    ] {
        command.env(format!("WECHATPAY_SANDBOX_{name}"), "");
    }
    command.arg("--credentials").arg(folder.path()).args(["--listen", "127.0.0.1:0"]);
    let program = Program::spawn(command.stderr(Stdio::null()));
    let mut asked = self::command();
    asked.args(["ready", "--url", &program.url]).env("WECHATPAY_BASE_URL", "");
    let output = asked.env("WECHATPAY_SANDBOX_URL_FILE", "").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    // Their defaults are in the help.
    let help = self::command().arg("--help").env("WECHATPAY_SANDBOX_LISTEN", "").output().unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().contains("[default: 127.0.0.1:8700]"));
}

#[test]
fn faults_can_be_given_at_the_start() {
    let folder = folder();
    let fault = json!({ "operation": "coupon.send", "fault": "close_after", "times": 2 }).to_string();
    let program = start(&folder, &["--listen", "127.0.0.1:0", "--fault", &fault, "--fault", &fault]);
    let faults = json_of(&program, "GET", "/_sandbox/faults", "");
    assert_eq!(faults["faults"].as_array().unwrap().len(), 2, "{faults}");
    let bad = ["--listen", "127.0.0.1:0", "--fault", r#"{"operation": "*", "fault": "flood"}"#];
    drop(program);
    let stderr = assert_exit_status(command().arg("--credentials").arg(folder.path()).args(bad), 1);
    assert!(
        stderr.contains("--fault") && stderr.contains("/fault") && stderr.contains("close_after"),
        "{stderr}"
    );
}

#[test]
fn a_refused_request_is_reported_on_stderr() {
    for (option, refused, other) in
        [(None, true, false), (Some("--verbose"), true, true), (Some("--quiet"), false, false)]
    {
        let folder = folder();
        let mut command = command();
        command.arg("--credentials").arg(folder.path()).args(["--listen", "127.0.0.1:0"]).args(option);
        let program = Program::spawn(command.stderr(Stdio::piped()));
        let mut stream = program.connect();
        let head = "GET /v3/certificates HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: */*\r\nUser-Agent: t\r\n\r\n";
        std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
        assert_eq!(http(&program, "GET", "/v3/nothing", "").0, 404);
        let stderr = program.stop_and_read_stderr();
        assert_eq!(stderr.contains("401 GET /v3/certificates: "), refused, "{option:?} {stderr}");
        assert_eq!(stderr.contains("404 GET /v3/nothing"), other, "{option:?} {stderr}");
    }
}

#[test]
fn the_url_file_exists_while_the_sandbox_is_ready() {
    let folder = folder();
    let file = folder.path().join("url");
    let path = file.display().to_string();
    fs::write(&file, "http://127.0.0.1:1\n").unwrap();
    let program = start(&folder, &["--listen", "127.0.0.1:0", "--url-file", &path]);
    let output = ready(&["--wait", "--timeout", "60s", "--url-file", &path]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{}\n", program.url));
    assert!(program.stop("TERM").0.success());
    assert!(!file.exists());
}

#[test]
fn the_url_file_of_another_sandbox_is_left_alone() {
    let folder = folder();
    let file = folder.path().join("url");
    let path = file.display().to_string();
    let arguments = ["--listen", "127.0.0.1:0", "--url-file", &path];
    let program = start(&folder, &arguments);
    assert!(ready(&["--wait", "--timeout", "60s", "--url-file", &path]).status.success());
    // One that does not start.
    assert_exit_status(command().arg("--credentials").arg(folder.path()).args(arguments), 1);
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{}\n", program.url));
    // One that replaced the file.
    fs::write(&file, "http://127.0.0.1:1\n").unwrap();
    assert!(program.stop("TERM").0.success());
    assert_eq!(fs::read_to_string(&file).unwrap(), "http://127.0.0.1:1\n");
}

#[test]
fn ready_tells_whether_a_sandbox_answers() {
    let folder = folder();
    let program = start(&folder, &["--listen", "127.0.0.1:0"]);
    let url = program.url.clone();
    assert!(ready(&["--url", &url]).status.success());
    assert!(program.stop("TERM").0.success());
    for arguments in [&["--url", &url][..], &["--url", &url, "--wait", "--timeout", "10ms"]] {
        let output = ready(arguments);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains(&url));
    }
    // Something else that listens is not a sandbox.
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", other.local_addr().unwrap());
    let closing = std::thread::spawn(move || drop(other.accept().unwrap()));
    assert_eq!(ready(&["--url", &url]).status.code(), Some(1));
    closing.join().unwrap();
}

#[test]
fn a_new_sandbox_begins_with_the_seed_and_a_kept_one_says_that_it_does_not() {
    let folder = folder();
    let (seed, state) = (folder.path().join("seed.json"), folder.path().join("state"));
    let terms = json!({
        "stock_name": "券", "no_cash": true, "stock_type": "NORMAL", "out_request_no": "create-1",
        "available_begin_time": "2026-11-23T00:00:00+08:00", "available_end_time": "2026-11-30T23:59:59+08:00",
        "stock_use_rule": {
            "max_coupons": 5, "max_amount": 2500, "max_coupons_per_user": 2,
            "natural_person_limit": false, "prevent_api_abuse": false,
        },
        "coupon_use_rule": { "fixed_normal_coupon": { "coupon_amount": 500, "transaction_minimum": 1000 } },
    });
    let document = json!({
        "stocks": [{ "terms": terms, "status": "running" }],
        "coupons": [{ "stock_id": "10000001", "openid": "o1", "out_request_no": "send-1" }],
    });
    fs::write(&seed, document.to_string()).unwrap();
    let with_seed = || {
        let mut command = command();
        command
            .arg("--credentials")
            .arg(folder.path())
            .args(["--listen", "127.0.0.1:0"])
            .arg("--seed")
            .arg(&seed);
        command
    };
    let start = || Program::spawn(with_seed().arg("--state").arg(&state).stderr(Stdio::piped()));
    let program = start();
    let coupons = json_of(&program, "GET", "/_sandbox/coupons", "");
    assert_eq!((&coupons["total_count"], &coupons["data"][0]["openid"]), (&json!(1), &json!("o1")));
    json_of(&program, "POST", "/_sandbox/coupons/20000001/redeem", "");
    assert!(!program.stop_and_read_stderr().contains("seed"));

    let program = start();
    assert_eq!(json_of(&program, "GET", "/_sandbox/coupons", "")["data"][0]["status"], "USED");
    let stderr = program.stop_and_read_stderr();
    assert!(
        stderr.contains("--seed, --fault and --limits were not applied, because the state was restored"),
        "{stderr}"
    );

    fs::remove_file(&state).unwrap();
    for (content, says) in [("{\"stocks\": [{}]}", "/stocks/0/terms"), ("{", "JSON")] {
        fs::write(&seed, content).unwrap();
        let stderr = assert_exit_status(&mut with_seed(), 1);
        assert!(stderr.contains("the seed is not valid") && stderr.contains(says), "{stderr}");
    }
    fs::remove_file(&seed).unwrap();
    let mut command = command();
    command.arg("--credentials").arg(folder.path().join("new")).arg("--seed").arg(&seed);
    let stderr = assert_exit_status(command.args(["--listen", "127.0.0.1:0"]), 1);
    assert!(stderr.contains("seed.json of --seed") && !folder.path().join("new").exists(), "{stderr}");
}

#[test]
fn a_wrong_fault_leaves_no_state_file_and_the_corrected_one_is_applied() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let with = |fault: &str| {
        let mut command = command();
        command.args(["--listen", "127.0.0.1:0", "--fault", fault]).arg("--state").arg(&state);
        command.arg("--credentials").arg(folder.path().join("c"));
        command
    };
    let stderr = assert_exit_status(&mut with(r#"{"operation": "coupon.send", "fault": "closeafter"}"#), 1);
    assert!(stderr.contains("--fault") && !state.exists(), "{stderr}");
    let program =
        Program::spawn(with(r#"{"operation": "coupon.send", "fault": "close_after"}"#).stderr(Stdio::null()));
    assert_eq!(json_of(&program, "GET", "/_sandbox/faults", "")["faults"][0]["fault"], "close_after");
}

#[test]
fn the_variables_agree_with_a_restored_state() {
    let folder = tempfile::tempdir().unwrap();
    let start = |option: &[&str]| {
        let mut command = command();
        command
            .args(["--listen", "127.0.0.1:0"])
            .args(option)
            .arg("--state")
            .arg(folder.path().join("state"));
        Program::spawn(command.arg("--credentials").arg(folder.path()).stderr(Stdio::null()))
    };
    for option in [&["--public-key-only"][..], &[]] {
        let program = start(option);
        let state = json_of(&program, "GET", "/_sandbox/state", "");
        assert_eq!(state["platform_keys"]["public_key_only"], true);
        assert!(!environment(folder.path()).contains_key("WECHATPAY_PLATFORM_CERT_FILE"));
    }
}
