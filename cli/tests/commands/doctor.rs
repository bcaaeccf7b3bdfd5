//! `doctor`.

use serde_json::{Value, json};
use wechatpay_sandbox::Credentials;

use crate::merchant::{Merchant, now};
use crate::program::Program;

fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    let checks = report["checks"].as_array().unwrap();
    checks.iter().find(|check| check["check"] == name).unwrap_or_else(|| panic!("{name}: {report}"))
}

#[test]
fn a_healthy_merchant_passes_all_checks() {
    let merchant = Merchant::new();
    let program = merchant.program();
    let report = program.json("doctor");
    let names: Vec<_> =
        report["checks"].as_array().unwrap().iter().map(|check| check["check"].clone()).collect();
    assert_eq!(names, ["private_key", "certificate", "platform_keys", "certificates", "echo", "encryption"]);
    assert_eq!((&report["ok"], &report["sandbox"]), (&json!(true), &json!(false)));
    assert_eq!(report["mchid"], json!(merchant.credentials.mchid()));
    let human = program.run("doctor").succeeded();
    assert_eq!(human.stdout.lines().filter(|line| line.starts_with('✓')).count(), 6, "{human:?}");
}

#[test]
fn the_sandbox_passes_all_checks() {
    let report = Program::new().json("doctor");
    assert_eq!((&report["ok"], &report["sandbox"]), (&json!(true), &json!(true)));
}

#[test]
fn the_wrong_setting_is_named() {
    let merchant = Merchant::new();
    let others = Credentials::generate(now()).unwrap();
    let with = |name: &str, value: &str| {
        // The certificate would find the mistake without the platform.
        let program = merchant.program().set("WECHATPAY_CERT_FILE", "").set(&format!("{name}_FILE"), "");
        let ran = program.set(name, value).run("doctor --output json").failed(8);
        (ran.json()["ok"].clone(), ran.json())
    };
    for (name, value, failed, cause) in [
        ("WECHATPAY_PRIVATE_KEY", others.private_key_pem(), "echo", "private_key"),
        ("WECHATPAY_SERIAL_NO", others.serial_no(), "echo", "serial_no"),
        ("WECHATPAY_API_V3_KEY", others.api_v3_key(), "certificates", "api_v3_key"),
    ] {
        let (ok, report) = with(name, value);
        assert_eq!((&ok, &check(&report, failed)["cause"]), (&json!(false), &json!(cause)), "{report}");
    }
}

/// The platform's message is about the serial number then, too.
#[test]
fn a_wrong_merchant_number_is_named_beside_the_serial_number() {
    let merchant = Merchant::new();
    let others = Credentials::generate(now()).unwrap();
    // The certificate would find the mistake without the platform.
    let program = merchant.program().set("WECHATPAY_CERT_FILE", "");
    let ran = program.set("WECHATPAY_MCHID", others.mchid()).run("doctor").failed(8);
    assert!(ran.stdout.contains("the merchant number (商户号) or the serial number"), "{ran:?}");
}

#[test]
fn settings_that_do_not_belong_together_are_found_without_the_platform() {
    let merchant = Merchant::new();
    let others = Credentials::generate(now()).unwrap();
    let program = merchant.program().set("WECHATPAY_SERIAL_NO", others.serial_no());
    let ran = program.run("doctor --output json").failed(8);
    assert_eq!(check(&ran.json(), "settings")["variable"], "WECHATPAY_SERIAL_NO");
    let human = program.run("doctor").failed(8);
    assert!(human.stdout.contains("✗ WECHATPAY_SERIAL_NO"), "{human:?}");
    assert_eq!(merchant.state("state")["requests"], json!({}));
}

#[test]
fn a_response_without_a_signature_is_not_a_wrong_key() {
    let merchant = Merchant::new();
    merchant.fault("security.echo", "unsigned");
    let report = merchant.program().run("doctor --output json").failed(1).json();
    assert_eq!(check(&report, "echo")["cause"], "network");
}

#[test]
fn a_platform_that_is_not_there_is_a_network_failure() {
    let merchant = Merchant::new();
    let ran = merchant.program().run("doctor --base-url http://127.0.0.1:1 --output json").failed(9);
    assert_eq!(check(&ran.json(), "echo")["cause"], "unreachable");
}
