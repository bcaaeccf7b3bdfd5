//! A disk that is full: what cannot be written is not answered as if it had happened.

use std::process::Command;

use serde_json::json;

use super::common::{FAVOR, terms, with};
use super::process::{Caller, Merchant, Program};

/// Files of this process can have at most this many blocks of 512 or 1024 bytes, depending on the shell.
const BLOCKS: &str = "24";

#[test]
fn a_change_that_cannot_be_written_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let merchant = Merchant::new(folder.path());
    let mut limited = Command::new("sh");
    // A write beyond the limit then fails instead of ending the process.
    limited.args(["-c", &format!("trap '' XFSZ; ulimit -f {BLOCKS}; exec \"$0\" \"$@\""), Program::path()]);
    let program = Program::start(limited.args(Program::arguments(folder.path())));
    let mut caller = Caller::open(&merchant, &program).unwrap();
    let mchid = merchant.mchid();
    let body = with(terms("create-1"), "/belong_merchant", mchid);
    let body = with(body, "/stock_use_rule/max_coupons", 1_000_000);
    let body = with(body, "/stock_use_rule/max_amount", 500_000_000).to_string();
    let created = caller.call("POST", &format!("{FAVOR}/coupon-stocks"), &body).unwrap().1;
    let stock = created["stock_id"].as_str().unwrap();
    let start = json!({ "stock_creator_mchid": mchid }).to_string();
    assert_eq!(caller.call("POST", &format!("{FAVOR}/stocks/{stock}/start"), &start).unwrap().0, 200);
    let send = |caller: &mut Caller<'_>, number: u32| {
        let body = json!({
            "stock_id": stock, "out_request_no": format!("send-{number}"), "appid": merchant.appid(),
            "stock_creator_mchid": mchid,
        });
        caller.call("POST", &format!("{FAVOR}/users/o{number}/coupons"), &body.to_string()).unwrap()
    };
    let mut coupons = Vec::new();
    let refused = loop {
        let (status, answer) = send(&mut caller, coupons.len().try_into().unwrap());
        match status {
            200 => coupons.push(answer["coupon_id"].clone()),
            _ => break (status, answer),
        }
        assert!(coupons.len() < 1000, "the limit has no effect");
    };
    assert_eq!((refused.0, refused.1["code"].as_str()), (500, Some("SYSTEM_ERROR")), "{refused:?}");
    assert!(refused.1["message"].as_str().unwrap().contains("状态文件"), "{refused:?}");
    let sent = coupons.len();
    assert!(sent > 10, "{sent}");
    // The coupon was not sent, and what is there can still be read.
    let count = |caller: &mut Caller<'_>| caller.control("GET", "/state", "").unwrap().1["coupons"].clone();
    assert_eq!(count(&mut caller), sent);
    assert_eq!(send(&mut caller, 0).1["coupon_id"], coupons[0]);
    // Nothing that is refused so has happened.
    let mut control = |method: &str, path: &str, body: &str| caller.control(method, path, body).unwrap();
    // Longer than the coupon, so that there is no room for it either.
    let fault = json!({ "fault": "redirect", "operation": "*", "location": format!("/{}", "x".repeat(500)) });
    assert_eq!(control("POST", "/faults", &fault.to_string()).0, 500);
    assert_eq!(control("GET", "/faults", "").1["faults"], json!([]));
    program.kill();

    let program = Program::start(Command::new(Program::path()).args(Program::arguments(folder.path())));
    let mut caller = Caller::open(&merchant, &program).unwrap();
    assert_eq!(count(&mut caller), sent);
    for (number, coupon) in coupons.iter().enumerate() {
        assert_eq!(send(&mut caller, number.try_into().unwrap()).1["coupon_id"], *coupon);
    }
    // The one that was refused is sent now.
    assert_eq!(send(&mut caller, sent.try_into().unwrap()).0, 200);
}
