//! `wechatpay`: coupon campaigns of WeChat Pay from the command line.
#![forbid(unsafe_code)]

mod program;

use std::process::ExitCode;

fn main() -> ExitCode {
    program::run()
}
