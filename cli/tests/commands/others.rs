//! `callback`, `image`, `certs`, `completions` and `sandbox`.

use std::fs;
use std::io::{BufRead as _, BufReader};

use serde_json::json;
use wechatpay_core::PlatformKeys;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;

use crate::merchant::Merchant;
use crate::program::Program;

#[test]
fn the_url_of_callbacks_is_set_and_shown() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let ran = program.run("callback show --output json").failed(1);
    assert_eq!(ran.error()["code"], "RESOURCE_NOT_EXISTS");
    let set = program.json("callback set https://pay.example.com/notify");
    assert!(set["update_time"].is_string(), "{set}");
    assert_eq!(program.json("callback show")["notify_url"], json!("https://pay.example.com/notify"));
    assert_eq!(program.run("callback show").succeeded().stdout, "https://pay.example.com/notify\n");
    let ran = program.run("callback set http://pay.example.com/notify").failed(2);
    assert!(ran.stderr.contains("notify_url"), "{ran:?}");
}

#[test]
fn an_image_is_uploaded() {
    let merchant = Merchant::new();
    let program = merchant.program();
    // The beginning of a PNG of 120×120 pixels.
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x78\0\0\0\x78\x08\x02\0\0\0";
    program.write("logo.png", png);
    let uploaded = program.json("image upload logo.png");
    let url = uploaded["media_url"].as_str().unwrap().to_owned();
    assert_eq!(program.run("image upload logo.png").succeeded().stdout.lines().count(), 1, "{url}");
    assert_eq!(merchant.state("state")["images"], json!(2));
    program.run("image upload nowhere.png").failed(2);
    program.write("large.png", vec![0; 2 * 1024 * 1024 + 1]);
    let ran = program.run("image upload large.png").failed(2);
    assert!(ran.stderr.contains("2097153 bytes"), "{ran:?}");
}

#[test]
fn keys_are_listed_and_certificates_written() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let listed = program.json("certs -o pem");
    let kinds: Vec<_> = listed["data"].as_array().unwrap().iter().map(|key| key["kind"].clone()).collect();
    assert_eq!(kinds, ["public_key", "certificate"]);
    assert_eq!(listed["data"][0]["serial_no"], json!(merchant.credentials.public_key_id()));
    let certificate = &listed["data"][1];
    let pem = fs::read(program.path(certificate["file"].as_str().unwrap())).unwrap();
    let keys = PlatformKeys::new();
    keys.add_certificate(&PROVIDER, &pem).unwrap();
    assert_eq!(json!(keys.serials()), json!([certificate["serial_no"]]));
    let human = program.run("certs").succeeded();
    assert_eq!(human.stdout.lines().count(), 3, "{human:?}");
    assert!(!human.stdout.contains("BEGIN"), "{human:?}");
}

#[test]
fn without_an_api_v3_key_only_the_given_keys_are_listed() {
    let merchant = Merchant::new();
    let program = merchant.program().set("WECHATPAY_API_V3_KEY", "").set("WECHATPAY_PLATFORM_CERT_FILE", "");
    let ran = program.run("certs --output ndjson").succeeded();
    assert_eq!(ran.lines().len(), 1);
    assert!(ran.stderr.contains("WECHATPAY_API_V3_KEY is not set"), "{ran:?}");
}

#[test]
fn completions_know_the_commands() {
    let program = Program::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = program.run(&format!("completions {shell}")).succeeded().stdout;
        assert!(script.contains("doctor") && script.contains("ledger"), "{shell}: {script}");
    }
    program.run("completions tcsh").failed(2);
}

#[test]
fn the_sandbox_is_the_program_of_its_own() {
    let program = Program::new();
    let mut child =
        program.command("sandbox --listen 127.0.0.1:0 --credentials keys --quiet").spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.strip_prefix("listening on ").unwrap().trim().to_owned();
    program.run(&format!("sandbox ready --url {url}")).succeeded();
    program.run("stock list --env-file keys/wechatpay.env").succeeded();
    child.kill().unwrap();
    child.wait().unwrap();
    let ran = program.run(&format!("sandbox ready --url {url}")).failed(1);
    assert!(ran.stderr.starts_with("wechatpay sandbox: no sandbox is ready"), "{ran:?}");
}
