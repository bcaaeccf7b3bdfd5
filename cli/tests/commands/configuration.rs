//! Where settings come from.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};

use serde_json::json;

use crate::merchant::Merchant;
use crate::program::Program;

#[test]
fn settings_come_from_the_env_file() {
    let merchant = Merchant::new();
    let program = Program::new();
    let line =
        format!("callback set https://pay.example.com/notify --env-file {}", merchant.env_file().display());
    program.run(&line).succeeded();
    assert_eq!(merchant.requests("callback.set"), 1);
}

#[test]
fn options_precede_the_environment_which_precedes_the_env_file() {
    let [in_file, in_environment, as_option] = [Merchant::new(), Merchant::other(), Merchant::other()];
    // All three have the credentials of the first.
    let text = fs::read_to_string(in_file.env_file()).unwrap();
    let program = Program::new();
    program.write("m.env", &text);
    let doctor = |program: &Program, options: &str| {
        let ran = program.run(&format!("doctor --env-file m.env --output json {options}"));
        (ran.code, ran.json()["base_url"].clone())
    };
    assert_eq!(doctor(&program, ""), (0, json!(in_file.url)));
    let program = program.set("WECHATPAY_BASE_URL", &in_environment.url);
    // It is another platform, so the keys are wrong there.
    assert_eq!(doctor(&program, ""), (8, json!(in_environment.url)));
    assert_eq!(doctor(&program, &format!("--base-url {}", as_option.url)), (8, json!(as_option.url)));
}

#[test]
fn a_key_in_the_environment_replaces_the_file_of_the_env_file() {
    let merchant = Merchant::new();
    let program = Program::new().set("WECHATPAY_PRIVATE_KEY", merchant.credentials.private_key_pem());
    let text = fs::read_to_string(merchant.env_file()).unwrap();
    let text: Vec<String> = text
        .lines()
        .map(|line| match line.starts_with("WECHATPAY_PRIVATE_KEY_FILE=") {
            true => "WECHATPAY_PRIVATE_KEY_FILE=/nowhere/key.pem".to_owned(),
            false => line.to_owned(),
        })
        .collect();
    program.write("m.env", text.join("\n"));
    program.run("stock list --env-file m.env").succeeded();
    let ran = Program::new();
    ran.write("m.env", text.join("\n"));
    ran.run("stock list --env-file m.env").failed(8);
}

#[test]
fn relative_paths_are_found_beside_the_env_file() {
    let merchant = Merchant::new();
    let text = fs::read_to_string(merchant.env_file()).unwrap();
    let folder = merchant.env_file().parent().unwrap().to_owned();
    let text = text.replace(&format!("{}/", folder.canonicalize().unwrap().display()), "");
    assert!(text.contains("WECHATPAY_PRIVATE_KEY_FILE=apiclient_key.pem\n"), "{text}");
    fs::write(merchant.env_file(), text).unwrap();
    let line = format!("stock list --env-file {}", merchant.env_file().display());
    Program::new().run(&line).succeeded();
}

#[test]
fn what_is_missing_is_named() {
    let program = Program::new().set("WECHATPAY_MCHID", "1900000001");
    let ran = program.run("stock list --output json").failed(8);
    let error = ran.error();
    assert_eq!(error["kind"], "configuration");
    assert_eq!(
        error["variables"],
        json!(["WECHATPAY_SERIAL_NO", "WECHATPAY_PRIVATE_KEY_FILE", "WECHATPAY_PUBLIC_KEY_FILE"])
    );
}

#[test]
fn a_url_without_a_merchant_starts_no_sandbox() {
    let program = Program::new();
    let ran = program.run("stock list --base-url http://127.0.0.1:1").failed(8);
    assert!(ran.stderr.contains("WECHATPAY_MCHID is not set"), "{ran:?}");
    assert!(!program.path("wechatpay-ledger.db.sandbox").exists());
}

#[test]
fn an_env_file_that_cannot_be_read_is_named() {
    let program = Program::new();
    let ran = program.run("stock list --env-file nowhere.env").failed(8);
    assert!(ran.stderr.contains("env file nowhere.env: cannot be read"), "{ran:?}");
    program.write("m.env", "WECHATPAY_API_V3_KEY=$SECRET");
    let ran = program.run("stock list --env-file m.env").failed(8);
    assert!(
        ran.stderr.contains("line 1 (WECHATPAY_API_V3_KEY)") && !ran.stderr.contains("SECRET"),
        "{ran:?}"
    );
}

#[test]
fn a_key_that_cannot_be_used_is_not_shown() {
    let merchant = Merchant::new();
    let program = merchant.program();
    program.write("key.pem", "-----BEGIN PRIVATE KEY-----\nS0VZU0VDUkVU\n-----END PRIVATE KEY-----\n");
    let ran = program.set("WECHATPAY_PRIVATE_KEY_FILE", "key.pem").run("stock list").failed(8);
    assert!(
        ran.stderr.contains("WECHATPAY_PRIVATE_KEY_FILE (key.pem) is not a usable private key"),
        "{ran:?}"
    );
    assert!(!ran.stderr.contains("S0VZU0VDUkVU"), "{ran:?}");
}

#[test]
fn a_key_or_a_password_in_the_place_of_a_path_is_not_shown() {
    let merchant = Merchant::new();
    let key = merchant.credentials.private_key_pem();
    let escaped = key.replace('\n', "\\n");
    let base64: String = key.lines().filter(|line| !line.starts_with('-')).collect();
    for value in [key, &escaped, &base64, "mysql://ann:s3cret@db/coupons"] {
        for command in ["doctor", "listen --once", "send status", "stock list"] {
            let program = || merchant.program().hide(["s3cret".to_owned()]);
            let in_variable = program().set("WECHATPAY_LEDGER", value).run(command).failed(8);
            assert!(in_variable.stderr.contains("WECHATPAY_LEDGER must be the path"), "{in_variable:?}");
            for option in ["--ledger", "--env-file"] {
                let program = program();
                let output = program.command(command).args([option, value]).output().unwrap();
                // What begins with a hyphen looks like another option.
                let (code, what) = match value.starts_with('-') {
                    true => (2, "an argument looks like the content of a file".to_owned()),
                    false => (8, format!("{option} must be the path")),
                };
                let ran = program.end(output).failed(code);
                assert!(ran.stderr.contains(&what), "{ran:?}");
            }
        }
    }
}

#[test]
fn an_argument_that_is_wrong_is_not_repeated_if_it_may_be_a_key() {
    let merchant = Merchant::new();
    let key = merchant.credentials.private_key_pem();
    let hidden = "an argument looks like the content of a file";
    let content = "{\n}";
    let joined = format!("--output={key}");
    for (arguments, says) in [
        ([key, "doctor"], hidden),
        (["doctor", key], hidden),
        (["doctor", &joined], hidden),
        (["--lang", key], hidden),
        // The mistake is elsewhere.
        (["--data", content], "'--data'"),
    ] {
        for language in ["en", "zh"] {
            let program = merchant.program().set("WECHATPAY_LANG", language);
            let output = program.command("").args(arguments).output().unwrap();
            let ran = program.end(output).failed(2);
            assert!(language == "zh" || ran.stderr.contains(says), "{ran:?}");
        }
    }
    let program = merchant.program();
    let ran = program.end(program.command("doctor --output json").arg(key).output().unwrap()).failed(2);
    assert!(ran.error()["message"].as_str().unwrap().contains(hidden), "{ran:?}");
}

#[test]
fn a_host_that_does_not_answer_is_a_network_failure() {
    let merchant = Merchant::new();
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let program = merchant.program();
    let ran = program
        .run(&format!("callback set https://pay.example.com/n --base-url {url} --output json"))
        .failed(9);
    assert_eq!(ran.error()["outcome"], "not_sent");
    program.run(&format!("stock list --base-url {url}")).failed(9);
}
