//! The examples as programs.
#![cfg(test)]

use std::path::Path;
use std::process::Command;

/// Runs an example, which cargo builds together with this test, and returns what it prints.
fn run(name: &str) -> String {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap().join("examples");
    let program = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(program.is_file(), "{} is not built", program.display());
    let output = Command::new(program).output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{name}: {text}");
    text
}

#[test]
fn the_shop_on_axum_sends_a_coupon_and_receives_its_callback() {
    let text = run("axum");
    assert!(text.contains("callback: coupon ") && text.contains(" was redeemed"), "{text}");
}

#[test]
fn the_server_on_actix_receives_a_callback_that_is_signed_with_a_new_certificate() {
    let text = run("actix");
    assert!(text.contains("callback: coupon ") && text.contains(" was redeemed"), "{text}");
    // The certificate that it knew, and the one that it has fetched.
    let keys = text.lines().find_map(|line| line.strip_prefix("keys: ")).unwrap();
    assert_eq!(keys.split(", ").count(), 2, "{text}");
}
