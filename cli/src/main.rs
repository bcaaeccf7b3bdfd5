//! `wechatpay`: coupon campaigns of WeChat Pay from the command line.

fn main() {}
