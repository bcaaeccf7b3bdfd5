//! Code that the examples share: a merchant configured by `WECHATPAY_*`, or one of a sandbox in this process.
#![allow(dead_code, reason = "each example uses a part of it")]

use std::error::Error;
use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime};
use std::{env, thread};

use wechatpay_sandbox::{Credentials, Sandbox, Server};
use wechatpay_ureq::core::Settings;
use wechatpay_ureq::core::types::UnixSeconds;

/// Whether the environment has a key, a certificate or a number of a merchant. Otherwise the examples use a sandbox.
pub(crate) fn is_configured() -> bool {
    const CREDENTIALS: [&str; 7] =
        ["MCHID", "SERIAL_NO", "PRIVATE_KEY", "CERT", "PUBLIC_KEY", "PLATFORM_CERT", "API_V3_KEY"];
    let variables = env::vars_os().filter(|(_, value)| !value.is_empty());
    let names = variables.filter_map(|(name, _)| name.into_string().ok());
    names
        .filter_map(|name| name.strip_prefix("WECHATPAY_").map(str::to_owned))
        .any(|name| CREDENTIALS.iter().any(|credential| name.starts_with(credential)))
}

/// Returns the openids of the users to send to, which only the examples read.
#[expect(clippy::disallowed_methods, reason = "the examples' one place for their environment")]
pub(crate) fn openids() -> Option<String> {
    env::var("WECHATPAY_OPENIDS").ok().filter(|value| !value.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "the examples' one clock")]
pub(crate) fn unix_seconds() -> UnixSeconds {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[expect(clippy::disallowed_methods, reason = "the platform's waiting times")]
pub(crate) fn sleep(duration: Duration) {
    thread::sleep(duration);
}

/// Starts a sandbox in this process. Also returns the settings of its merchant, and the merchant's credentials.
pub(crate) fn sandbox() -> Result<(Server, Settings, Credentials), Box<dyn Error>> {
    let credentials = Credentials::generate(unix_seconds())?;
    let sandbox = Sandbox::new(credentials.clone())?;
    let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), sandbox, unix_seconds)?;
    let settings = credentials.settings(&server.url())?;
    Ok((server, settings, credentials))
}
