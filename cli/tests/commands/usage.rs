//! Help, and command lines that are wrong.

use crate::program::Program;

#[test]
fn the_help_names_commands_and_exit_codes() {
    let program = Program::new();
    let help = program.run("--help").succeeded();
    for text in
        ["doctor", "stock", "coupon", "--ledger", "130  interrupted", "4  unresolved: coupons may be out"]
    {
        assert!(help.stdout.contains(text), "{text}: {help:?}");
    }
    assert_eq!(
        program.run("--version").succeeded().stdout,
        format!("wechatpay {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert!(program.run("sandbox --help").succeeded().stdout.contains("--listen-tls"));
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    let program = Program::new();
    for line in [
        "",
        "nothing",
        "stock",
        "stock show",
        "stock create",
        "stock show 1 --unknown",
        "stock list --output xml",
    ] {
        let ran = program.run(line).failed(2);
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{ran:?}");
    }
}

#[test]
fn a_wrong_command_line_is_json_where_json_is_asked_for() {
    let program = Program::new();
    for line in
        ["stock show --output json", "--output=json stock show", "--output human stock show --output json"]
    {
        let error = program.run(line).failed(2).error();
        assert_eq!((error["exit"].as_u64(), error["kind"].as_str()), (Some(2), Some("usage")), "{line}");
        assert!(error["message"].as_str().unwrap().contains("<STOCK_ID>"), "{error}");
    }
    let line = program.run("stock show --output ndjson").failed(2).stderr;
    assert_eq!(line.lines().count(), 1, "{line}");
}

#[test]
fn request_numbers_are_shown_on_demand() {
    let program = Program::new();
    let usual = program.run("stock show 10000001").succeeded();
    assert!(!usual.stderr.contains("Request-ID"), "{usual:?}");
    assert!(program.run("stock show 10000001 -v").succeeded().stderr.contains("Request-ID: "));
    let quiet = program.run("-q stock pause 10000001 --confirm 10000001").succeeded();
    // A sandbox is always named.
    assert!(quiet.stderr.starts_with("SANDBOX") && quiet.stderr.lines().count() == 1, "{quiet:?}");
}
