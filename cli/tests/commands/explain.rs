//! `explain`.

use serde_json::json;

use crate::program::Program;

/// The codes of the official pages about cash coupons.
const DOCUMENTED: [&str; 17] = [
    "PARAM_ERROR",
    "MCH_NOT_EXISTS",
    "INVALID_REQUEST",
    "APPID_MCHID_NOT_MATCH",
    "SIGN_ERROR",
    "NO_AUTH",
    "NOT_ENOUGH",
    "REQUEST_BLOCKED",
    "RULE_LIMIT",
    "USER_ACCOUNT_ABNORMAL",
    "RESOURCE_NOT_EXISTS",
    "FREQUENCY_LIMIT_EXCEED",
    "FREQUENCY_LIMITED",
    "RATELIMIT_EXCEEDED",
    "SYSTEM_ERROR",
    "SYSTEMERROR",
    "SERVICE_UNAVAILABLE",
];

#[test]
fn every_documented_code_is_explained() {
    let program = Program::new();
    for code in DOCUMENTED {
        let explained = program.json(&format!("explain {code}"));
        assert_eq!(explained["code"], json!(code));
        for member in ["official", "means", "remedy"] {
            assert!(explained[member].as_str().is_some_and(|text| !text.is_empty()), "{explained}");
        }
    }
}

#[test]
fn a_request_id_is_explained_by_its_end() {
    let program = Program::new();
    for asked in ["270079534", "08F5A6C1B2-D3-270079534"] {
        let explained = program.json(&format!("explain {asked}"));
        assert_eq!(
            (&explained["internal_code"], &explained["code"]),
            (&json!("270079534"), &json!("NOT_ENOUGH"))
        );
    }
    let human = program.run("explain not_enough").succeeded();
    assert!(human.stdout.contains("NOT_ENOUGH (批次预算不足)"), "{human:?}");
    assert_eq!(program.json("explain 08F5A6C1B2-0")["means"], json!("the request succeeded"));
}

#[test]
fn what_is_not_known_is_said() {
    let program = Program::new();
    for asked in ["NO_SUCH_CODE", "123456789", "-"] {
        let ran = program.run(&format!("explain -- {asked}")).failed(1);
        assert!(ran.stderr.contains(&format!("{asked} is not known here")), "{ran:?}");
    }
    assert!(!program.path("wechatpay-ledger.db.sandbox").exists());
}
